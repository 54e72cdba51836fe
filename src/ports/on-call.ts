import type {
  AskSwap,
  CareUnitId,
  ChangeSchedule,
  HandoverNote,
  NewOverride,
  OverrideView,
  Schedule,
  ScheduleChange,
  ScheduleContent,
  ScheduleId,
  StaffId,
  Swap,
} from '@vigil/contracts';
import type { OnCallPlan } from '@vigil/domain';
import type { Change } from './change.js';
import type { Reachability } from './contacts.js';
import type { Outcome } from './stay-limits.js';

/** Wall time, half open. */
export interface WallSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Wall time for which hand-over notes are kept. */
export const NOTES_KEPT_MS = 30 * 86_400_000;

/**
 * Who is on call by which schedule, and all that was ever said about it: nothing is written over, so that who was on call at a time can
 * be told for every time. Each write commits its rows, the audit row and the command in one transaction. Whoever writes has to have
 * checked that the people and the care unit are there.
 * @throws PlatformError 'not-found', 'conflict' (retired, named by a policy in force, over, answered already, somebody else's turn by
 * now, or more than the store keeps), 'revision-moved', 'store-unavailable'
 */
export abstract class OnCall {
  /** Those in use, of one care unit or of all, by id. */
  abstract schedules(query: { readonly careUnitId?: CareUnitId | undefined }): Promise<readonly Schedule[]>;
  /** Also one that is retired; null where there never was one. */
  abstract schedule(scheduleId: ScheduleId): Promise<Schedule | null>;
  /** Newest first, at most 100. */
  abstract changes(scheduleId: ScheduleId): Promise<readonly ScheduleChange[]>;
  /** As much of what was and is planned as a question about this span needs, for `plannedShifts`. One that is unknown is empty. */
  abstract plans(scheduleIds: readonly ScheduleId[], span: WallSpan): Promise<ReadonlyMap<ScheduleId, OnCallPlan>>;
  abstract create(
    asked: { readonly scheduleId: ScheduleId; readonly content: ScheduleContent; readonly reason?: string | undefined },
    change: Change,
  ): Promise<Outcome<Schedule>>;
  abstract change(
    target: { readonly scheduleId: ScheduleId; readonly ifRev: number },
    asked: ChangeSchedule,
    change: Change,
  ): Promise<Outcome<Schedule>>;
  /** Nobody is on call by it from now on. Refused while a policy in force tells it. */
  abstract retire(
    target: { readonly scheduleId: ScheduleId; readonly ifRev: number },
    change: Change,
  ): Promise<Outcome<Schedule>>;

  /** Who of these people can be reached by a page at a wall time. */
  abstract reachable(staffIds: readonly StaffId[], wallMs: number): Promise<ReadonlyMap<StaffId, Reachability>>;

  /** Those that hold, held or will hold within a span, also those that were taken back, in their order. */
  abstract overrides(scheduleId: ScheduleId, span: WallSpan): Promise<readonly OverrideView[]>;
  abstract override(overrideId: string): Promise<OverrideView | null>;
  abstract addOverride(scheduleId: ScheduleId, asked: NewOverride, change: Change): Promise<Outcome<OverrideView>>;
  /** From now on it counts no more. One that was taken back already is answered as it is. */
  abstract endOverride(overrideId: string, change: Change): Promise<Outcome<OverrideView>>;

  /** Those that a person has asked for or is asked about, newest first, at most 100. */
  abstract swaps(staffId: StaffId): Promise<readonly Swap[]>;
  abstract swap(swapId: string): Promise<Swap | null>;
  /** By `change.by`. A conflict where a turn is not the person's, has begun, or the other is on call then anyway. */
  abstract askSwap(asked: AskSwap, change: Change): Promise<Outcome<Swap>>;
  /** `agree` looks at the turns again: they may be somebody else's by now. */
  abstract answerSwap(
    target: { readonly swapId: string; readonly ifRev: number },
    answer: 'agree' | 'decline' | 'withdraw',
    change: Change,
  ): Promise<Outcome<Swap>>;

  /** Newest first, at most 50; none older than `NOTES_KEPT_MS`. */
  abstract notes(scheduleId: ScheduleId): Promise<readonly HandoverNote[]>;
  /** Times of the newest notes since then, by schedule. */
  abstract newestNotes(scheduleIds: readonly ScheduleId[], sinceMs: number): Promise<ReadonlyMap<ScheduleId, number>>;
  /** @throws PlatformError 'keys-unavailable': a note is nothing without its text */
  abstract addNote(scheduleId: ScheduleId, text: string, change: Change): Promise<Outcome<HandoverNote>>;
}
