import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';

/** Rows and bytes that wait at most; beyond, they are counted, and an entry tells of it afterwards. */
const ROWS_MAX = 10_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** Rows of which nobody waits for the answer fill no more than this part, so that a flood of refusals leaves room. */
const SPARE_ROWS_MAX = ROWS_MAX / 2;
/** Rows that are handed over together. */
const MERGE = 100;
export const AUDIT_SPOOL_FILE = 'audit-spool.jsonl';

interface Row {
  readonly entry: AuditEntry;
  readonly wallMs: number;
}

/**
 * Audit entries of what goes on while the audit trail is away (D28): surveillance that runs, emergency access,
 * commands whose entry alone was not taken, refusals. In a file of the data folder, on the disk before `add` resolves,
 * and merged afterwards. Each entry has an id by which the trail tells a repetition, so a crash stores none twice.
 */
export class AuditSpool {
  private state: { rows: number; bytes: number } | null = null;
  private lostSinceMerge = 0;
  private work: Promise<unknown> = Promise.resolve();
  private readonly file: string;

  constructor(dataDir: string) {
    this.file = join(dataDir, AUDIT_SPOOL_FILE);
  }

  /** Rows that wait; those of the process before count once something was added or merged. */
  get waiting(): number {
    return this.state?.rows ?? 0;
  }

  /** Rows that found no room since the last merge. */
  get lost(): number {
    return this.lostSinceMerge;
  }

  /**
   * Keeps one entry, in order.
   *
   * @param spare true for what may be left out first when room is short
   * @throws Error when the disk refuses it too
   */
  add(entry: AuditEntry, wallMs: number, { spare = false }: { readonly spare?: boolean } = {}): Promise<void> {
    const named = entry.entryId === null ? { ...entry, entryId: randomUUID() } : entry;
    const line = Buffer.from(`${JSON.stringify({ entry: named, wallMs } satisfies Row)}\n`);
    return this.inTurn(async () => {
      const { rows, bytes } = await this.load();
      if (rows >= (spare ? SPARE_ROWS_MAX : ROWS_MAX) || bytes + line.length > BYTES_MAX) {
        this.lostSinceMerge += 1;
        return;
      }
      const file = await open(this.file, 'a', 0o600);
      try {
        await file.appendFile(line);
        await file.datasync();
      } finally {
        await file.close();
      }
      this.state = { rows: rows + 1, bytes: bytes + line.length };
    });
  }

  /** Moves what waits to the trail, oldest first. @throws PlatformError('audit-unavailable') while it is still away */
  merge(trail: AuditTrail, wallMs: number): Promise<number> {
    return this.inTurn(async () => {
      const { rows: waiting } = await this.load();
      if (waiting === 0 && this.lostSinceMerge === 0) return 0;
      const rows = parseRows(await readFile(this.file, 'utf8').catch(() => ''));
      for (let at = 0; at < rows.length; at += MERGE) {
        await Promise.all(rows.slice(at, at + MERGE).map((row) => trail.append(row.entry, row.wallMs)));
      }
      if (this.lostSinceMerge > 0) await trail.append(lostEntry(this.lostSinceMerge), wallMs);
      this.lostSinceMerge = 0;
      await rm(this.file, { force: true });
      this.state = { rows: 0, bytes: 0 };
      return rows.length;
    });
  }

  private async load(): Promise<{ readonly rows: number; readonly bytes: number }> {
    if (this.state === null) {
      const text = await readFile(this.file, 'utf8').catch(() => '');
      // A line that a crash cut short must not run into the next one.
      if (text !== '' && !text.endsWith('\n')) await endLine(this.file);
      this.state = { rows: parseRows(text).length, bytes: Buffer.byteLength(text) };
    }
    return this.state;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.then(work);
    this.work = turn.catch(() => undefined);
    return turn;
  }
}

async function endLine(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile('\n');
  } finally {
    await file.close();
  }
}

/** Whole lines only: a crash may have cut one short. */
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
  const detail = `${count} entries were not kept while the audit trail was away`;
  return auditEntry({ actor: 'system:audit-spool', action: 'audit.lost', object: 'audit', outcome: 'failed', detail });
}
