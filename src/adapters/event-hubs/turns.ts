import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { ConsumerGroup } from '../../ports/event-log.js';

/** Who goes first: whatever decides, then what people look at, then what is looked up later, then what others are told. */
const ORDER: readonly ConsumerGroup[] = ['alarms', 'live', 'history', 'fhir'];
/**
 * Behind the engine, who has waited for so long (wall time) shares its turn. A full house keeps the engine reading all the time;
 * what history may lose to it is for the governor to say, and one that gets a batch of 300 in a second falls behind by itself.
 */
export const STARVED_MS = 250;

interface Waiting {
  readonly sinceWallMs: number;
  readonly go: () => void;
}

/**
 * Who of a process reads its next batch: one a turn of the event loop, those of the engine first.
 *
 * A client that has a batch ready hands it on at once, and the one after it as well: with eight partitions, three groups and
 * three batches each, one after another, nothing else came between for more than a second: no timer, no page, no look of the
 * governor, and an alarm of the last partition waited for the history of the first. What a batch waits for elsewhere (the disk, a
 * store) holds nobody up: a turn is where it begins.
 */
export class Turns {
  private readonly waiting = new Map<ConsumerGroup, Waiting[]>(ORDER.map((group) => [group, []]));
  private isDue = false;

  /** @param nextTurn calls back once the event loop has come round */
  constructor(
    private readonly clock: Pick<Clock, 'wallMs'>,
    private readonly nextTurn: (act: () => void) => void = setImmediate,
  ) {}

  /** Resolves when it is this group's turn. At most one call for each partition and group waits at a time. */
  take(group: ConsumerGroup): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.get(group)!.push({ sinceWallMs: this.clock.wallMs(), go: resolve });
      this.comeRound();
    });
  }

  private comeRound(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.nextTurn(() => {
      this.isDue = false;
      this.grant();
      if (ORDER.some((group) => this.waiting.get(group)!.length > 0)) this.comeRound();
    });
  }

  /** To the first in order, and beside it to one that starves: what it does with a batch is little beside what the engine does. */
  private grant(): void {
    const first = ORDER.find((group) => this.waiting.get(group)!.length > 0);
    const starved = this.starved();
    if (first !== undefined) this.waiting.get(first)!.shift()!.go();
    if (starved !== undefined && starved !== first) this.waiting.get(starved)!.shift()!.go();
  }

  /** Of the groups behind the first, the one that has waited for longest, where that is too long. */
  private starved(): ConsumerGroup | undefined {
    let longest: ConsumerGroup | undefined;
    let mostMs = STARVED_MS;
    const wallMs = this.clock.wallMs();
    for (const group of ORDER.slice(1)) {
      const first = this.waiting.get(group)![0];
      const waitedMs = first === undefined ? 0 : wallElapsedMs(first.sinceWallMs, wallMs);
      if (waitedMs < mostMs) continue;
      longest = group;
      mostMs = waitedMs + 1;
    }
    return longest;
  }
}
