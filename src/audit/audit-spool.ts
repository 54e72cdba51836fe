import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';

/** Rows that wait at most; beyond, they are counted, and the row that tells of it is written first afterwards. */
const ROWS_MAX = 10_000;
export const AUDIT_SPOOL_FILE = 'audit-spool.jsonl';

interface Row {
  readonly entry: AuditEntry;
  readonly wallMs: number;
}

/**
 * Audit rows of surveillance that goes on while the audit trail is away, in a file of the data folder, merged
 * afterwards (D28). A row may be merged twice when the process dies in between; none is lost up to the bound.
 */
export class AuditSpool {
  private waiting: number | null = null;
  private lost = 0;
  private work: Promise<unknown> = Promise.resolve();
  private readonly file: string;

  constructor(dataDir: string) {
    this.file = join(dataDir, AUDIT_SPOOL_FILE);
  }

  /** Keeps one row, in order. @throws Error when the disk refuses it too */
  add(entry: AuditEntry, wallMs: number): Promise<void> {
    return this.inTurn(async () => {
      const waiting = await this.count();
      if (waiting >= ROWS_MAX) {
        this.lost += 1;
        return;
      }
      await appendFile(this.file, `${JSON.stringify({ entry, wallMs } satisfies Row)}\n`, { mode: 0o600 });
      this.waiting = waiting + 1;
    });
  }

  /** Moves what waits to the trail, oldest first. @throws PlatformError('audit-unavailable') while it is still away */
  merge(trail: AuditTrail, wallMs: number): Promise<number> {
    return this.inTurn(async () => {
      if ((await this.count()) === 0) return 0;
      const rows = parseRows(await readFile(this.file, 'utf8'));
      for (const row of rows) await trail.append(row.entry, row.wallMs);
      if (this.lost > 0) await trail.append(lostEntry(this.lost), wallMs);
      await rm(this.file, { force: true });
      this.waiting = 0;
      this.lost = 0;
      return rows.length;
    });
  }

  private async count(): Promise<number> {
    this.waiting ??= parseRows(await readFile(this.file, 'utf8').catch(() => '')).length;
    return this.waiting;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.then(work);
    this.work = turn.catch(() => undefined);
    return turn;
  }
}

/** Whole lines only: a crash may have cut the last one short. */
function parseRows(text: string): readonly Row[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Row];
    } catch {
      return [];
    }
  });
}

function lostEntry(count: number): AuditEntry {
  const detail = `${count} rows of live subscriptions were not kept`;
  return auditEntry({ actor: 'system:audit-spool', action: 'audit.lost', object: 'audit', outcome: 'failed', detail });
}
