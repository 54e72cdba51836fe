import type { Clock } from '@vigil/clock';
import { commandIdOf, decideFeed, PlatformError } from '@vigil/domain';
import type { ReadinessPart } from '../health/readiness.js';
import { auditEntry } from '../ports/audit-trail.js';
import type { Change } from '../ports/change.js';
import type { FeedRecords } from '../ports/feed-records.js';
import type { Log } from '../ports/log.js';
import type { FeedMetrics } from './feed-metrics.js';

const BATCH = 200;
/** Wall times. */
const IDLE_MS = 1_000;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
/** What failed by itself is left out for so long; others go on. */
const SKIPPED_MS = 60_000;
const SKIPPED_MAX = 1_000;
const LOOK_AGAIN_MS = 60_000;
const FORGET_MS = 3_600_000;

export interface FeedWorkerParts {
  readonly records: FeedRecords;
  readonly clock: Clock;
  readonly metrics: FeedMetrics;
  readonly part: ReadinessPart;
  readonly log: Log;
}

/**
 * Works off the hospital's messages, one after the other, until told to stop. While the store or the keys are away it waits, longer
 * each time; one message that can't be worked off holds up none but its own patient's. Several processes may do the same: each message
 * is worked off once, because its state is changed with it.
 */
export class FeedWorker {
  private readonly stopped = new AbortController();
  private readonly skipped = new Map<string, number>();
  private running: Promise<void> = Promise.resolve();
  private lookedWallMs = 0;
  private forgotWallMs = 0;
  private after: string | null = null;
  private wake: () => void = () => undefined;
  /** Something was kept since the round began. */
  private again = false;
  /** Why messages could not be worked off last, a code; null where that never was. */
  lastTrouble: string | null = null;

  constructor(private readonly parts: FeedWorkerParts) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the message in work is done with. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wake();
    await this.running;
  }

  /** All that can be worked off now. @returns how many; @throws PlatformError while the store or the keys are away */
  async round(): Promise<number> {
    const { records, clock, metrics } = this.parts;
    const now = clock.wallMs();
    for (const [id, sinceWallMs] of this.skipped) if (now - sinceWallMs >= SKIPPED_MS) this.skipped.delete(id);
    let done = 0;
    for (const messageId of await records.next(BATCH)) {
      if (this.stopped.signal.aborted) break;
      if (!this.skipped.has(messageId) && (await this.work(messageId))) done += 1;
    }
    if (now - this.lookedWallMs >= LOOK_AGAIN_MS) await this.lookAgain(now);
    if (now - this.forgotWallMs >= FORGET_MS) {
      await records.forget(now);
      this.forgotWallMs = now;
    }
    metrics.backlog(await records.backlog(), clock.wallMs());
    return done;
  }

  /** What waits for a person may have become so by other hands; then its task is done. */
  private async lookAgain(nowWallMs: number): Promise<void> {
    const ids = await this.parts.records.quarantined(BATCH, this.after);
    for (const messageId of ids) if (!this.skipped.has(messageId)) await this.work(messageId);
    this.after = ids.length < BATCH ? null : (ids.at(-1) ?? null);
    if (this.after === null) this.lookedWallMs = nowWallMs;
  }

  /** @throws PlatformError while the store or the keys are away */
  private async work(messageId: string): Promise<boolean> {
    const { records, metrics, log } = this.parts;
    try {
      const worked = await records.work(messageId, decideFeed, this.change(messageId));
      if (worked !== null) metrics.workedOff(worked);
      return worked !== null;
    } catch (error) {
      if (error instanceof PlatformError && error.retryable) throw error;
      const code = error instanceof PlatformError ? error.code : 'fault';
      this.lastTrouble = code;
      metrics.failure(code);
      log.error('a message of the hospital can not be worked off', { message: messageId, code });
      if (this.skipped.size < SKIPPED_MAX) this.skipped.set(messageId, this.parts.clock.wallMs());
      return false;
    }
  }

  private change(messageId: string): Change {
    const { clock } = this.parts;
    const audit = auditEntry({
      ...{ actor: 'system:feed', action: 'feed.apply', object: `message:${messageId}`, outcome: 'allowed' },
    });
    const commandId = commandIdOf(messageId);
    return { audit, commandId, nowMs: clock.nowMs(), wallMs: clock.wallMs(), by: null, source: 'hl7', sourceRef: messageId };
  }

  private async run(): Promise<void> {
    const { records, part, log } = this.parts;
    const { signal } = this.stopped;
    const stopListening = records.onReady(() => {
      this.again = true;
      this.wake();
    });
    let retryMs = RETRY_MS_MIN;
    while (!signal.aborted) {
      try {
        this.again = false;
        const done = await this.round();
        part.ok();
        retryMs = RETRY_MS_MIN;
        if (done === 0 && !this.again) await this.pause(IDLE_MS);
      } catch (error) {
        const code = error instanceof PlatformError ? error.code : 'fault';
        this.lastTrouble = code;
        part.failed(code);
        log.warn('the hospital’s messages wait', { code });
        await this.pause(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      }
    }
    stopListening();
  }

  /** Until then, or until something was kept. */
  private pause(ms: number): Promise<void> {
    if (this.stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
