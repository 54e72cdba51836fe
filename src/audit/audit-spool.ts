import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry, auditEntry, type AuditTrail } from '../ports/audit-trail.js';
import { contentOf } from './audit-event.js';

/** Rows and bytes that wait at most; beyond, they are counted, and an entry tells of it afterwards. */
const ROWS_MAX = 10_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** Rows of which nobody waits for the answer fill no more than this part, so that a flood of refusals leaves room. */
const SPARE_ROWS_MAX = ROWS_MAX / 2;
/** Rows that are handed over together. */
const MERGE = 100;
export const AUDIT_SPOOL_FILE = 'audit-spool.jsonl';
const spoolFileOf = (name: string): string => `audit-spool.${name}.jsonl`;
const SPOOL_OF = /^audit-spool\.(.+)\.jsonl$/;
/** Wall time after its last change from which a file of a process that nobody hears counts as left behind. */
const LEFT_AFTER_MS = 60_000;

interface Row {
  readonly entry: AuditEntry;
  readonly wallMs: number;
}

interface SpoolState {
  readonly rows: number;
  readonly bytes: number;
  /** Wall time of the oldest row. */
  readonly oldestMs: number | null;
}

/**
 * Audit entries of what goes on while the audit trail is away (D28): surveillance that runs, emergency access,
 * commands whose entry alone was not taken, refusals. In a file of the data folder, on the disk before `add` resolves,
 * and merged afterwards. Each entry has an id by which the trail tells a repetition, so a crash stores none twice.
 */
export class AuditSpool {
  private state: SpoolState | null = null;
  private lostSinceMerge = 0;
  /** Changes of the file come one after the other. */
  private work: Promise<unknown> = Promise.resolve();
  private merging: Promise<number> | null = null;
  private readonly file: string;
  private readonly append: typeof appendSynced;

  /**
   * @param name of this process, where several share the folder: each has a file of its own. Left out: the one of a process alone
   * @param append how a row gets to the disk; another than the default only in tests
   */
  constructor(
    private readonly dataDir: string,
    { name, append = appendSynced }: { readonly name?: string; readonly append?: typeof appendSynced } = {},
  ) {
    this.file = join(dataDir, name === undefined ? AUDIT_SPOOL_FILE : spoolFileOf(name));
    this.append = append;
  }

  /** Rows that wait; those of the process before count once something was added or merged. */
  get waiting(): number {
    return this.state?.rows ?? 0;
  }

  /** Wall time of the oldest that waits; null when none does, as far as is known. */
  get oldestWallMs(): number | null {
    return this.state?.oldestMs ?? null;
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
      const { rows, bytes, oldestMs } = await this.load();
      if (rows >= (spare ? SPARE_ROWS_MAX : ROWS_MAX) || bytes + line.length > BYTES_MAX) {
        this.lostSinceMerge += 1;
        return;
      }
      try {
        await this.append(this.file, line);
        this.state = { rows: rows + 1, bytes: bytes + line.length, oldestMs: oldestMs ?? wallMs };
      } catch (error) {
        // A part of the line may be there: the next look at the file ends it, so that no other row runs into it.
        this.state = null;
        throw error;
      }
    });
  }

  /**
   * Moves what waits to the trail, oldest first; one merge at a time. `add` never waits for the trail meanwhile: whoever
   * adds may be in the very transaction that the trail waits for.
   *
   * @throws PlatformError('audit-unavailable') while the trail is still away, Error when the file can't be read
   */
  merge(trail: AuditTrail, wallMs: number): Promise<number> {
    this.merging ??= this.mergeNow(trail, wallMs).finally(() => (this.merging = null));
    return this.merging;
  }

  /**
   * Takes over what processes have left that ended before the trail was back. A row that is taken twice counts once, by its id.
   *
   * @param isAlive whether the process of this name is heard; null: the one that was alone in the folder
   * @returns how many rows
   */
  async adopt(isAlive: (name: string | null) => boolean, wallMs: number): Promise<number> {
    let rows = 0;
    for (const found of await readdir(this.dataDir)) {
      const name = found === AUDIT_SPOOL_FILE ? null : SPOOL_OF.exec(found)?.[1];
      const file = join(this.dataDir, found);
      if (name === undefined || file === this.file || isAlive(name)) continue;
      // Only one of those who look gets it.
      const taken = `${this.file.slice(0, -'.jsonl'.length)}.${randomUUID()}.jsonl`;
      try {
        if (wallMs - (await stat(file)).mtimeMs < LEFT_AFTER_MS) continue;
        await rename(file, taken);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw error;
      }
      const left = parseRows((await bytesOf(taken)).toString());
      for (const { entry, wallMs: atMs } of left) await this.add(entry, atMs);
      await rm(taken, { force: true });
      rows += left.length;
    }
    return rows;
  }

  private async mergeNow(trail: AuditTrail, wallMs: number): Promise<number> {
    const taken = await this.inTurn(async () => {
      const { rows } = await this.load();
      return rows === 0 && this.lostSinceMerge === 0 ? null : { bytes: await bytesOf(this.file), lost: this.lostSinceMerge };
    });
    if (taken === null) return 0;
    const all = parseRows(taken.bytes.toString());
    const rows = all.filter(isWritable);
    for (let at = 0; at < rows.length; at += MERGE) {
      await Promise.all(rows.slice(at, at + MERGE).map((row) => trail.append(row.entry, row.wallMs)));
    }
    const lost = taken.lost + all.length - rows.length;
    if (lost > 0) await trail.append(lostEntry(lost), wallMs);
    await this.inTurn(() => this.leaveOut(taken.bytes.length));
    this.lostSinceMerge -= taken.lost;
    return rows.length;
  }

  /** Takes the first `size` bytes out of the file; what was added behind them stays. */
  private async leaveOut(size: number): Promise<void> {
    // Until it is known how that ended, the file itself tells what waits.
    this.state = null;
    const rest = (await bytesOf(this.file)).subarray(size);
    if (rest.length > 0) {
      const aside = `${this.file}.tmp`;
      await rm(aside, { force: true });
      await this.append(aside, rest);
      await rename(aside, this.file);
    } else {
      await rm(this.file, { force: true });
    }
    this.state = stateOf(rest.toString());
  }

  private async load(): Promise<SpoolState> {
    if (this.state === null) {
      const text = (await bytesOf(this.file)).toString();
      // A line that a crash or a full disk cut short must not run into the next one.
      if (text !== '' && !text.endsWith('\n')) await this.append(this.file, Buffer.from('\n'));
      this.state = stateOf(text);
    }
    return this.state;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.then(work);
    this.work = turn.catch(() => undefined);
    return turn;
  }
}

function stateOf(text: string): SpoolState {
  const rows = parseRows(text);
  return { rows: rows.length, bytes: Buffer.byteLength(text), oldestMs: rows[0]?.wallMs ?? null };
}

/** On the disk when it resolves. */
export async function appendSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Empty when there is no such file. One that can't be read is an outage: what waits in it must not be forgotten. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Somebody may have edited the file: what can't be made an entry would hold up all that comes behind it. */
function isWritable({ entry, wallMs }: Row): boolean {
  try {
    return contentOf(entry, 1, wallMs) !== '';
  } catch {
    return false;
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
