import type { Clock } from '@vigil/clock';
import type { LogRecord } from '../log-record.js';
import type { LogUplink, SendStatus } from '../uplink/log-uplink.js';

/** So long (wall time) may the log take nothing, or may one key wait, before the unit is told that it is away. */
export const AWAY_AFTER_MS = 5_000;
/**
 * A key that was not tried again for so long (wall time) has nothing to send any more, e.g. ticks of a bed that is gone. Longer
 * than the longest wait between two tries and the time that a send may take.
 */
export const GIVEN_UP_MS = 120_000;
/** Keys that are told apart while they fail. */
const FAILING_MAX = 1_000;

/**
 * Whether the log takes what the gateway sends, as the unit is told. A gateway that can send has something to send once a
 * second (its own status), so silence is an answer too.
 */
export class CloudLink {
  /** Null while the log takes everything; else since when it does not, wall time. */
  awaySinceMs: number | null = null;
  private lastTakenMs: number;
  private readonly failing = new Map<string, { readonly sinceMs: number; lastMs: number }>();
  private listener: () => void = () => undefined;

  constructor(private readonly clock: Pick<Clock, 'wallMs'>) {
    this.lastTakenMs = clock.wallMs();
  }

  /** When the log last took something, wall time. */
  get lastTakenWallMs(): number {
    return this.lastTakenMs;
  }

  /** Called when `awaySinceMs` has changed between null and a time. */
  onChange(listener: () => void): void {
    this.listener = listener;
  }

  /** A start goes on where the one before was, so that what it had not sent counts as not sent. */
  resume(lastTakenWallMs: number): void {
    this.lastTakenMs = Math.min(this.lastTakenMs, lastTakenWallMs);
  }

  /** An uplink whose answers are noted here. */
  watch(uplink: LogUplink): LogUplink {
    return {
      send: async (records) => {
        const statuses = await uplink.send(records);
        this.note(records, statuses);
        return statuses;
      },
      get shards() {
        return uplink.shards ?? 1;
      },
      shardOf: (key, shards) => uplink.shardOf?.(key, shards) ?? 0,
      close: () => uplink.close(),
    };
  }

  note(records: readonly LogRecord[], statuses: readonly SendStatus[]): void {
    const wallMs = this.clock.wallMs();
    let taken = 0;
    records.forEach(({ key }, i) => {
      if (statuses[i] !== 'retry') {
        taken++;
        this.failing.delete(key);
        return;
      }
      const known = this.failing.get(key);
      if (known !== undefined) known.lastMs = wallMs;
      else if (this.failing.size < FAILING_MAX) this.failing.set(key, { sinceMs: wallMs, lastMs: wallMs });
    });
    if (taken > 0) this.lastTakenMs = wallMs;
    this.check();
  }

  /** Looks at the time; called often. */
  check(): void {
    const wallMs = this.clock.wallMs();
    for (const [key, { lastMs }] of this.failing) if (wallMs - lastMs > GIVEN_UP_MS) this.failing.delete(key);
    const oldest = Math.min(this.lastTakenMs, ...[...this.failing.values()].map(({ sinceMs }) => sinceMs));
    if (this.awaySinceMs === null) {
      if (wallMs - oldest <= AWAY_AFTER_MS) return;
      this.awaySinceMs = oldest;
    } else {
      // One key may still fail; that is an outage for its bed.
      if (this.failing.size > 0 || wallMs - this.lastTakenMs > AWAY_AFTER_MS) return;
      this.awaySinceMs = null;
    }
    this.listener();
  }
}
