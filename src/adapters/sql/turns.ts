/** Who waits for longer than this (wall time) behind those that go first has every other turn. */
export const STARVED_MS = 1_000;

interface Waiting {
  readonly sinceMs: number;
  readonly go: () => void;
}

/**
 * Lets callers in one after another, in the order in which they came; those of what decides, tells and is commanded before the rest.
 *
 * A database that is far or busy takes longer for a transaction than the next one takes to come. What must not wait then are alarms, pages
 * and what people press; positions of history, notes of the fleet and the like may, but not for ever.
 */
export class Turns {
  private readonly first: Waiting[] = [];
  private readonly rest: Waiting[] = [];
  private isTaken = false;
  private wasStarved = false;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  async take<T>(work: () => Promise<T>, isFirst = false): Promise<T> {
    if (this.isTaken) {
      await new Promise<void>((go) => (isFirst ? this.first : this.rest).push({ sinceMs: this.nowMs(), go }));
    }
    this.isTaken = true;
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  /** The turn goes on without ever being free, so that nobody who comes now gets between. */
  private next(): void {
    const waiting = this.pick();
    if (waiting === undefined) this.isTaken = false;
    else waiting.go();
  }

  private pick(): Waiting | undefined {
    const isStarved = this.rest.length > 0 && this.nowMs() - this.rest[0]!.sinceMs > STARVED_MS;
    this.wasStarved = isStarved && !this.wasStarved;
    return (this.wasStarved ? undefined : this.first.shift()) ?? this.rest.shift() ?? this.first.shift();
  }
}
