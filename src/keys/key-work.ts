import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { ReadinessPart } from '../health/readiness.js';
import type { Once } from '../ports/once.js';
import type { RecordKeys } from '../ports/record-keys.js';
import type { KeyMetrics } from './key-metrics.js';
import { eraseHistory, type ErasingHistory } from './erase-history.js';

/** Another key-encryption key is noticed within this time. */
export const LOOK_EVERY_MS = 10_000;
/** Between two batches of one look, so that requests come first. */
export const PAUSE_MS = 20;

export interface KeyWorkParts {
  readonly keys: RecordKeys;
  readonly observations: ErasingHistory['observations'];
  /** Left out: nobody else keeps them in order. */
  readonly once?: Once;
  readonly clock: Clock;
  readonly metrics: KeyMetrics;
  readonly readiness: ReadinessPart;
  readonly log: { warn(facts: Readonly<Record<string, unknown>>, message: string): void };
}

/**
 * Keeps data keys and sealed rows under the newest keys while the platform runs: a look every ten seconds and after each
 * rotation, batch after batch with a pause between. Then history is freed of whoever was erased. A look that fails is told of and comes again.
 */
export class KeyWorkLoop {
  private cancel: Cancel = () => undefined;
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();
  private told: string | null = null;
  private toldOfHistory: string | null = null;

  constructor(private readonly parts: KeyWorkParts) {}

  start(): void {
    this.cancel = this.parts.clock.every(LOOK_EVERY_MS, () => void this.look());
    void this.look();
  }

  /** Resolves when the batch under way is done. */
  async stop(): Promise<void> {
    this.cancel();
    this.stopping.abort();
    await this.running;
  }

  /** One look at a time; never throws. */
  look(): Promise<void> {
    this.running ??= this.lookNow()
      .catch((error: unknown) => this.failed(error instanceof PlatformError ? error.code : 'internal'))
      .finally(() => (this.running = null));
    return this.running;
  }

  private async lookNow(): Promise<void> {
    const { keys, clock, metrics, readiness, once } = this.parts;
    if (once?.isMine('keys') === false) return this.follow();
    for (;;) {
      const work = await keys.work();
      metrics.worked(work);
      if (work.away === null) {
        this.told = null;
        readiness.ok();
      } else {
        this.failed(work.away);
      }
      if (!work.more || this.stopping.signal.aborted) return this.freeHistory();
      await clock.sleep(PAUSE_MS, this.stopping.signal).catch(() => undefined);
    }
  }

  /** Last: a history that is slow keeps no key waiting. That it is away other parts say; `toEraseHistory` says what waits for it. */
  private async freeHistory(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const why = await eraseHistory(this.parts);
    if (why !== this.toldOfHistory && why !== null)
      this.parts.log.warn({ reason: why }, 'what was measured of erased patients is still in history; it is tried again');
    this.toldOfHistory = why;
  }

  /** Another process keeps them in order; this one only sees which are current. */
  private async follow(): Promise<void> {
    const away = await this.parts.keys.follow();
    if (away !== null) return this.failed(away);
    this.told = null;
    this.parts.readiness.ok();
  }

  /** Told once for as long as it stays so. */
  private failed(reason: string): void {
    this.parts.readiness.failed(reason);
    if (this.told === reason) return;
    this.told = reason;
    this.parts.log.warn({ reason }, 'the keys of records are away or in trouble; going on with those in memory');
  }
}
