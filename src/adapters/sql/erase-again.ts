import type { PatientId } from '@vigil/contracts';
import { sql as raw } from 'kysely';
import type { Erased } from '../../backup/databases.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import { SqlDataKeys } from './data-keys.js';
import { emptyRecords } from './erase-patient.js';
import { openSql, type SqlPlace } from './sql.js';

/** Destroys the keys of whoever was erased, in a store of keys that may be older than that. */
export async function eraseKeysAgain(keysFile: string, erased: readonly Erased[]): Promise<number> {
  const store = await SqlDataKeys.open(keysFile);
  let destroyed = 0;
  try {
    for (const { subject, atMs } of erased) {
      if ((await store.erasedAtMs(subject)) === null) destroyed += await store.eraseSubject(subject, atMs);
    }
  } finally {
    await store.close();
  }
  return destroyed;
}

/**
 * Empties the records of whoever was erased after this database was copied, as the erasure did, whatever they were doing then: who lay in a
 * bed lies there without a name. What stood in a file is overwritten. Needs no key.
 *
 * @returns how many records were emptied
 */
export async function eraseRecordsAgain(place: SqlPlace, erased: readonly Erased[], wallMs: number): Promise<number> {
  const sql = await openSql(place);
  let emptied = 0;
  try {
    for (const { subject, atMs } of erased) {
      const isDone = await sql.transaction(async (tx) => {
        const row = await tx.db.selectFrom('patient').selectAll().where('patient_id', '=', subject).executeTakeFirst();
        // Whatever the copy says of it: history was copied at another moment, or is read from the log again.
        const again = { history_erased_wall_ms: null };
        await tx.db.updateTable('patient').set(again).where('patient_id', '=', subject).execute();
        if (row === undefined || row.keys_destroyed_wall_ms !== null) return false;
        if (row.erased_wall_ms === null) {
          await emptyRecords(tx, [row], atMs);
          const about = {
            actor: 'system:restore',
            action: 'patient.erase',
            object: `patient:${subject}`,
            outcome: 'allowed',
          } as const;
          const patientIds = [subject as PatientId];
          await appendAudit(tx, auditEntry({ ...about, patientIds, detail: 'again, after a restore' }), wallMs);
        }
        await tx.db.updateTable('patient').set({ keys_destroyed_wall_ms: atMs }).where('patient_id', '=', subject).execute();
        return true;
      });
      emptied += isDone ? 1 : 0;
    }
    // Pages that are free keep what stood there, also what was in clear. A server's tables are written anew by whoever restores them.
    if (emptied > 0 && sql.kind === 'sqlite') await sql.query((db) => raw`vacuum`.execute(db));
  } finally {
    await sql.close();
  }
  return emptied;
}
