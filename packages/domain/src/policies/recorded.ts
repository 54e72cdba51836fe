import type { AlarmKind, AlarmTransition, DeclineReason, Priority, StaffId } from '@vigil/contracts';

/** One change of an alarm as it was stored. Wall time. */
export interface RecordedChange {
  readonly atWallMs: number;
  readonly cause: AlarmTransition['cause'];
  readonly priority: Priority;
  readonly active: boolean;
  readonly isShelved: boolean;
  readonly bedId: string | null;
  /** Where it was seen, by name. */
  readonly careUnitIds: readonly string[];
}

/** What a person really said. Wall time. */
export interface RecordedAnswer {
  readonly atWallMs: number;
  readonly by: StaffId;
  readonly answer: 'accept' | 'decline' | 'arrive' | 'pass';
  readonly reason: DeclineReason | null;
}

export interface RecordedAlarm {
  readonly kind: AlarmKind;
  readonly conditionCode: string;
  /** Oldest first, at least one. */
  readonly changes: readonly RecordedChange[];
  /** Oldest first. */
  readonly answers: readonly RecordedAnswer[];
  /** People who were really told, each step and round counting anew. */
  readonly pages: number;
}

/** Somebody has a role in `[fromMs, toMs)` of wall time; `toMs` null: still. */
export interface RecordedDuty {
  readonly staffId: StaffId;
  readonly role: string;
  readonly careUnitId: string;
  readonly bedId: string | null;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** Somebody is on call in `[fromMs, toMs)` of wall time. */
export interface RecordedShift {
  readonly staffId: StaffId;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The alarms of a span of wall time, and who was there. Plain data. */
export interface Recorded {
  readonly alarms: readonly RecordedAlarm[];
  readonly duties: readonly RecordedDuty[];
  /** By schedule, in the order in which they begin. */
  readonly shifts: Readonly<Record<string, readonly RecordedShift[]>>;
  readonly staffIds: readonly string[];
  /** There were more; the newest are here. */
  readonly isCut: boolean;
}
