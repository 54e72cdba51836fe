import type { AuditRow, Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { sql } from 'kysely';
import { auditRowOf } from '../../audit/audit-event.js';
import { type AuditEntry, type AuditSearch, AuditTrail } from '../../ports/audit-trail.js';
import { appendAudits, type TimedEntry } from './audit-row.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import type { Db } from './sql.js';

/** Entries of one commit: few enough that nobody waits for it. */
const GROUP_MAX = 100;
/** Entries that wait for their commit: beyond, readers are refused rather than kept waiting. */
const WAITING_MAX = 5_000;

interface Waiting extends TimedEntry {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The audit trail in SQL. Entries that come while a commit is under way share the next one, because each commit waits
 * for the disk once.
 */
export class SqlAuditTrail extends AuditTrail {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  append(entry: AuditEntry, wallMs: number): Promise<void> {
    if (this.waiting.length >= WAITING_MAX) return Promise.reject(new PlatformError('audit-unavailable', {}, true));
    return new Promise((done, failed) => {
      this.waiting.push({ entry, wallMs, done, failed });
      if (!this.writing) void this.write();
    });
  }

  async list(search: AuditSearch): Promise<Page<AuditRow>> {
    const after = decodeCursor(search.cursor, ['number']);
    const before = after === null ? undefined : Number(after[0]);
    const rows = await this.context.sql.query((db) => found(db, search, before));
    return pageOf(
      rows,
      search.limit,
      ({ seq, content }) => auditRowOf(seq, content),
      ({ seq }) => [seq],
    );
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, GROUP_MAX);
      try {
        await this.context.sql.transaction((tx) => appendAudits(tx, group));
        for (const { done } of group) done();
      } catch (error) {
        // Whatever keeps an entry from being stored means the same to whoever waits for it.
        for (const { failed } of group) failed(new PlatformError('audit-unavailable', {}, true, error));
      }
    }
    this.writing = false;
  }
}

function found(db: Db, search: AuditSearch, before: number | undefined): Promise<{ seq: number; content: string }[]> {
  const { patientId, actor, action, object, outcome, fromMs, toMs, limit } = search;
  const narrowed = db
    .selectFrom('audit as a')
    .select(['a.seq', 'a.content'])
    .limit(limit + 1)
    .$if(actor !== undefined, (q) => q.where('a.actor', '=', actor!))
    .$if(typeof action === 'string', (q) => q.where('a.action', '=', action as string))
    .$if(typeof action === 'object', (q) => q.where('a.action', 'in', action as readonly string[]))
    .$if(object !== undefined, (q) => q.where('a.object', '=', object!))
    .$if(outcome !== undefined, (q) => q.where('a.outcome', '=', outcome!))
    // In the words of the index of what was not allowed, so that it is used.
    .$if(outcome === 'refused' || outcome === 'failed', (q) => q.where('a.outcome', '<>', sql.lit('allowed')))
    .$if(fromMs !== undefined, (q) => q.where('a.at_wall_ms', '>=', fromMs!))
    .$if(toMs !== undefined, (q) => q.where('a.at_wall_ms', '<', toMs!));
  if (patientId === undefined) {
    const all = narrowed.orderBy('a.seq', 'desc');
    return all.$if(before !== undefined, (q) => q.where('a.seq', '<', before!)).execute();
  }
  // In the order of the patient's own rows, so that the newest are found without sorting them all.
  const shown = narrowed.innerJoin('audit_patient as p', 'p.seq', 'a.seq').where('p.patient_id', '=', patientId);
  return shown
    .$if(before !== undefined, (q) => q.where('p.seq', '<', before!))
    .orderBy('p.seq', 'desc')
    .execute();
}
