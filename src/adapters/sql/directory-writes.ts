import type { AgeGroup, Patient, PatientId } from '@vigil/contracts';
import { ageGroupAt, canonical, PlatformError } from '@vigil/domain';
import type { Who } from '../../ports/directory.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { patientOf } from './directory-reads.js';
import type { Fields } from './fields.js';
import { personIndexes } from './person-index.js';
import type { PatientRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';

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

/**
 * The age group at the admission. Undefined when the birth date can't be read now: the patient is watched with the rules of an
 * adult, as the stay says, until somebody sets the profile.
 */
export async function ageGroupOf(
  { sql, fields }: WriteContext,
  { patientId, atMs }: { readonly patientId: PatientId; readonly atMs: number },
): Promise<AgeGroup | undefined> {
  const row = await sql.query((db) =>
    db.selectFrom('patient').selectAll().where('patient_id', '=', patientId).executeTakeFirst(),
  );
  if (row === undefined || row.erased_wall_ms !== null) return undefined;
  const [opened] = await fields.openRows(SEALED.patient, [row]);
  return opened === undefined || opened.row === null ? undefined : ageGroupAt(opened.row.birth_date, atMs);
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
    merged_into: null,
    history_erased_wall_ms: null,
  });
}
