import type { AgeGroup, CareUnitId, CommandId, EncounterId, EpochMs, MetricName, StaffId, StayProfile } from '@vigil/contracts';
import type { Who } from './directory.js';

/** What somebody has set for one metric of an open stay; both sides null: the unit's limits hold again. */
export interface StayLimitRow {
  readonly encounterId: EncounterId;
  readonly metric: MetricName;
  readonly low: number | null;
  readonly high: number | null;
  /** Null where it can't be read now. */
  readonly reason: string | null;
  readonly setBy: StaffId;
  readonly setByName: string;
  /** Event time. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly rev: number;
}

/** A command about a stay. The same `commandId` again does nothing and gives the same answer. */
export interface StayCommand extends Who {
  readonly commandId: CommandId;
  readonly encounterId: EncounterId;
  readonly by: StaffId;
  /** The revision that the person saw. */
  readonly ifRev: number;
}

export interface SetLimits extends StayCommand {
  readonly metric: MetricName;
  readonly low: number | null;
  readonly high: number | null;
  /** Sealed in the store; left out there when there is no key to seal it with, because limits wait for no key. */
  readonly reason: string;
  readonly toMs: EpochMs;
}

export interface Outcome<T> {
  readonly value: T;
  readonly repeated: boolean;
}

/**
 * What is set for single stays. Each write commits its row, the audit row, the log event for the engine and the command in one
 * transaction. @throws PlatformError 'not-found', 'conflict' (the stay is over, or the command id was used for something else),
 * 'revision-moved', 'store-unavailable'
 */
export abstract class StayLimitStore {
  abstract set(command: SetLimits): Promise<Outcome<StayLimitRow>>;
  /** Rows of one stay, also those that are over; at most one for each metric. */
  abstract of(encounterId: EncounterId): Promise<readonly StayLimitRow[]>;
  /** Rows of open stays, of one care unit or of all, that hold at `nowMs`. Without the reasons where `withReasons` is left out. */
  abstract inForce(query: {
    readonly careUnitId?: CareUnitId | undefined;
    readonly nowMs: number;
    readonly withReasons?: boolean;
  }): Promise<readonly StayLimitRow[]>;
  abstract profile(encounterId: EncounterId): Promise<StayProfile | null>;
  abstract setProfile(command: StayCommand & { readonly ageGroup: AgeGroup }): Promise<Outcome<StayProfile>>;
}
