import { AuditRow, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { type AuditEntry, AuditTrail } from '../../ports/audit-trail.js';
import { appendAudit } from './audit-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';

/** The audit trail in SQL. Rows are numbered without gaps; the database itself refuses to change or delete one. */
export class SqlAuditTrail extends AuditTrail {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  async append(entry: AuditEntry, wallMs: number): Promise<void> {
    try {
      await this.context.sql.transaction((tx) => appendAudit(tx, entry, wallMs));
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'store-unavailable') {
        throw new PlatformError('audit-unavailable', {}, true, error);
      }
      throw error;
    }
  }

  /** Newest first. */
  async list({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<AuditRow>> {
    const after = decodeCursor(cursor, 1);
    const rows = await this.context.sql.query((db) => {
      const query = db
        .selectFrom('audit')
        .selectAll()
        .orderBy('seq', 'desc')
        .limit(limit + 1);
      return (after === null ? query : query.where('seq', '<', Number(after[0]))).execute();
    });
    return pageOf(
      rows,
      limit,
      (row) =>
        AuditRow.parse({
          seq: row.seq,
          atMs: row.at_wall_ms,
          actor: row.actor,
          roles: JSON.parse(row.roles_json),
          action: row.action,
          object: row.object,
          patientId: row.patient_id,
          outcome: row.outcome,
          detail: row.detail,
        }),
      (row) => [row.seq],
    );
  }
}
