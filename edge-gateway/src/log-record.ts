import type { LogEvent } from '@vigil/contracts';

/**
 * One event on its way to the log: encoded once, when it was accepted, and never parsed again by the gateway.
 *
 * `lane` is written to the spool, so that later versions can send or evict by kind without reading the bodies.
 */
export interface LogRecord {
  readonly lane: RecordLane;
  /** Partition key. */
  readonly key: string;
  /** JSON of a `LogEvent` of contracts, UTF-8. */
  readonly body: Buffer;
  /** The same, decoded. In memory only, for the local watch; a record that comes from disk has none. */
  readonly event?: LogEvent;
}

/**
 * The number is the spool's on-disk code. `alarms`: of devices and of the local watch. `events`: gaps, faults, what is known
 * of devices. Only numerics may ever be evicted (D18).
 */
export const RECORD_LANES = { numerics: 1, rejects: 2, alarms: 3, events: 4 } as const;
export type RecordLane = keyof typeof RECORD_LANES;
