import { z } from 'zod';
import { DeviceAssignment } from './assignment.js';
import { AlarmId, BedId, EpochMs, PatientId } from './ids.js';
import { CorrectionReason } from './interval.js';
import { Encounter } from './rest.js';
import { writtenText } from './written-text.js';

const note = writtenText(200);

/**
 * `POST /api/v1/encounters/{id}/correct`: who really lay where, and since when (event time). What is left out was right. Alarms stay
 * open under their ids; limits, charts and scores of the wrong person go.
 */
export const CorrectStay = z
  .strictObject({
    patientId: PatientId.optional(),
    bedId: BedId.optional(),
    fromMs: EpochMs.optional(),
    reason: CorrectionReason,
    /** For colleagues; kept sealed. */
    note,
  })
  .refine(({ patientId, bedId, fromMs }) => [patientId, bedId, fromMs].some((each) => each !== undefined), {
    message: 'at least one of patientId, bedId, fromMs',
  })
  .meta({ anyOf: [{ required: ['patientId'] }, { required: ['bedId'] }, { required: ['fromMs'] }] });
export type CorrectStay = z.infer<typeof CorrectStay>;

/** `POST /api/v1/encounters/{id}/reopen`: the discharge was wrong. */
export const ReopenStay = z.strictObject({ reason: CorrectionReason, note });
export type ReopenStay = z.infer<typeof ReopenStay>;

/** How far what was stored has followed a correction. `moved`: readings that are at their right place now and were not before. */
export const Reattribution = z.object({
  jobId: z.string().min(1).max(64),
  state: z.enum(['waiting', 'running', 'done']),
  moved: z.number().int().nonnegative(),
});
export type Reattribution = z.infer<typeof Reattribution>;

/** What a correction did beside the rows it changed. */
export const Correction = z.object({
  correctionId: z.string().min(1).max(64),
  atWallMs: EpochMs,
  /** Null where history needs no move: it is per bed, and stays decide whose it is. */
  reattribution: Reattribution.nullable(),
  /** Alarms that came from what was wrong; each is marked, and none is taken back. */
  questioned: z.array(AlarmId).max(500),
});
export type Correction = z.infer<typeof Correction>;

/** Answer to `POST /api/v1/device-assignments/{id}/correct`. */
export const CorrectedAssignment = z.object({ assignment: DeviceAssignment, correction: Correction });
export type CorrectedAssignment = z.infer<typeof CorrectedAssignment>;

/** Answer to `POST /api/v1/encounters/{id}/correct`. Another patient has another stay: `encounter` then has an id of its own. */
export const CorrectedStay = z.object({ encounter: Encounter, correction: Correction });
export type CorrectedStay = z.infer<typeof CorrectedStay>;
