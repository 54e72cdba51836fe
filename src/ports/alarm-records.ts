import type { AlarmId, AlarmTransition, DeviceFacts, DeviceId, RuleSet, StaffChannel } from '@vigil/contracts';

/** Steps and pages of one record; an alarm with more is cut in the middle, and says so. */
export const RECORD_STEPS_MAX = 100;
export const RECORD_PAGES_MAX = 100;
/** Other alarms of the bed around the onset, newest first. */
export const RECORD_OTHERS_MAX = 100;

export interface StoredHop {
  readonly partition: number;
  readonly sequence: number;
  readonly hubWallMs: number;
  readonly readWallMs: number;
  readonly steppedWallMs: number;
  readonly storedWallMs: number;
}

export interface RecordedPage {
  readonly step: number;
  readonly staffId: string;
  readonly channel: StaffChannel;
  readonly reason: string;
  readonly state: 'queued' | 'sent' | 'failed' | 'cancelled';
  readonly queuedWallMs: number;
  readonly sentWallMs: number | null;
}

/** All that is stored of one alarm, as it came about. */
export interface AlarmRecord {
  /** In the order of their revisions: the first and the newest. Never empty. */
  readonly steps: readonly { readonly transition: AlarmTransition; readonly hop: StoredHop | null }[];
  readonly stepsCut: boolean;
  /** The rules of the first step; null where the store does not have them. */
  readonly ruleSet: RuleSet | null;
  readonly proposedBy: string | null;
  readonly approvedBy: string | null;
  readonly escalation: {
    readonly state: string;
    readonly startedWallMs: number;
    readonly acceptedBy: string | null;
    readonly acceptedWallMs: number | null;
  } | null;
  /** In the order in which they were queued. */
  readonly pages: readonly RecordedPage[];
  readonly pagesCut: boolean;
  /** Alarms at the same bed or gateway that stood at some time in [sinceMs, onset]. */
  readonly others: readonly {
    readonly conditionCode: string;
    readonly ruleId: string;
    readonly kind: 'physiological' | 'technical';
    readonly onsetMs: number;
    readonly endedMs: number | null;
  }[];
  /** Names of staff by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** What is stored of alarms, for explaining them. @throws PlatformError('store-unavailable') */
export abstract class AlarmRecords {
  /** Null when there is no such alarm. `beforeMs`: how long before the onset other alarms are looked for. */
  abstract record(alarmId: AlarmId, beforeMs: number): Promise<AlarmRecord | null>;
  /** What a device said of itself last; empty when it said nothing. */
  abstract deviceFacts(deviceId: DeviceId): Promise<DeviceFacts>;
}
