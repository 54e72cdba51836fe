import { z } from 'zod';
import { EpochMs, PatientId } from './ids.js';

const text = z.string().min(1);
const Coding = z.object({ system: text, code: text });
const Concept = z.object({ coding: z.array(Coding).min(1) });
/** A logical reference: names without pointing. */
const Identified = z.object({ identifier: z.object({ system: text, value: text }), type: z.literal('Patient').optional() });

/** FHIR `audit-event-outcome`: 0 success, 4 minor failure (refused), 8 serious failure (it could not be done). */
const AuditOutcome = z.enum(['0', '4', '8']);

/**
 * FHIR R4 AuditEvent with exactly the parts that Vigil writes, after the IHE Basic Audit Log Patterns (BALP 1.1).
 *
 * The canonical JSON (RFC 8785) of it is what is stored and hashed. Ids only: people are identifiers under `urn:vigil:…`.
 */
export const AuditEvent = z.strictObject({
  resourceType: z.literal('AuditEvent'),
  /** The entry's number in the log, which begins at 1 and has no gaps. */
  id: z.string().regex(/^[1-9][0-9]{0,15}$/),
  meta: z.strictObject({ profile: z.array(z.url()).length(1) }).optional(),
  type: Coding,
  /** The FHIR or DICOM subtype where there is one, and Vigil's own name of the action (`urn:vigil:action`). */
  subtype: z.array(Coding).min(1),
  action: z.enum(['C', 'R', 'U', 'D', 'E']),
  recorded: z.iso.datetime(),
  outcome: AuditOutcome,
  outcomeDesc: text.optional(),
  purposeOfEvent: z.array(Concept).length(1).optional(),
  agent: z
    .array(
      z.strictObject({
        type: Concept,
        role: z.array(Concept).min(1).optional(),
        who: Identified,
        /** Reference of the session, never its token. */
        altId: text.optional(),
        requestor: z.boolean(),
        /** The break-glass grant. */
        policy: z.array(text).length(1).optional(),
        /** `2` an IP address, `5` a URI. */
        network: z.strictObject({ address: text, type: z.enum(['2', '5']) }).optional(),
        purposeOfUse: z.array(Concept).length(1).optional(),
      }),
    )
    .min(1),
  source: z.strictObject({ observer: Identified, type: z.array(Coding).length(1) }),
  entity: z
    .array(
      z.strictObject({
        what: Identified.optional(),
        type: Coding,
        role: Coding.optional(),
        /** Base64 of what was asked for. */
        query: text.optional(),
      }),
    )
    .min(1),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

export const AuditPurpose = z.enum(['treatment', 'emergency', 'operations']);

/** `GET /api/v1/audit` */
export const AuditRow = z.object({
  seq: z.number().int(),
  atMs: EpochMs,
  actor: z.string(),
  roles: z.array(z.string()),
  action: z.string(),
  object: z.string(),
  /** Everybody whom the answer showed or the command concerned. */
  patientIds: z.array(z.string()),
  outcome: z.enum(['allowed', 'refused', 'failed']),
  detail: z.string(),
  ip: z.string().nullable(),
  stationId: z.string().nullable(),
  /** The same for everything that was done in one session; the session can't be found by it. */
  sessionRef: z.string().nullable(),
  purpose: AuditPurpose.nullable(),
  /** The break-glass grant under which it was done. */
  grantId: z.string().nullable(),
});
export type AuditRow = z.infer<typeof AuditRow>;

/** At most what a Date can hold. */
const wallTime = z.coerce.number().int().min(0).max(8_640_000_000_000_000);

/** Half-open in wall time, `[from, to)`. Each filter narrows the answer. */
export const AuditQuery = z.object({
  patient: PatientId.optional(),
  actor: z.string().min(1).max(80).optional(),
  action: z.string().min(1).max(80).optional(),
  object: z.string().min(1).max(120).optional(),
  outcome: z.enum(['allowed', 'refused', 'failed']).optional(),
  from: wallTime.optional(),
  to: wallTime.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

/** `GET /api/v1/audit/export` */
export const AuditExportQuery = AuditQuery.pick({ patient: true, from: true, to: true }).extend({
  /** `csv` is for a spreadsheet: nothing proves it. */
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
});

/** `GET /api/v1/audit/{seq}/proof`: what is needed to check, without Vigil, that the entry is in the signed log. */
export const AuditProof = z.object({
  seq: z.number().int(),
  /** The canonical bytes that are hashed, as text. */
  entry: z.string(),
  /** The signed note (C2SP tlog-checkpoint) under which the entry is; its second line is `size`. */
  checkpoint: z.string(),
  /** Entries under the checkpoint. */
  size: z.number().int(),
  /** RFC 9162 §2.1.3: hashes in base64, from the leaf up. The index of the leaf is `seq - 1`. */
  path: z.array(z.string()),
});
export type AuditProof = z.infer<typeof AuditProof>;

/** Why entries must be kept beyond their time. */
export const HoldReason = z.enum(['litigation', 'investigation', 'complaint', 'regulator', 'patient-request', 'incident']);
export type HoldReason = z.infer<typeof HoldReason>;

/** `POST /api/v1/audit/holds`: without a patient, everything is held. */
export const NewAuditHold = z.strictObject({
  patientId: PatientId.nullable().optional(),
  reason: HoldReason,
  /** Case or file number of whoever asked for it; never a name. */
  reference: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}$/, 'a case or file number of at most 40 letters, digits and ./_-')
    .optional(),
});
export const AuditHold = z.object({
  holdId: z.string(),
  patientId: PatientId.nullable(),
  reason: HoldReason,
  reference: z.string(),
  setBy: z.string(),
  setAtMs: EpochMs,
  liftedBy: z.string().nullable(),
  liftedAtMs: EpochMs.nullable(),
});
export type AuditHold = z.infer<typeof AuditHold>;

/** `GET /api/v1/patients/{id}/access-report` */
export const AccessReportQuery = z.object({
  from: wallTime.optional(),
  to: wallTime.optional(),
});

export const AccessReportLine = z.object({
  seq: z.number().int(),
  atMs: EpochMs,
  /** Name of the person, or what part of Vigil it was. */
  who: z.string(),
  roles: z.array(z.string()),
  /** In plain words. */
  what: z.string(),
  from: z.string(),
  why: z.string(),
  /** Under a break-glass grant. */
  emergency: z.boolean(),
  outcome: z.enum(['allowed', 'refused', 'failed']),
});
export type AccessReportLine = z.infer<typeof AccessReportLine>;

/** Everybody who saw or changed the record of one patient, oldest first. Names staff, never the patient. */
export const AccessReport = z.object({
  patientId: PatientId,
  fromMs: EpochMs,
  toMs: EpochMs,
  madeAtMs: EpochMs,
  /** True where there were more lines than fit: ask again from the last line's time. */
  cut: z.boolean(),
  lines: z.array(AccessReportLine),
});
export type AccessReport = z.infer<typeof AccessReport>;

/** `GET /api/v1/fhir/AuditEvent` (IHE ITI-81): `date` is `ge…` or `lt…` an instant, once or twice. */
const fhirDate = z.string().regex(/^(ge|lt)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, 'ge or lt and an instant in UTC');
export const AuditEventQuery = z.object({
  patient: PatientId.optional(),
  date: z.union([fhirDate, z.array(fhirDate).max(2)]).optional(),
  _count: z.coerce.number().int().min(1).max(500).default(100),
  _after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
});

/** A FHIR searchset; `link` with relation `next` leads on. */
export const AuditEventBundle = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  link: z.array(z.object({ relation: z.enum(['self', 'next']), url: z.string() })),
  entry: z.array(z.object({ fullUrl: z.string(), resource: AuditEvent, search: z.object({ mode: z.literal('match') }) })),
});
export type AuditEventBundle = z.infer<typeof AuditEventBundle>;
