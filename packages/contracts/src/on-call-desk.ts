import { z } from 'zod';
import { BedId, CareUnitId, EpochMs, StaffId } from './ids.js';
import { StaffRole } from './log-event.js';
import { OnCallShift, Override, ScheduleContent, ScheduleId } from './on-call.js';
import { writtenText } from './written-text.js';

/** Why, in words, for colleagues. Kept sealed, never on the log, in the audit trail or in an error. */
const reason = writtenText(200);

/** Wall milliseconds: nobody is replaced for longer without a schedule that says so. */
export const OVERRIDE_MS_MAX = 366 * 86_400_000;
const HANDOVER_NOTE_MAX = 2_000;

/** A schedule as it is now. `rev` is what commands name by If-Match. */
export const Schedule = z.object({
  scheduleId: ScheduleId,
  rev: z.number().int().positive(),
  content: ScheduleContent,
  /** Since when it says this, and who has changed it; null: the site's own description. Wall time. */
  sinceMs: EpochMs,
  by: StaffId.nullable(),
  /** Nobody is on call by it any more. It is kept for what has been. */
  retired: z.boolean(),
});
export type Schedule = z.infer<typeof Schedule>;

/** What a schedule said in `[fromMs, toMs)` of wall time; null: still. */
export const ScheduleChange = z.object({
  rev: z.number().int().positive(),
  content: ScheduleContent,
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
  by: StaffId.nullable(),
  /** Null without one, and where it can't be read now. */
  reason: z.string().nullable(),
});
export type ScheduleChange = z.infer<typeof ScheduleChange>;

/** `POST /api/v1/on-call/schedules` */
export const NewSchedule = z.strictObject({ scheduleId: ScheduleId, content: ScheduleContent, reason: reason.optional() });
export type NewSchedule = z.infer<typeof NewSchedule>;

/** `PUT /api/v1/on-call/schedules/{id}`, with If-Match. It holds from now on; what has been stays as it was. */
export const ChangeSchedule = z.strictObject({ content: ScheduleContent, reason: reason.optional() });
export type ChangeSchedule = z.infer<typeof ChangeSchedule>;

/** `POST /api/v1/on-call/schedules/{id}/overrides`. What each kind needs: `Override`. */
export const NewOverride = z.strictObject({
  kind: Override.shape.kind,
  staffId: StaffId.nullable().default(null),
  instead: StaffId.nullable().default(null),
  fromMs: EpochMs,
  toMs: EpochMs,
  reason: reason.optional(),
});
export type NewOverride = z.infer<typeof NewOverride>;

/** An override with who made it. One that was taken back counted until `voidedMs`. Wall time. */
export const OverrideView = Override.extend({
  scheduleId: ScheduleId,
  reason: z.string().nullable(),
  by: StaffId,
  setMs: EpochMs,
  voidedBy: StaffId.nullable(),
  voidedMs: EpochMs.nullable(),
  /** The swap that it belongs to. */
  swapId: z.string().nullable(),
});
export type OverrideView = z.infer<typeof OverrideView>;

/** Who is on call when, and when nobody is, in `[fromMs, toMs)` of wall time. */
export const ShiftPlan = z.object({
  fromMs: EpochMs,
  toMs: EpochMs,
  shifts: z.array(OnCallShift.extend({ name: z.string() })),
  gaps: z.array(z.object({ fromMs: EpochMs, toMs: EpochMs })),
});
export type ShiftPlan = z.infer<typeof ShiftPlan>;

/**
 * `POST /api/v1/on-call/preview`: the shifts as they would be. `content`: as if the schedule said this from now on; of a new one,
 * `scheduleId` is null. `override`: as if this were added; `without`: as if this override were taken back now.
 */
export const ShiftPreview = z.strictObject({
  scheduleId: ScheduleId.nullable(),
  content: ScheduleContent.optional(),
  override: NewOverride.optional(),
  without: z.string().max(64).optional(),
  fromMs: EpochMs,
  toMs: EpochMs,
});
export type ShiftPreview = z.infer<typeof ShiftPreview>;

const OnCallPerson = z.object({
  staffId: StaffId,
  name: z.string(),
  /** Wall time at which their shift ends; null: not within the two weeks that are looked at. */
  toMs: EpochMs.nullable(),
  /** Whether a page reaches them; `doubtful`: nothing has shown of late that it does. Null: not for the caller to know. */
  reachability: z.enum(['reachable', 'doubtful', 'unreachable']).nullable(),
});

/** `GET /api/v1/on-call/now`: whom a page would tell at `atMs` (wall time). */
export const OnCallNow = z.object({
  atMs: EpochMs,
  schedules: z.array(
    z.object({
      scheduleId: ScheduleId,
      label: z.string(),
      careUnitId: CareUnitId,
      /** Empty: nobody, and a step that tells this schedule is skipped. */
      people: z.array(OnCallPerson),
      /** Who comes next, and when; null: nobody within two weeks. */
      next: z.object({ staffId: StaffId, name: z.string(), fromMs: EpochMs }).nullable(),
      /** Wall time of the newest hand-over note of the last three days. */
      newestNoteMs: EpochMs.nullable(),
    }),
  ),
  /** Who has a role by assignment; `bedId` null: for the whole care unit. */
  roles: z.array(OnCallPerson.extend({ role: StaffRole, careUnitId: CareUnitId, bedId: BedId.nullable() })),
});
export type OnCallNow = z.infer<typeof OnCallNow>;

/** A turn, or a part of one, in wall time. */
export const SwapTurn = z.strictObject({ scheduleId: ScheduleId, fromMs: EpochMs, toMs: EpochMs });
export type SwapTurn = z.infer<typeof SwapTurn>;

/** `POST /api/v1/on-call/swaps`: `to` is asked to take a turn of the asker, for one of theirs or for none. */
export const AskSwap = z.strictObject({ give: SwapTurn, take: SwapTurn.nullable().default(null), to: StaffId });
export type AskSwap = z.infer<typeof AskSwap>;

/** `expired`: nobody had answered when the first of the turns began. */
export const SwapState = z.enum(['open', 'agreed', 'declined', 'withdrawn', 'expired']);
export type SwapState = z.infer<typeof SwapState>;

export const Swap = z.object({
  swapId: z.string(),
  rev: z.number().int().positive(),
  state: SwapState,
  askedBy: StaffId,
  to: StaffId,
  give: SwapTurn,
  take: SwapTurn.nullable(),
  askedMs: EpochMs,
  /** When the first of the turns begins: until then somebody can answer. */
  untilMs: EpochMs,
  answeredMs: EpochMs.nullable(),
});
export type Swap = z.infer<typeof Swap>;

/** `POST /api/v1/on-call/schedules/{id}/handover-notes` */
export const NewHandoverNote = z.strictObject({ text: writtenText(HANDOVER_NOTE_MAX) });
export type NewHandoverNote = z.infer<typeof NewHandoverNote>;

/** What one shift writes for the next. */
export const HandoverNote = z.object({
  noteId: z.string(),
  scheduleId: ScheduleId,
  by: StaffId,
  atMs: EpochMs,
  /** Null where it can't be read now. */
  text: z.string().nullable(),
});
export type HandoverNote = z.infer<typeof HandoverNote>;
