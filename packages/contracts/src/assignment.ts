import { z } from 'zod';
import { BedId, DeviceId, EncounterId, EpochMs, StaffId } from './ids.js';
import { ChangeReason, ChangeSource, CorrectionReason } from './interval.js';
import { MetricName } from './metric.js';
import { writtenText } from './written-text.js';

/** Most metrics that one assignment names. */
export const CHANNELS_MAX = 32;
const channels = z.array(MetricName).min(1).max(CHANNELS_MAX);
/** Why, in words, for colleagues. Kept sealed, never on the log, in the audit trail or in an error. */
const note = writtenText(200);

/**
 * A device watches a bed from `fromMs` until before `toMs` (event time, half open; null: still). What it measures of `channels`
 * (null: everything) at a moment belongs to the bed of the span that holds at that moment, whenever it arrives. No device is at
 * two beds at one time, and no metric of a bed comes from two devices that name it.
 */
export const DeviceAssignment = z.object({
  assignmentId: z.string().min(1).max(64),
  deviceId: DeviceId,
  bedId: BedId,
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
  channels: channels.nullable(),
  source: ChangeSource,
  by: StaffId.nullable(),
  reason: ChangeReason,
  /** Null without one, and where it can't be read now. */
  note: z.string().nullable(),
  /** What commands name by If-Match. */
  rev: z.number().int().positive(),
  /** It was wrong and never held; kept so that it can be seen. */
  voided: z.boolean(),
});
export type DeviceAssignment = z.infer<typeof DeviceAssignment>;

/** `POST /api/v1/device-assignments` */
export const AssignDevice = z.strictObject({
  deviceId: DeviceId,
  bedId: BedId,
  /** Event time; now where it is left out. */
  fromMs: EpochMs.optional(),
  /** Left out: everything that the device measures. */
  channels: channels.optional(),
  /** The device stands at another bed still: its span there ends at `fromMs`. Without it that is a conflict. */
  endOther: z.boolean().optional(),
  /** This device is at the bed already and goes; its span ends at `fromMs`. */
  replaces: DeviceId.optional(),
  reason: ChangeReason.default('routine'),
  note: note.optional(),
});
export type AssignDevice = z.infer<typeof AssignDevice>;

/** `POST /api/v1/device-assignments/{id}/end`, with If-Match. */
export const EndAssignment = z.strictObject({
  /** Event time; now where it is left out. */
  toMs: EpochMs.optional(),
  reason: ChangeReason.default('routine'),
  note: note.optional(),
});
export type EndAssignment = z.infer<typeof EndAssignment>;

/**
 * `POST /api/v1/device-assignments/{id}/correct`, with If-Match: how it really was. What is left out stays as it is; `voided`: the
 * device was never there. What was stored goes to where it belongs, and all of it leaves a trace.
 */
export const CorrectAssignment = z
  .strictObject({
    bedId: BedId.optional(),
    fromMs: EpochMs.optional(),
    toMs: EpochMs.nullable().optional(),
    voided: z.literal(true).optional(),
    reason: CorrectionReason,
    note,
  })
  .refine(({ bedId, fromMs, toMs, voided }) => (voided === true) !== [bedId, fromMs, toMs].some((each) => each !== undefined), {
    message: 'either voided, or at least one of bedId, fromMs, toMs',
  })
  .meta({
    oneOf: [{ required: ['voided'] }, { anyOf: [{ required: ['bedId'] }, { required: ['fromMs'] }, { required: ['toMs'] }] }],
  });
export type CorrectAssignment = z.infer<typeof CorrectAssignment>;

/**
 * What stands in the way of a change, and when it holds there (event time, half open). Ids only.
 *
 * `device-elsewhere`: the device is at another bed then. `channel-claimed`: another device has this metric of the bed. `bed-taken`:
 * somebody else lies there. `patient-elsewhere`: the patient has another stay then. `overlap`: with another span of its own.
 */
export const AssignmentConflict = z.object({
  kind: z.enum(['device-elsewhere', 'channel-claimed', 'bed-taken', 'patient-elsewhere', 'overlap']),
  deviceId: DeviceId.optional(),
  bedId: BedId.optional(),
  encounterId: EncounterId.optional(),
  metric: MetricName.optional(),
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
});
export type AssignmentConflict = z.infer<typeof AssignmentConflict>;
