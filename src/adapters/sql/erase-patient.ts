import type { EraseResult, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { DataKeyStore, Keyring } from '@vigil/sealed-records';
import type { Who } from '../../ports/directory.js';
import { isHeld } from './audit-holds.js';
import { appendAudit } from './audit-row.js';
import { auditWith } from './authored.js';
import { recordsOfPerson } from './corrections-merge.js';
import { forgetDeviceNotes, forgetHandoverNotes } from './erase-notes.js';
import { forgetPatient } from './inbound-rows.js';
import { liveStays } from './live-stays.js';
import type { PatientRow } from './schema-stays.js';
import type { Sql, Tx } from './sql.js';

const PENDING_MAX = 100;

export interface EraseParts {
  readonly sql: Sql;
  readonly keyring: Keyring;
  readonly clock: { wallMs(): number };
}

const EMPTIED = { mrn: '', family_name: '', given_name: '', birth_date: '', sex: '', mrn_index: null, name_birth_index: null };

/**
 * Empties the record, and those that went into one with it, with the audit row in one transaction, then destroys the keys. From the
 * first on nobody is shown the patient, from the second on nobody can be: copies of the database hold what no key opens.
 */
export async function erasePatient(parts: EraseParts, patientId: PatientId, who: Who): Promise<EraseResult> {
  const erasedWallMs = await parts.sql.transaction((tx) => emptyRecord(tx, patientId, who));
  try {
    const records = await parts.sql.query((db) => recordsOfPerson(db, patientId));
    for (const { patient_id } of records) await destroyKeys(parts, patient_id);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { state: 'pending', erasedAtMs: erasedWallMs as EraseResult['erasedAtMs'] };
  }
  return { state: 'destroyed', erasedAtMs: erasedWallMs as EraseResult['erasedAtMs'] };
}

async function emptyRecord(tx: Tx, patientId: PatientId, who: Who): Promise<number> {
  const records = await recordsOfPerson(tx.db, patientId);
  const known = records.find((row) => row.patient_id === patientId);
  if (known === undefined) throw new PlatformError('not-found');
  const ids = records.map((row) => row.patient_id as PatientId);
  for (const id of ids) if (known.erased_wall_ms === null && (await isNeeded(tx, id))) throw new PlatformError('conflict');
  await appendAudit(tx, auditWith(who, ids), who.wallMs);
  if (known.erased_wall_ms !== null) return known.erased_wall_ms;
  await emptyRecords(tx, records, who.wallMs);
  return who.wallMs;
}

/** Empties the records of one person, and all that may name them elsewhere. */
export async function emptyRecords(tx: Tx, records: readonly PatientRow[], wallMs: number): Promise<void> {
  const ids = records.map((row) => row.patient_id as PatientId);
  await tx.db.deleteFrom('ehr_link').where('patient_id', 'in', ids).execute();
  await tx.db.deleteFrom('ehr_refused').where('patient_id', 'in', ids).execute();
  // Also of stays that were voided: whoever has the hospital's number of a visit could look for it.
  const visit = { visit_system: null, visit_index: null, visit: null, visit_patient_id: null };
  await tx.db.updateTable('encounter').set(visit).where('patient_id', 'in', ids).execute();
  for (const id of ids) await forgetDeviceNotes(tx, id);
  for (const id of ids) await forgetHandoverNotes(tx, id);
  for (const row of records) await forgetPatient(tx, { patientId: row.patient_id, mrnIndex: row.mrn_index }, wallMs);
  const erased = { ...EMPTIED, erased_wall_ms: wallMs };
  await tx.db.updateTable('patient').set(erased).where('patient_id', 'in', ids).execute();
}

/** Whoever lies in a bed is cared for by name; what a court wants kept is kept. */
async function isNeeded(tx: Tx, patientId: PatientId): Promise<boolean> {
  const stay = await liveStays(tx.db)
    .select('e.encounter_id')
    .where('e.patient_id', '=', patientId)
    .where('e.discharged_ms', 'is', null)
    .executeTakeFirst();
  return stay !== undefined || (await isHeld(tx.db, patientId));
}

/** May be done again: keys that are gone stay gone. */
async function destroyKeys({ sql, keyring, clock }: EraseParts, patientId: string): Promise<void> {
  await keyring.erase(patientId);
  const done = { keys_destroyed_wall_ms: clock.wallMs() };
  await sql.query((db) =>
    db.updateTable('patient').set(done).where('patient_id', '=', patientId).where('keys_destroyed_wall_ms', 'is', null).execute(),
  );
}

/** Ends erasures that were cut off. @returns how many are left */
export async function endErasures(parts: EraseParts): Promise<number> {
  const rows = await parts.sql.query((db) =>
    db
      .selectFrom('patient')
      .select('patient_id')
      .where('erased_wall_ms', 'is not', null)
      .where('keys_destroyed_wall_ms', 'is', null)
      .limit(PENDING_MAX)
      .execute(),
  );
  let left = rows.length;
  for (const { patient_id } of rows) {
    await destroyKeys(parts, patient_id);
    left -= 1;
  }
  return left;
}

/**
 * Erases again whom the key store does not know as erased: an older `keys.db` that is put back brings their keys with it.
 * @returns how many there were
 */
export async function repeatErasures(parts: EraseParts, dataKeys: Pick<DataKeyStore, 'erasedAtMs'>): Promise<number> {
  let repeated = 0;
  for (let after = ''; ;) {
    const rows = await parts.sql.query((db) =>
      db
        .selectFrom('patient')
        .select('patient_id')
        .where('keys_destroyed_wall_ms', 'is not', null)
        .where('patient_id', '>', after)
        .orderBy('patient_id')
        .limit(PENDING_MAX)
        .execute(),
    );
    for (const { patient_id: patientId } of rows) {
      if ((await dataKeys.erasedAtMs(patientId)) !== null) continue;
      await parts.keyring.erase(patientId);
      repeated += 1;
    }
    const last = rows.at(-1);
    if (last === undefined) return repeated;
    after = last.patient_id;
  }
}

export async function countErasures(
  sql: Sql,
): Promise<{ readonly erased: number; readonly pending: number; readonly inHistory: number }> {
  const { erased, destroyed, measured } = await sql.query((db) =>
    db
      .selectFrom('patient')
      .select((eb) => [
        eb.fn.count<number>('erased_wall_ms').as('erased'),
        eb.fn.count<number>('keys_destroyed_wall_ms').as('destroyed'),
        eb.fn.count<number>('history_erased_wall_ms').as('measured'),
      ])
      .where('erased_wall_ms', 'is not', null)
      .executeTakeFirstOrThrow(),
  );
  const all = Number(erased);
  return { erased: all, pending: all - Number(destroyed), inHistory: all - Number(measured) };
}
