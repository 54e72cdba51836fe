import type { AuditEntry } from '../../ports/audit-trail.js';
import { nextNumber } from './counters.js';
import type { Tx } from './sql.js';

/** Appends one row to the audit trail inside the transaction of what it speaks of. */
export async function appendAudit(tx: Tx, entry: AuditEntry, wallMs: number): Promise<void> {
  const seq = await nextNumber(tx, 'audit');
  await tx.db
    .insertInto('audit')
    .values({
      seq,
      at_wall_ms: wallMs,
      actor: entry.actor,
      roles_json: JSON.stringify(entry.roles),
      action: entry.action,
      object: entry.object,
      patient_id: entry.patientIds.length === 1 ? entry.patientIds[0]! : null,
      outcome: entry.outcome,
      detail: entry.detail,
    })
    .execute();
}
