import { z } from 'zod';
import { StaffChannel } from './alarm-words.js';
import { AlarmId, EpochMs, StaffId } from './ids.js';

/**
 * How far a page is known to have come. A ladder that is shown and never steers (D12): what is not said is not known. `failed` and
 * `cancelled` end it; `accepted` and `declined` are a person's answer.
 */
export const PageStage = z.enum([
  'queued',
  'sent',
  'delivered',
  'displayed',
  'opened',
  'accepted',
  'declined',
  'failed',
  'cancelled',
]);
export type PageStage = z.infer<typeof PageStage>;

/** Wall time at which a stage was first reported. */
export const PageReceipt = z.object({ stage: PageStage, atMs: EpochMs });
export type PageReceipt = z.infer<typeof PageReceipt>;

/** `alarm`: somebody has to come. `standDown`: nobody has to any more. `test`: to see whether it arrives. `canary`: of the synthetic bed. */
export const PageKind = z.enum(['alarm', 'standDown', 'test', 'canary']);
export type PageKind = z.infer<typeof PageKind>;

/** One message to one person by one channel, as screens see it. */
export const PageView = z.object({
  pageId: z.string(),
  kind: PageKind.default('alarm'),
  staffId: StaffId,
  staffName: z.string(),
  channel: StaffChannel,
  step: z.number().int(),
  reason: z.string(),
  state: z.enum(['queued', 'sent', 'failed']),
  /** Wall time. */
  queuedAtMs: EpochMs,
  /** Not before this: the next channel waits for its turn. */
  notBeforeMs: EpochMs.optional(),
  sentAtMs: EpochMs.nullable(),
  /** In the order of the ladder. */
  receipts: z.array(PageReceipt).max(9).default([]),
  /** The page that told this person of another alarm of the patient at the same time; null where it is one of its own. */
  joined: z.object({ pageId: z.string(), alarmId: AlarmId }).nullable().default(null),
});
export type PageView = z.infer<typeof PageView>;

/** Why somebody passes an alarm on. */
export const DeclineReason = z.enum(['busy-with-patient', 'too-far', 'not-mine', 'other']);
export type DeclineReason = z.infer<typeof DeclineReason>;

/** `POST /api/v1/alarms/{id}/decline` and `/pass`. No free text: it would be patient data. */
export const DeclineAlarm = z.strictObject({ reason: DeclineReason });
export type DeclineAlarm = z.infer<typeof DeclineAlarm>;
