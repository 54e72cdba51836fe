import { type AgeGroup, type BedId, type Patient, type PatientId } from '@vigil/contracts';
import { ageGroupAt, PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { setStayAge } from './age-groups.js';
import { appendAudit } from './audit-row.js';
import { auditWith, doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { insertCorrection } from './corrections-rows.js';
import { patientOf } from './directory-reads.js';
import { patientRow } from './directory-writes.js';
import { isDone } from './done-commands.js';
import type { Fields } from './fields.js';
import { liveStays } from './live-stays.js';
import type { PatientRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';
import type { Tx } from './sql.js';

export type PersonChange = Partial<Omit<Patient, 'patientId' | 'mrn'>>;

/** A record as it was read and as it is to be, both sealed: made before the transaction, which then waits for no key. */
export interface ChangedPatient {
  readonly before: PatientRow;
  readonly after: PatientRow;
  /** By the birth date that holds from now on. */
  readonly ageGroup: AgeGroup;
}

/** @throws PlatformError 'keys-unavailable', 'record-tampered', 'not-found' for an erased patient */
export async function changedPatient(
  fields: Fields,
  before: PatientRow,
  person: PersonChange,
  nowMs: number,
): Promise<ChangedPatient> {
  const patient = { ...patientOf(await fields.openRow(SEALED.patient, before)), ...person };
  const { merged_into } = before;
  return {
    before,
    after: { ...(await patientRow(fields, patient)), merged_into },
    ageGroup: ageGroupAt(patient.birthDate, nowMs),
  };
}

/** Records a patient whose row was sealed before. @throws PlatformError('conflict') when the id or the record number is in use */
export async function recordPatient(tx: Tx, row: PatientRow, change: Pick<Change, 'audit' | 'wallMs'>): Promise<void> {
  const known = await tx.db
    .selectFrom('patient')
    .select('patient_id')
    .where((eb) => eb.or([eb('patient_id', '=', row.patient_id), eb('mrn_index', '=', row.mrn_index)]))
    .executeTakeFirst();
  if (known !== undefined) throw new PlatformError('conflict');
  await tx.db.insertInto('patient').values(row).execute();
  await appendAudit(tx, auditWith(change, [row.patient_id]), change.wallMs);
}

/**
 * Writes a changed record, and keeps how it was. The age group of an open stay follows the birth date, unless a person has said one.
 * @throws PlatformError('conflict', retryable) where the record is another than the one that was read
 */
export async function updatePatient(
  tx: Tx,
  context: Pick<SqlContext, 'notices' | 'origin'>,
  { before, after, ageGroup }: ChangedPatient,
  change: Change,
): Promise<void> {
  const { numUpdatedRows } = await tx.db
    .updateTable('patient')
    .set(after)
    .where('patient_id', '=', before.patient_id)
    .where('family_name', '=', before.family_name)
    .where('given_name', '=', before.given_name)
    .where('birth_date', '=', before.birth_date)
    .where('sex', '=', before.sex)
    .where('erased_wall_ms', 'is', null)
    .where('merged_into', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new PlatformError('conflict', {}, true);
  await insertCorrection(
    tx,
    {
      ...{
        correctionId: change.commandId,
        kind: 'person',
        subject: `patient:${before.patient_id}`,
        patientId: before.patient_id,
      },
      ...{ before: personOf(before), after: personOf(after), reason: 'routine', note: null },
    },
    change,
  );
  await appendAudit(tx, auditWith(change, [before.patient_id]), change.wallMs);
  await followBirthDate(tx, context, before.patient_id, ageGroup, change);
}

/** What is sealed of a record: it opens as long as the patient has keys, and no longer. */
function personOf({ family_name, given_name, birth_date, sex }: PatientRow) {
  return { family_name, given_name, birth_date, sex };
}

async function followBirthDate(
  tx: Tx,
  { notices, origin }: Pick<SqlContext, 'notices' | 'origin'>,
  patientId: string,
  ageGroup: AgeGroup,
  change: Change,
): Promise<void> {
  const stay = await liveStays(tx.db)
    .selectAll('e')
    .where('e.patient_id', '=', patientId)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
  if (stay === undefined) return;
  const bedId = stay.bed_id as BedId;
  tx.afterCommit(() => notices.directory.tell([bedId]));
  if (stay.profile_rev !== 0 || stay.age_group === ageGroup) return;
  const told = { id: `age/${stay.encounter_id}/${ageGroup}/${change.commandId}`, atMs: Math.round(change.nowMs) };
  await setStayAge(tx, { notices, origin }, stay, ageGroup, told);
}

/** By command: the same again changes nothing. @throws also PlatformError('not-found') */
export async function changePatient(
  context: Pick<SqlContext, 'sql' | 'fields' | 'notices' | 'origin'>,
  patientId: PatientId,
  person: PersonChange,
  change: Change,
): Promise<Patient> {
  const { sql, fields } = context;
  const read = () =>
    sql.query((db) =>
      db
        .selectFrom('patient')
        .selectAll()
        .where('patient_id', '=', patientId)
        .where('erased_wall_ms', 'is', null)
        .executeTakeFirst(),
    );
  const before = await read();
  if (before === undefined) throw new PlatformError('not-found');
  const changed = await changedPatient(fields, before, person, change.nowMs);
  const { commandId, wallMs } = change;
  // What is asked for names a person: the list of commands has none of it.
  const command = { action: 'patient.update', subject: `patient:${patientId}`, content: Object.keys(person).sort() };
  await sql.transaction(async (tx) => {
    if (await isDone(tx, { ...command, commandId, wallMs, by: doneBy(change) })) return;
    await updatePatient(tx, context, changed, change);
  });
  const row = await read();
  if (row === undefined) throw new PlatformError('not-found');
  return patientOf(await fields.openRow(SEALED.patient, row));
}
