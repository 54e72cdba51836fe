import { randomUUID } from 'node:crypto';
import type { AgeGroup, BedId, Encounter, EncounterId, Patient, PatientId, StaffAssignment } from '@vigil/contracts';
import { ageGroupAt, canonical, PlatformError, type ErrorFacts } from '@vigil/domain';
import type { Who } from '../../ports/directory.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { assignmentOf, encounterOf, inBedSince, patientOf } from './directory-reads.js';
import type { Fields } from './fields.js';
import { relay } from './outbox.js';
import { personIndexes } from './person-index.js';
import type { EncounterRow, PatientRow, StaffAssignmentRow } from './schema.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

type RelayContext = Pick<SqlContext, 'notices' | 'origin'>;
type WriteContext = Pick<SqlContext, 'sql' | 'fields'>;

/**
 * Records a patient; the same again is answered with what is stored.
 * @throws PlatformError('conflict') when the id or the record number belongs to another patient, or to an erased one
 */
export async function createPatient(context: WriteContext, patient: Patient, who: Who): Promise<Patient> {
  const { fields } = context;
  const row = await patientRow(fields, patient);
  const known = await context.sql.transaction(async (tx) => {
    const found = await tx.db
      .selectFrom('patient')
      .selectAll()
      .where((eb) => eb.or([eb('patient_id', '=', patient.patientId), eb('mrn_index', '=', row.mrn_index)]))
      .execute();
    if (found.length > 1 || found.some((other) => other.erased_wall_ms !== null)) throw new PlatformError('conflict');
    if (found[0] !== undefined) return found[0];
    await tx.db.insertInto('patient').values(row).execute();
    await appendAudit(tx, who.audit, who.wallMs);
    return null;
  });
  if (known === null) return patient;
  if (canonical(patientOf(await fields.openRow(SEALED.patient, known))) !== canonical(patient))
    throw new PlatformError('conflict');
  await context.sql.transaction((tx) => appendAudit(tx, who.audit, who.wallMs));
  return patient;
}

/** Clocks of two programs may differ by this much. */
export const SKEW_MS_MAX = 60_000;

export interface Admission {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly bedId: BedId;
  readonly atMs: number;
  /** Left out where the birth date can't be read. */
  readonly ageGroup?: AgeGroup | undefined;
}

/**
 * The age group at the admission. Undefined when the birth date can't be read now: the patient is watched with the rules of an
 * adult, as the stay says, until somebody sets the profile.
 */
export async function ageGroupOf(
  { sql, fields }: WriteContext,
  { patientId, atMs }: Pick<Admission, 'patientId' | 'atMs'>,
): Promise<AgeGroup | undefined> {
  const row = await sql.query((db) =>
    db.selectFrom('patient').selectAll().where('patient_id', '=', patientId).executeTakeFirst(),
  );
  if (row === undefined || row.erased_wall_ms !== null) return undefined;
  const [opened] = await fields.openRows(SEALED.patient, [row]);
  return opened === undefined || opened.row === null ? undefined : ageGroupAt(opened.row.birth_date, atMs);
}

/**
 * The same admission again is answered with what is stored. One that reaches a little into the stay before begins at its
 * end.
 * @throws PlatformError 'not-found'; 'conflict' while bed or patient is taken, or when the stay before ended well after it
 */
export async function admit(tx: Tx, context: RelayContext, request: Admission, who: Who): Promise<Encounter> {
  const known = await encounterRow(tx, request.encounterId);
  if (known !== undefined) {
    const same = known.patient_id === request.patientId && known.bed_id === request.bedId;
    if (!same) throw refused('conflict', request);
    await appendAudit(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  const bed = await tx.db.selectFrom('bed').select('bed_id').where('bed_id', '=', request.bedId).executeTakeFirst();
  const patient = await tx.db
    .selectFrom('patient')
    .select('patient_id')
    .where('patient_id', '=', request.patientId)
    .where('erased_wall_ms', 'is', null)
    .executeTakeFirst();
  if (bed === undefined || patient === undefined) throw refused('not-found', request);
  if (await isTaken(tx, request)) throw refused('conflict', request);
  const freeMs = await freeSince(tx, request.bedId);
  if (request.atMs < freeMs - SKEW_MS_MAX) throw refused('conflict', request);
  const admission = { ...request, atMs: Math.max(request.atMs, freeMs) };
  const row = await insertEncounter(tx, context, admission, `admit/${request.encounterId}`);
  await appendAudit(tx, who.audit, who.wallMs);
  return encounterOf(row);
}

/** True while somebody else lies in the bed or the patient lies elsewhere. */
export async function isTaken(tx: Tx, { bedId, patientId }: Pick<Admission, 'bedId' | 'patientId'>): Promise<boolean> {
  const open = await tx.db
    .selectFrom('encounter')
    .select('encounter_id')
    .where('discharged_ms', 'is', null)
    .where((eb) => eb.or([eb('bed_id', '=', bedId), eb('patient_id', '=', patientId)]))
    .executeTakeFirst();
  return open !== undefined;
}

/**
 * When the last stay in the bed ended; 0 where there was none. Stays in a bed never overlap, or the one would show what
 * was measured of the other.
 */
export async function freeSince(tx: Tx, bedId: BedId): Promise<number> {
  const last = await tx.db
    .selectFrom('encounter')
    .select(({ fn }) => fn.max('discharged_ms').as('ended'))
    .where('bed_id', '=', bedId)
    .executeTakeFirst();
  const moved = await tx.db
    .selectFrom('past_bed')
    .select(({ fn }) => fn.max('to_ms').as('ended'))
    .where('bed_id', '=', bedId)
    .executeTakeFirst();
  return Math.max(Number(last?.ended ?? 0), Number(moved?.ended ?? 0));
}

export async function insertEncounter(tx: Tx, context: RelayContext, request: Admission, eventId: string): Promise<EncounterRow> {
  const row: EncounterRow = {
    encounter_id: request.encounterId,
    patient_id: request.patientId,
    bed_id: request.bedId,
    admitted_ms: Math.round(request.atMs),
    discharged_ms: null,
    age_group: request.ageGroup ?? null,
    profile_rev: 0,
    bed_since_ms: null,
  };
  const bed = await tx.db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', request.bedId).executeTakeFirst();
  await tx.db.insertInto('encounter').values(row).execute();
  await relay(tx, context.notices, {
    kind: 'admit',
    id: eventId,
    key: `bed:${request.bedId}`,
    origin: context.origin,
    atMs: row.admitted_ms,
    bedId: request.bedId,
    encounterId: request.encounterId,
    patientId: request.patientId,
    ...(request.ageGroup === undefined ? {} : { ageGroup: request.ageGroup }),
    ...(bed === undefined ? {} : { careUnitId: bed.care_unit_id }),
  });
  tx.afterCommit(() => context.notices.directory.tell([request.bedId]));
  return row;
}

/**
 * Ends a stay; ending it again is answered with what is stored.
 * @throws PlatformError('conflict') when it would end before it began
 */
export async function discharge(
  tx: Tx,
  context: RelayContext,
  request: { readonly encounterId: EncounterId; readonly atMs: number },
  who: Who,
): Promise<Encounter> {
  const { encounterId } = request;
  const ids = { ids: [`encounter:${encounterId}`] } as const;
  const known = await encounterRow(tx, encounterId);
  if (known === undefined) throw new PlatformError('not-found', ids);
  if (known.discharged_ms !== null) {
    await appendAudit(tx, who.audit, who.wallMs);
    return encounterOf(known);
  }
  const atMs = Math.round(request.atMs);
  if (atMs < inBedSince(known)) throw new PlatformError('conflict', ids);
  await tx.db.updateTable('encounter').set({ discharged_ms: atMs }).where('encounter_id', '=', encounterId).execute();
  await appendAudit(tx, who.audit, who.wallMs);
  await relay(tx, context.notices, {
    kind: 'discharge',
    id: `discharge/${encounterId}`,
    key: `bed:${known.bed_id}`,
    origin: context.origin,
    atMs,
    bedId: known.bed_id,
    encounterId,
  });
  tx.afterCommit(() => context.notices.directory.tell([known.bed_id as BedId]));
  return encounterOf({ ...known, discharged_ms: atMs });
}

export async function assign(
  tx: Tx,
  context: RelayContext,
  wanted: Omit<StaffAssignment, 'assignmentId'>,
  who: Who,
): Promise<StaffAssignment> {
  const { staffId, careUnitId, bedId } = wanted;
  const facts: ErrorFacts = { ids: [`staff:${staffId}`, `careUnit:${careUnitId}`] };
  const person = await tx.db.selectFrom('staff').select('staff_id').where('staff_id', '=', staffId).executeTakeFirst();
  const beds = await tx.db.selectFrom('bed').select('bed_id').where('care_unit_id', '=', careUnitId).execute();
  const unit = await tx.db
    .selectFrom('care_unit')
    .select('care_unit_id')
    .where('care_unit_id', '=', careUnitId)
    .executeTakeFirst();
  const hasBed = bedId === null || beds.some((b) => b.bed_id === bedId);
  if (person === undefined || unit === undefined || !hasBed) throw new PlatformError('not-found', facts);
  const assignmentId = randomUUID();
  const row = await insertAssignment(
    tx,
    context,
    { ...wanted, assignmentId },
    {
      eventId: `staff/${assignmentId}`,
      nowMs: who.nowMs,
    },
  );
  await appendAudit(tx, who.audit, who.wallMs);
  return assignmentOf(row);
}

/**
 * Stores an assignment and tells the log. One for the whole care unit goes under the key of the unit's first bed,
 * because each key has one order and a care unit has no key of its own; a unit without beds has nothing to tell.
 */
export async function insertAssignment(
  tx: Tx,
  context: RelayContext,
  assignment: StaffAssignment,
  at: { readonly eventId: string; readonly nowMs: number },
): Promise<StaffAssignmentRow> {
  const row: StaffAssignmentRow = {
    assignment_id: assignment.assignmentId,
    staff_id: assignment.staffId,
    care_unit_id: assignment.careUnitId,
    bed_id: assignment.bedId,
    role: assignment.role,
    from_ms: assignment.fromMs,
    to_ms: assignment.toMs,
  };
  await tx.db.insertInto('staff_assignment').values(row).execute();
  const beds = await tx.db
    .selectFrom('bed')
    .select('bed_id')
    .where('care_unit_id', '=', assignment.careUnitId)
    .orderBy('place')
    .orderBy('bed_id')
    .execute();
  const concerned = assignment.bedId === null ? beds.map((b) => b.bed_id as BedId) : [assignment.bedId];
  if (concerned[0] !== undefined) {
    await relay(tx, context.notices, {
      kind: 'staffAssigned',
      id: at.eventId,
      key: `bed:${concerned[0]}`,
      origin: context.origin,
      atMs: Math.round(at.nowMs),
      ...assignment,
    });
  }
  tx.afterCommit(() => context.notices.directory.tell(concerned));
  return row;
}

/** As it is stored: the person sealed, with the indexes to find it by. */
export async function patientRow(fields: Fields, patient: Patient): Promise<PatientRow> {
  return fields.sealRow(SEALED.patient, {
    patient_id: patient.patientId,
    mrn: patient.mrn,
    family_name: patient.familyName,
    given_name: patient.givenName,
    birth_date: patient.birthDate,
    sex: patient.sex,
    ...(await personIndexes(fields, patient)),
    erased_wall_ms: null,
    keys_destroyed_wall_ms: null,
  });
}

function encounterRow(tx: Tx, encounterId: EncounterId): Promise<EncounterRow | undefined> {
  return tx.db.selectFrom('encounter').selectAll().where('encounter_id', '=', encounterId).executeTakeFirst();
}

function refused(code: 'not-found' | 'conflict', { encounterId, bedId }: Admission): PlatformError {
  return new PlatformError(code, { ids: [`encounter:${encounterId}`, `bed:${bedId}`] });
}
