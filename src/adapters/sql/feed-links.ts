import { PlatformError } from '@vigil/domain';
import type { Change } from '../../ports/change.js';
import { appendAudit } from './audit-row.js';
import { auditWith } from './authored.js';
import type { LookUp } from './feed-look-up.js';
import type { Tx } from './sql.js';

/**
 * A person says that the record numbers of a message are this patient's: from now on they find this patient. The message is this
 * patient's whatever it calls them.
 * @throws PlatformError 'not-found' for a patient who is not there; 'conflict' where a number is another patient's
 */
export async function linkIdentifiers(tx: Tx, by: LookUp, patientId: string, change: Change): Promise<void> {
  const patient = await tx.db
    .selectFrom('patient')
    .select(['patient_id', 'mrn_index', 'merged_into'])
    .where('patient_id', '=', patientId)
    .where('erased_wall_ms', 'is', null)
    .executeTakeFirst();
  if (patient === undefined) throw new PlatformError('not-found');
  const person = patient.merged_into ?? patient.patient_id;
  for (const index of by.patients) {
    const owners = await tx.db
      .selectFrom('patient as p')
      .leftJoin('patient_identifier as i', 'i.patient_id', 'p.patient_id')
      .select(['p.patient_id', 'p.merged_into'])
      .where((eb) => eb.or([eb('p.mrn_index', '=', index), eb('i.mrn_index', '=', index)]))
      .execute();
    if (owners.some((owner) => (owner.merged_into ?? owner.patient_id) !== person)) throw new PlatformError('conflict');
    if (owners.length > 0) continue;
    const row = { mrn_index: index, patient_id: person, set_by: change.by, at_wall_ms: Math.round(change.wallMs) };
    await tx.db.insertInto('patient_identifier').values(row).execute();
  }
  await tx.db.updateTable('inbound_message').set({ confirmed_patient_id: person }).where('seq', '=', by.seq).execute();
  const detail = `${change.audit.detail} linked`.trim();
  await appendAudit(tx, { ...auditWith(change, [person]), entryId: `link/${change.commandId}`, detail }, change.wallMs);
}
