import { z } from 'zod';
import { BedId, CareUnitId, EpochMs, PatientId, StaffId } from './ids.js';
import { listOf, Patient } from './rest.js';

/** Names one grant; opaque, so that it may be logged and audited. */
export const BreakGlassId = z
  .string()
  .regex(/^bg-[0-9a-f]{32}$/, 'the id of a break-glass grant')
  .brand<'BreakGlassId'>();
export type BreakGlassId = z.infer<typeof BreakGlassId>;

/** Why the record of a patient is opened in an emergency: one tap, because seconds count. */
export const BreakGlassReason = z.enum(['emergency', 'covering-a-colleague', 'advice-asked-for', 'other']);
export type BreakGlassReason = z.infer<typeof BreakGlassReason>;

const Words = z.string().max(500);

/** `POST /api/v1/break-glass`: the patient, or the bed that the patient lies in; one of the two. */
export const OpenBreakGlass = z
  .strictObject({
    patientId: PatientId.optional(),
    bedId: BedId.optional(),
    reason: BreakGlassReason,
    /** In own words; nobody has to write in an emergency. */
    text: Words.optional(),
  })
  .refine(({ patientId, bedId }) => (patientId === undefined) !== (bedId === undefined), 'patientId or bedId, one of the two')
  .meta({ oneOf: [{ required: ['patientId'] }, { required: ['bedId'] }] });
export type OpenBreakGlass = z.infer<typeof OpenBreakGlass>;

export const BreakGlassState = z.enum(['open', 'ended', 'reviewed']);
export type BreakGlassState = z.infer<typeof BreakGlassState>;

export const BreakGlassOutcome = z.enum(['justified', 'unjustified', 'follow-up']);
export type BreakGlassOutcome = z.infer<typeof BreakGlassOutcome>;

/** One grant: this person, this patient, for a while. Times are wall time. No patient data but ids. */
export const BreakGlassGrant = z.object({
  grantId: BreakGlassId,
  staffId: StaffId,
  staffName: z.string(),
  patientId: PatientId,
  /** Where the patient lay when it was opened; null for a patient who lay nowhere. */
  bedId: BedId.nullable(),
  careUnitId: CareUnitId.nullable(),
  reason: BreakGlassReason,
  /** Null where none was given, and for whoever does not review. */
  text: z.string().nullable(),
  openedMs: EpochMs,
  /** When it ends by itself, or ended by hand. */
  endsMs: EpochMs,
  state: BreakGlassState,
  /** This person has opened unusually many: look at it first. */
  loud: z.boolean(),
  reviewDueMs: EpochMs,
  /** Nobody has reviewed it in time. */
  overdue: z.boolean(),
  review: z
    .object({
      by: StaffId,
      byName: z.string(),
      atMs: EpochMs,
      outcome: BreakGlassOutcome,
      note: z.string().nullable(),
    })
    .nullable(),
});
export type BreakGlassGrant = z.infer<typeof BreakGlassGrant>;

/** `GET /api/v1/break-glass`: newest first. */
export const BreakGlassQuery = z.object({
  state: BreakGlassState.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

/** `POST /api/v1/break-glass/{id}/review` */
export const ReviewBreakGlass = z.strictObject({ outcome: BreakGlassOutcome, note: Words.optional() });
export type ReviewBreakGlass = z.infer<typeof ReviewBreakGlass>;

/**
 * `POST /api/v1/patients/search`. `elsewhere`: found, but not a patient of yours: nothing but the id is told, and only to
 * those who may open the record in an emergency.
 */
export const PatientSearchResult = listOf(Patient).extend({ elsewhere: z.array(PatientId) });
export type PatientSearchResult = z.infer<typeof PatientSearchResult>;
