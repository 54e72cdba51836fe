import { z } from 'zod';
import { AlarmView, EscalationState, Presence } from './alarm.js';
import { AssignmentConflict, DeviceAssignment } from './assignment.js';
import { AlarmId, BedId, CareUnitId, DeviceId, EncounterId, EpochMs, PatientId, StaffId } from './ids.js';
import { ChangeReason, ChangeSource } from './interval.js';
import { BedView } from './live.js';
import { MetricName } from './metric.js';
import { DeclineReason } from './page.js';
import { StaffRole } from './log-event.js';
import { Role } from './role.js';
import { Priority, AgeGroup, RuleSet } from './rule-set.js';
import { StandbyPlace } from './standby.js';

/** Lists answer `{items, next}`; `next` is an opaque cursor for `?cursor=`, or null at the end. */
export function listOf<T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T>; next: z.ZodNullable<z.ZodString> }> {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** RFC 9457. `code` is stable and has an entry in docs/runbook.md. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** Of `assignment-conflict`: what stands in the way. */
  conflicts: z.array(AssignmentConflict).optional(),
  /** Of a sign-in that is not complete: see `SignInStep`. */
  ticket: z.string().optional(),
  expiresAtMs: EpochMs.optional(),
  methods: z.array(z.string()).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** `POST /api/v1/session` */
export const Login = z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) });
export const SessionUser = z.object({
  staffId: StaffId,
  username: z.string(),
  name: z.string(),
  roles: z.array(Role),
  careUnitIds: z.array(CareUnitId),
});
export type SessionUser = z.infer<typeof SessionUser>;
export const Session = z.object({
  user: SessionUser,
  roles: z.array(Role),
  /** When it ends if nothing is done from now on. */
  expiresAtMs: EpochMs,
  /** Wall time of the server at this answer, so that a page counts down on its own monotonic clock. */
  serverWallMs: EpochMs.optional(),
  /** When it ends whatever is done. */
  endsAtMs: EpochMs.optional(),
  sessionRef: z.string().optional(),
  /** How the person signed in, e.g. `password`, `totp`, `passkey`. */
  methods: z.array(z.string()).optional(),
});
export type Session = z.infer<typeof Session>;
export const TokenSession = z.object({ token: z.string(), expiresAtMs: EpochMs });

export const CareUnit = z.object({ careUnitId: CareUnitId, label: z.string() });
export type CareUnit = z.infer<typeof CareUnit>;

/** Names are patient data: they live in SQL and on screens, never on the log. */
export const Patient = z.object({
  patientId: PatientId,
  /** Medical record number: the first identifier; the date of birth is the second. */
  mrn: z.string().min(1).max(32),
  familyName: z.string().min(1).max(80),
  givenName: z.string().min(1).max(80),
  birthDate: z.iso.date(),
  sex: z.enum(['female', 'male', 'other', 'unknown']),
});
export type Patient = z.infer<typeof Patient>;
export const NewPatient = z.strictObject(Patient.omit({ patientId: true }).shape).extend({ patientId: PatientId.optional() });

export const Encounter = z.object({
  encounterId: EncounterId,
  patientId: PatientId,
  bedId: BedId,
  admittedMs: EpochMs,
  dischargedMs: EpochMs.nullable(),
  /** Which rules hold; absent where nobody told it: those of an adult. */
  ageGroup: AgeGroup.optional(),
  /** Absent in those of before it was told. */
  source: ChangeSource.optional(),
  /** What commands name by If-Match. */
  rev: z.number().int().positive().optional(),
});
export type Encounter = z.infer<typeof Encounter>;

/** `POST /api/v1/encounters`: event time defaults to now. Refused with 409 while the bed or the patient is taken. */
export const AdmitRequest = z.strictObject({
  encounterId: EncounterId.optional(),
  patientId: PatientId,
  bedId: BedId,
  atMs: EpochMs.optional(),
});
/** `POST /api/v1/encounters/{id}/discharge`. `devices`: those of the bed stay there (`keep`, the default) or are taken away with it. */
export const DischargeRequest = z.strictObject({ atMs: EpochMs.optional(), devices: z.enum(['keep', 'end']).default('keep') });
/** Answer to it. */
export const Discharged = Encounter.extend({
  /** What is at the bed still, as a reminder: whoever comes next would be watched by it. */
  devices: z.array(DeviceAssignment),
});
export type Discharged = z.infer<typeof Discharged>;
/** Most devices that one transfer takes along. */
const DEVICES_MAX = 16;
/** `POST /api/v1/encounters/{id}/transfer`: event time defaults to now. `deviceIds`: devices of the bed that go along. */
export const TransferRequest = z.strictObject({
  bedId: BedId,
  atMs: EpochMs.optional(),
  deviceIds: z.array(DeviceId).min(1).max(DEVICES_MAX).optional(),
});

export const StaffMember = z.object({ staffId: StaffId, name: z.string(), roles: z.array(Role) });
export type StaffMember = z.infer<typeof StaffMember>;

export const StaffAssignment = z.object({
  assignmentId: z.string(),
  staffId: StaffId,
  careUnitId: CareUnitId,
  bedId: BedId.nullable(),
  role: StaffRole,
  fromMs: EpochMs,
  toMs: EpochMs.nullable(),
  /** Absent in those of before it was told. */
  source: ChangeSource.optional(),
  reason: ChangeReason.optional(),
  /** What commands name by If-Match. */
  rev: z.number().int().positive().optional(),
});
export type StaffAssignment = z.infer<typeof StaffAssignment>;
/** `POST /api/v1/assignments`: wall time, because shifts are. */
export const NewStaffAssignment = z.strictObject({
  staffId: StaffId,
  careUnitId: CareUnitId,
  bedId: BedId.nullable().optional(),
  role: StaffRole,
  fromMs: EpochMs.optional(),
  toMs: EpochMs.nullable().optional(),
});

/** `PATCH /api/v1/assignments/{id}`: it ends at `toMs` (wall time, now where it is left out); `staffId` takes over from then on. */
export const ChangeStaffAssignment = z
  .strictObject({ toMs: EpochMs.optional(), staffId: StaffId.optional(), reason: ChangeReason.default('routine') })
  .refine(({ toMs, staffId }) => toMs !== undefined || staffId !== undefined, { message: 'at least one of toMs, staffId' })
  .meta({ anyOf: [{ required: ['toMs'] }, { required: ['staffId'] }] });

/** `GET /api/v1/alarms` */
export const AlarmQuery = z.object({
  presence: Presence.optional(),
  escalation: EscalationState.optional(),
  bed: BedId.optional(),
  /** Alarms that changed at or after this event time. */
  since: z.coerce.number().int().nonnegative().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

/** Answer to accept and acknowledge; the same command id gives the same answer. */
export const CommandResult = z.object({ alarm: AlarmView, repeated: z.boolean() });
export type CommandResult = z.infer<typeof CommandResult>;

/** `GET /api/v1/beds/{id}/history` */
export const HistoryQuery = z.object({
  metric: MetricName,
  from: z.coerce.number().int().nonnegative(),
  to: z.coerce.number().int().nonnegative(),
  /** Width of a bucket in ms; left out or 0 for single samples. */
  every: z.coerce.number().int().min(0).max(86_400_000).default(0),
});

/** Why somebody takes readings out of Vigil. A list and no text: it stands in the audit trail as it is. */
export const ExportReason = z.enum(['transfer', 'referral', 'case-review', 'patient-request', 'equipment-check']);
export type ExportReason = z.infer<typeof ExportReason>;
/** Most metrics of one export. */
export const EXPORT_METRICS_MAX = 15;
/** Most lines of one export. */
export const EXPORT_LINES_MAX = 250_000;

/** Reasons for which nobody has to be recognised, and nobody can be: such a file is de-identified. */
export const DeidentifiedReason = z.enum(['research', 'teaching', 'quality-improvement']);
export const HistoryExportReason = z.enum([...ExportReason.options, ...DeidentifiedReason.options]);
export type HistoryExportReason = z.infer<typeof HistoryExportReason>;
/** Most rows of one Parquet file: nine metrics of a month, each second. */
export const PARQUET_ROWS_MAX = 25_000_000;

/** `GET /api/v1/beds/{id}/history/export`, and of a stay: `metric` names several with commas between. */
export const HistoryExportQuery = z.object({
  metric: z.string().regex(/^[a-zA-Z0-9]{1,32}(,[a-zA-Z0-9]{1,32}){0,14}$/),
  from: z.coerce.number().int().nonnegative(),
  to: z.coerce.number().int().nonnegative(),
  every: z.coerce.number().int().min(0).max(86_400_000).default(0),
  reason: HistoryExportReason,
  format: z.enum(['csv', 'parquet']).default('csv'),
  /** Without anything by which somebody is recognised (Safe Harbor, 45 CFR 164.514(b)(2)). */
  deidentified: z.enum(['true', 'false']).default('false'),
});

/** `GET /api/v1/history/dictionary`: what the columns, metrics and words of exported files mean. */
export const HistoryDictionary = z.object({
  v: z.literal(1),
  columns: z.array(
    z.object({
      name: z.string(),
      /** `time`: ISO 8601 in UTC (CSV) or a timestamp in ms (Parquet); `count`: a whole number. */
      type: z.enum(['time', 'text', 'number', 'count']),
      meaning: z.string(),
      /** In files that are de-identified. */
      deidentified: z.enum(['both', 'left out', 'only']),
    }),
  ),
  metrics: z.array(
    z.object({
      metric: MetricName,
      label: z.string(),
      loinc: z.string(),
      /** IEEE 11073-10101; null where none is known. */
      mdc: z.number().int().nullable(),
      /** UCUM. */
      unit: z.string(),
      plausible: z.tuple([z.number(), z.number()]),
      resolution: z.number(),
      nominalIntervalMs: z.number().int(),
    }),
  ),
  missing: z.array(z.object({ reason: z.string(), meaning: z.string() })),
  deidentified: z.object({ method: z.string(), notes: z.array(z.string()) }),
});
export type HistoryDictionary = z.infer<typeof HistoryDictionary>;
export const HistoryPoint = z.object({
  atMs: EpochMs,
  value: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  count: z.number().int(),
  /** Of `count`: values whose quality their sender did not call valid. Absent in answers of before they were told. */
  questionable: z.number().int().nonnegative().optional(),
});
export type HistoryPoint = z.infer<typeof HistoryPoint>;

/** Messages of a device that are missing, both times inclusive: their readings are not known, and nothing is drawn in their place. */
export const HistoryGap = z.object({
  fromMs: EpochMs,
  toMs: EpochMs,
  /** Of the whole gap, which may reach beyond what the caller may see. */
  count: z.number().int().positive(),
  reason: z.enum(['neverArrived', 'evicted', 'damaged', 'unsendable']),
  /** Null where damage left no way to tell. */
  deviceId: z.string().nullable(),
});
export type HistoryGap = z.infer<typeof HistoryGap>;
/** Half-open, event time. */
const HistorySpan = z.object({ fromMs: EpochMs, toMs: EpochMs });
export const History = z.object({
  bedId: BedId,
  metric: MetricName,
  unit: z.string(),
  items: z.array(HistoryPoint),
  /** Of every metric of the bed, oldest first; the newest 500 in the range. Absent in answers of before they were told. */
  gaps: z.array(HistoryGap).optional(),
  /** The times of the range that the caller may look at; the rest is of somebody else. Absent in answers of before they were told. */
  shown: z.array(HistorySpan).max(500).optional(),
  /** When the patients of those times were away from the monitor, oldest first. Likewise. */
  standby: z
    .array(HistorySpan.extend({ place: StandbyPlace }))
    .max(200)
    .optional(),
  /** A width of buckets that makes the range some hundred points, a multiple of a minute; 0: every sample will do. */
  suggestedEveryMs: z.number().int().nonnegative().optional(),
  next: z.string().nullable(),
});
export type History = z.infer<typeof History>;

/** `GET /api/v1/machine/beds/{id}/history`: means and nothing of whom they are. */
export const MachineHistory = History.pick({ bedId: true, metric: true, unit: true, items: true, next: true });
export type MachineHistory = z.infer<typeof MachineHistory>;

/** The same of one stay, in all its beds. */
export const StayHistory = History.omit({ bedId: true, shown: true }).extend({
  encounterId: EncounterId,
  /** Where it lay in the range, oldest first. */
  places: z.array(z.object({ bedId: BedId, fromMs: EpochMs, toMs: EpochMs })).max(500),
});
export type StayHistory = z.infer<typeof StayHistory>;

/** `GET /api/v1/encounters/{id}/data-quality` and `GET /api/v1/devices/{id}/data-quality`. Event time, half-open. */
export const DataQualityQuery = z.object({
  from: z.coerce.number().int().nonnegative(),
  to: z.coerce.number().int().nonnegative(),
});

/** One device at one bed on one day, or on the part of it in which it was there. */
export const DataQualityRow = z.object({
  deviceId: DeviceId,
  bedId: BedId,
  fromMs: EpochMs,
  toMs: EpochMs,
  /** Of that time: the patient was away from the monitor, and nothing was expected. */
  awayMs: z.number().int().nonnegative(),
  /** Those of which it brought anything. */
  metrics: z.array(
    z.object({
      metric: MetricName,
      /** At the usual interval of the metric; a device that sends more often has `received` above it. */
      expected: z.number().int().nonnegative(),
      received: z.number().int().positive(),
      /** Of `received`. */
      questionable: z.number().int().nonnegative(),
    }),
  ),
  /** Messages that will not come, as far as anybody knows of them. */
  missing: z.array(z.object({ reason: HistoryGap.shape.reason, messages: z.number().int().positive() })),
});
export type DataQualityRow = z.infer<typeof DataQualityRow>;
export const DataQuality = z.object({
  fromMs: EpochMs,
  toMs: EpochMs,
  /** Oldest first. */
  items: z.array(DataQualityRow),
  cut: z.boolean(),
});
export type DataQuality = z.infer<typeof DataQuality>;

/** `GET /api/v1/rejects`: bad input, kept and shown to engineers. */
export const RejectRow = z.object({
  id: z.string(),
  deviceId: z.string().nullable(),
  gatewayId: z.string(),
  reason: z.string(),
  path: z.string(),
  expected: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  atMs: EpochMs,
});
export type RejectRow = z.infer<typeof RejectRow>;

/**
 * `GET /api/v1/pages/{token}`: what a phone may see before anybody signed in. No patient data (FR-E12): the bed, the
 * priority and the state of the escalation.
 */
export const PagerView = z.object({
  state: z.enum(['open', 'accepted', 'ended', 'expired', 'used']),
  /** The named person whom this link accepts for. */
  staffName: z.string(),
  bedLabel: z.string(),
  careUnitLabel: z.string(),
  /** For the way to its page in the app, which asks for a sign-in. */
  alarmId: AlarmId.optional(),
  /** To be called where nothing can be sent; null where nobody has set one. */
  callNumber: z.string().nullable().default(null),
  priority: z.enum(['low', 'medium', 'high']),
  kind: z.enum(['physiological', 'technical']),
  test: z.boolean(),
  raisedWallMs: EpochMs,
  nextAtMs: EpochMs.nullable(),
  nextName: z.string().nullable(),
  /** The same one by one: a name may have a comma in it. */
  nextNames: z.array(z.string()).max(200).optional(),
  acceptedByName: z.string().nullable(),
  acceptedAtMs: EpochMs.nullable(),
  /** False once the condition is over: whoever is on the way should know. */
  active: z.boolean(),
  serverWallMs: EpochMs,
  /** What the named person has said to this alarm since this page. */
  mine: z.enum(['nothing', 'accepted', 'arrived', 'declined']).default('nothing'),
  /** Who is going, in the order of their word. */
  accepts: z
    .array(z.object({ name: z.string(), arrived: z.boolean() }))
    .max(10)
    .default([]),
  acceptsNeeded: z.number().int().positive().default(1),
  /** Wall time by which somebody should be there; null where nobody asks, or somebody is. */
  arriveByMs: EpochMs.nullable().default(null),
  /** Other alarms that this person was told of and that nobody has taken, the most urgent first. */
  others: z
    .array(
      z.object({
        pageId: z.string(),
        bedLabel: z.string(),
        priority: z.enum(['low', 'medium', 'high']),
        kind: z.enum(['physiological', 'technical']),
        /** Told by the same message: whoever accepts the page accepts it too. */
        together: z.boolean(),
        queuedWallMs: EpochMs,
      }),
    )
    .max(12)
    .default([]),
});
export type PagerView = z.infer<typeof PagerView>;

/** What is said by a page link; `pageId` is one of `others`, left out for the page of the link itself. */
export const PageAnswer = z.strictObject({ pageId: z.string().min(1).max(200).optional() });
export type PageAnswer = z.infer<typeof PageAnswer>;
/** Why somebody else has to go, or is needed too. */
export const PageDecline = PageAnswer.extend({ reason: DeclineReason });
export type PageDecline = z.infer<typeof PageDecline>;

/** SHA-256 of a certificate in DER, lower-case hex. */
export const Fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/** What the gateway's own engine needs to alarm while the log is out of reach (D17): opaque ids, nothing of a person. */
export const LocalWatchConfig = z.object({
  ruleSet: RuleSet,
  ruleSetHash: z.string().regex(/^[0-9a-f]{64}$/),
  beds: z.array(
    z.object({
      bedId: BedId,
      careUnitId: CareUnitId,
      label: z.string().max(20),
      encounter: z
        .object({
          encounterId: EncounterId,
          patientId: PatientId,
          sinceMs: EpochMs,
          /** Absent where nobody told it: an adult. */
          ageGroup: AgeGroup.optional(),
        })
        .nullable(),
      /** A standby of this stay that holds, event time; absent where the platform does not tell, and where there is none. */
      standby: z.object({ standbyId: z.string().min(1).max(64), place: StandbyPlace, fromMs: EpochMs, toMs: EpochMs }).optional(),
      /** Conditions of this stay that a person has put away, event time; absent where the platform does not tell, and where there are none. */
      shelves: z
        .array(
          z.object({
            ...{ shelfId: z.string().min(1).max(64), conditionCode: z.string().min(1).max(80), priority: Priority },
            ...{ fromMs: EpochMs, toMs: EpochMs },
          }),
        )
        .max(32)
        .optional(),
      /** Limits of this stay that differ from the rule set's. */
      limits: z.array(z.object({ metric: MetricName, low: z.number().nullable(), high: z.number().nullable(), toMs: EpochMs })),
    }),
  ),
});
export type LocalWatchConfig = z.infer<typeof LocalWatchConfig>;

/** Most spans of one device in a gateway's configuration. */
export const DEVICE_SPANS_MAX = 16;

/**
 * `GET /api/v1/gateways/{id}/config`: the bed of each device, and nothing about persons. Signed (Ed25519, detached, header
 * `x-vigil-signature`); a gateway takes none that is older than the one it has (`issuedAtMs`). Fields that came later are
 * optional, so that gateway and platform may differ by one version.
 */
export const GatewayConfig = z.object({
  v: z.literal(1),
  gatewayId: z.string(),
  devices: z.array(
    z.object({
      deviceId: z.string(),
      bedId: BedId.nullable(),
      /** Since when it stands there; readings of before belong elsewhere. */
      fromMs: EpochMs.optional(),
      /**
       * Where it stood when (event time, half open; null: still), oldest first: messages that it kept for later go to the bed of
       * their own time. The newest of them; absent where the platform does not tell, and `bedId` then holds for all times.
       * `channels`: what it alone brings there; absent where it names nothing.
       */
      spans: z
        .array(
          z.object({
            ...{ bedId: BedId, fromMs: EpochMs, toMs: EpochMs.nullable() },
            channels: z.array(MetricName).min(1).optional(),
          }),
        )
        .max(DEVICE_SPANS_MAX)
        .optional(),
      /** Expected interval of each metric, from its profile. */
      intervalsMs: z.partialRecord(MetricName, z.number().int().positive()).optional(),
      /** Certificates that may speak for it. Absent: not managed here, the gateway's own list holds. */
      certificates: z.array(Fingerprint).max(8).optional(),
    }),
  ),
  /** Event time per wall time. */
  rate: z.number().positive(),
  /** Wall time at which the content changed last, as the platform knows it; never goes back. */
  issuedAtMs: EpochMs.optional(),
  watch: LocalWatchConfig.optional(),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;

export { BedView };
