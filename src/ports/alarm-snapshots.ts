import type { AlarmId, AlarmReadings, BedId, DeviceId } from '@vigil/contracts';

/** An alarm whose readings are to be kept, or looked at again. */
export interface SnapshotDue {
  readonly alarmId: AlarmId;
  readonly bedId: BedId;
  readonly onsetMs: number;
  readonly queuedWallMs: number;
  /** How often it was kept. */
  readonly looks: number;
  /** Devices that were at the bed around the onset, and that whose message raised it. */
  readonly devices: readonly DeviceId[];
}

/** What was found around the onset. */
export type SnapshotContent = Pick<AlarmReadings, 'fromMs' | 'toMs' | 'devices' | 'metrics' | 'gaps' | 'lacks'>;

export interface TakenSnapshot {
  readonly alarmId: AlarmId;
  readonly content: SnapshotContent;
  /** In all metrics. */
  readonly readings: number;
  readonly complete: boolean;
  /** When to look again; null: never. */
  readonly nextWallMs: number | null;
  readonly wallMs: number;
}

export interface FollowedAt {
  readonly nowMs: number;
  readonly wallMs: number;
  readonly rate: number;
}

/**
 * The readings around each alarm, kept with it. What every call promises: it may come again, from another process too; what was kept
 * is never replaced by less; content is under the keys of the patient whom the alarm is about, so that an erasure reaches it.
 * @throws PlatformError 'store-unavailable', 'keys-unavailable'
 */
export abstract class AlarmSnapshots {
  /**
   * Notes what the next `limit` transitions say: alarms of beds are queued for their readings, and each alarm gets its line for the
   * reports. In the order of their commit, from where the last call ended.
   * @returns how many transitions were noted
   */
  abstract follow(at: FollowedAt, limit: number): Promise<number>;
  /** Those whose time has come, the longest due first. */
  abstract due(wallMs: number, limit: number): Promise<readonly SnapshotDue[]>;
  abstract keep(taken: TakenSnapshot): Promise<void>;
  abstract later(alarmId: AlarmId, nextWallMs: number): Promise<void>;
  /** Puts what is another stay's now under the keys of its patient. @returns how many */
  abstract reseal(limit: number): Promise<number>;
  /**
   * `none`: there is no such alarm, or it is of no bed; `waiting`: not taken yet.
   * @throws PlatformError also 'not-found' for an erased patient, 'record-tampered'
   */
  abstract of(alarmId: AlarmId): Promise<AlarmReadings | 'none' | 'waiting'>;
  /** Those that wait to be taken for the first time, and since when the oldest does (wall time). */
  abstract waiting(): Promise<{ readonly count: number; readonly oldestWallMs: number | null }>;
}
