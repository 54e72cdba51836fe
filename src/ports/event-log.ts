import type { LogEvent, Unreadable } from '@vigil/contracts';

/** An event and where it stands. Offsets are opaque; sequence numbers grow by one per partition. */
export interface Located {
  readonly event: LogEvent;
  readonly partition: number;
  readonly offset: string;
  readonly sequence: number;
  /** Hub clock (wall time) at which the event became durable. */
  readonly hubAtMs: number;
}

/** What a consumer of one partition does. All calls of one partition come one after another. */
export interface PartitionReader {
  /**
   * Where to go on: after this offset, or null for the earliest event. Left out by a reader whose position the log's
   * own owner store keeps (the alarm consumer commits it with its states).
   */
  position?(partition: number): Promise<string | null>;
  /** Called once when this process takes the partition, before any event. */
  open(partition: number): Promise<void>;
  /** May be empty: that is a sign of life. An error stops the partition; it is taken again from its position. */
  read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void>;
  /** The partition went to another owner or the reader stops. */
  close(partition: number): Promise<void>;
}

/** Something on the log that can't be read as an event: put aside with its reason, never thrown (E1). */
export interface Malformed extends Unreadable {
  readonly offset: string;
  readonly sequence: number;
  readonly hubAtMs: number;
  /** What the log holds there: a JSON value, or bytes that are none. */
  readonly body: unknown;
}

/** How one partition is read here. */
export interface PartitionHealth {
  /** Wall time at which `read` last ended, or at which the partition was taken. */
  readonly lastReadWallMs: number;
  /** Since when (wall time) one call of `read` is going on; null while the partition waits for events. */
  readonly busySinceWallMs: number | null;
  /** Events on the log that are not read yet; null until that is known. */
  readonly unread: number | null;
  /** The oldest of them is at most so old, 0 with none. Before anything was read here: it is at least so old. */
  readonly lagMs: number | null;
}

/** What a health check looks at. */
export interface SubscriptionHealth {
  /** The partitions that are read here. */
  readonly partitions: ReadonlyMap<number, PartitionHealth>;
  /** How often the subscription was made anew because a partition stood still. */
  readonly resubscribed: number;
  /** Events that the log had removed before they were read here. */
  readonly missed: number;
  /** The log is another one than that of the readers' positions: nothing is read any more. */
  readonly isAnotherLog: boolean;
}

export interface Subscription {
  health(): SubscriptionHealth;
  stop(): Promise<void>;
}

/** `fhir`: what the records of the hospital are told; it falls behind alone. */
export type ConsumerGroup = 'alarms' | 'history' | 'live' | 'fhir';

/**
 * The one log (docs/architecture.md, idea 2). Every adapter promises, and `test/contract/event-log.contract.ts` checks:
 * a resolved `append` is durable; events of one key are read in the order of their appends; every event is read at
 * least once; an outage is a retryable PlatformError.
 */
export abstract class EventLog {
  abstract append(events: readonly LogEvent[]): Promise<void>;
  /** For events that concern every bed: one copy on each partition. */
  abstract appendToEveryPartition(event: LogEvent): Promise<void>;
  abstract partitionCount(): Promise<number>;
  /** Names this very log: one that was made anew under the same name answers something else. */
  abstract identity(): Promise<string>;
  /** `checkpoint`: partitions are shared among processes and start where `open` says. `latest`: all partitions, only new events. */
  abstract subscribe(group: ConsumerGroup, start: 'checkpoint' | 'latest', reader: PartitionReader): Promise<Subscription>;
  abstract close(): Promise<void>;
}
