import { z } from 'zod';
import { BedId, CareUnitId, EpochMs, PatientId, StaffId } from './ids.js';
import { PlaceName } from './place.js';
import { Patient } from './rest.js';
import { writtenText } from './written-text.js';

/** A name that the hospital gave: who gives such names (`system`: an assigning authority or a URI) and the name itself. */
export const FeedIdentifier = z.strictObject({ system: z.string().max(160), value: z.string().trim().min(1).max(64) });
export type FeedIdentifier = z.infer<typeof FeedIdentifier>;

/** HL7 v2 A01, A04, A02, A03, A08, A11, A12, A13, A40 in this order, and what of FHIR means the same. */
export const FeedKind = z.enum([
  'admit',
  'register',
  'transfer',
  'discharge',
  'update',
  'cancelAdmit',
  'cancelTransfer',
  'cancelDischarge',
  'merge',
]);
export type FeedKind = z.infer<typeof FeedKind>;

/**
 * What one message of the hospital says, whichever way it came, read and not yet believed. `atMs`: event time at which it happened,
 * as the source says. `identifiers`: of the person, all that were sent; `visit`: the visit number. `person`: what was said of the
 * person; what was empty is absent, because empty never overwrites. `merged`: identifiers that go into `identifiers`.
 */
export const FeedMove = z.strictObject({
  v: z.literal(1),
  source: z.enum(['hl7', 'fhir']),
  messageId: z.string().min(1).max(64),
  kind: FeedKind,
  atMs: EpochMs,
  identifiers: z.array(FeedIdentifier).max(8),
  person: Patient.omit({ patientId: true, mrn: true }).partial(),
  visit: FeedIdentifier.nullable(),
  place: PlaceName.nullable(),
  fromPlace: PlaceName.nullable(),
  merged: z.array(FeedIdentifier).max(4),
  /** Somebody who comes for a visit and lies in no bed, unless the message names one. */
  outpatient: z.boolean().optional(),
});
export type FeedMove = z.infer<typeof FeedMove>;

/**
 * Why a message of the hospital waits for a person. `waits-for-earlier`: one of the same person or visit waits already, and order
 * counts. `person-differs`: the identifier is known, and name, birth date or sex are another's.
 */
export const QuarantineReason = z.enum([
  'broken-framing',
  'wrong-encoding',
  'no-header',
  'missing-segment',
  'missing-field',
  'unknown-event',
  'unknown-place',
  'no-identifier',
  'ambiguous-patient',
  'person-differs',
  'bed-taken',
  'patient-elsewhere',
  'stay-unknown',
  'overlap',
  'time-in-future',
  'time-before-stay',
  'reused-id',
  'merge-of-two-stays',
  'deleted-at-source',
  'refused-by-server',
  'waits-for-earlier',
]);
export type QuarantineReason = z.infer<typeof QuarantineReason>;

/**
 * `GET /api/v1/tasks`: something that a person has to look at because nothing is attributed by guess. Without any name; what
 * it says is behind `GET /api/v1/tasks/{id}/detail`. `waiting`: messages that come after it. All times are wall time.
 */
export const Task = z.object({
  taskId: z.string().min(1).max(64),
  kind: z.enum(['feed', 'fhir-out', 'tray']),
  reason: QuarantineReason,
  /** Null where the place is not known: it is then for those who run the house. */
  careUnitId: CareUnitId.nullable(),
  bedId: BedId.nullable(),
  openedWallMs: EpochMs,
  state: z.enum(['open', 'done']),
  /** `superseded`: a later message of the source settled it. Null while it is open. */
  resolution: z.enum(['applied', 'dismissed', 'superseded']).nullable(),
  resolvedBy: StaffId.nullable(),
  resolvedWallMs: EpochMs.nullable(),
  waiting: z.number().int().nonnegative(),
  rev: z.number().int().positive(),
});
export type Task = z.infer<typeof Task>;

/** `GET /api/v1/tasks/{id}/detail`. `detail`: what was said and what is known, with the names in it; null where it can't be read now. */
export const TaskDetail = z.object({ task: Task, detail: z.record(z.string(), z.unknown()).nullable() });
export type TaskDetail = z.infer<typeof TaskDetail>;

/**
 * `GET /api/v1/tasks/{id}/said`: what a message says without whom it is about, for who resolves tasks and sees no names. Whose numbers
 * it has (systems, no values), where, when, and which fields of the person differ. Null where nobody could read it.
 */
export const TaskSaid = z.object({
  task: Task,
  said: FeedMove.pick({ source: true, kind: true, atMs: true, place: true, fromPlace: true })
    .extend({ identifierSystems: z.array(z.string()), differs: z.array(z.string()) })
    .nullable(),
});
export type TaskSaid = z.infer<typeof TaskSaid>;

const note = writtenText(200);
/** `POST /api/v1/tasks/{id}/apply` and `…/dismiss`. `note`: why, for colleagues; kept sealed. */
export const ResolveTask = z.strictObject({ note });
export type ResolveTask = z.infer<typeof ResolveTask>;
/** `POST /api/v1/tasks/{id}/link`: the record number in the message is this patient's. */
export const LinkTask = z.strictObject({ patientId: PatientId, note });
export type LinkTask = z.infer<typeof LinkTask>;
