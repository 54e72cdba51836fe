import type { AuditEntry } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import { openSql, type SqlPlace } from './sql.js';

/** One entry into the audit log of a database that nobody else has open. */
export async function appendEntry(place: SqlPlace, entry: AuditEntry, wallMs: number): Promise<void> {
  const sql = await openSql(place);
  try {
    await sql.transaction((tx) => appendAudit(tx, entry, wallMs));
  } finally {
    await sql.close();
  }
}
