import type { Cancel, Clock } from '@vigil/clock';
import type { AlarmFeed } from '../ports/alarm-state.js';

/** Where loops say what went wrong; pino fits. Ids and counts only. */
export interface LoopLog {
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

export type OnRound = (ok: boolean) => void;

/** Wall time between two rounds when nothing pokes. */
export const ROUND_MS = 250;

/**
 * Runs `round` every 250 ms of wall time and at once when an alarm changes; never two at a time. A round that throws
 * is reported and the next one comes all the same: whoever pages people does not give up.
 */
export class Rounds {
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private readonly cancel: Cancel;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly parts: {
      readonly clock: Clock;
      readonly feed: AlarmFeed;
      readonly log: LoopLog;
      readonly name: string;
      /** Told after each round whether it ended well: whoever watches hears nothing from a round that never ends. */
      readonly onRound?: OnRound | undefined;
    },
    /** Answers true when there is more to do at once. */
    private readonly round: () => Promise<boolean>,
  ) {
    this.cancel = parts.clock.every(ROUND_MS, () => this.poke());
    this.unsubscribe = parts.feed.subscribe(() => this.poke());
    this.poke();
  }

  poke(): void {
    this.again = true;
    if (this.stopped) return;
    this.running ??= this.run().finally(() => {
      this.running = null;
      if (this.again && !this.stopped) this.poke();
    });
  }

  /** Resolves when the round that is running has ended; no other one starts. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    this.unsubscribe();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        this.again = (await this.round()) || this.again;
        this.parts.onRound?.(true);
      } catch (error) {
        this.parts.onRound?.(false);
        this.parts.log.error({ loop: this.parts.name, err: describe(error) }, 'a round failed; the next one follows');
      }
    }
  }
}

/** Kind and text of an error; the errors of this platform hold no patient data (style.md, E6). */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
}
