import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ChainState, type Checkpoint, type OnNode, parseCheckpoint, type PrunedBase, type StoredEntry } from '@vigil/audit-chain';
import { AUDIT_GUARDS } from './audit-triggers.js';

const TABLES_WITH_GUARDS = [...new Set(AUDIT_GUARDS.map(({ body }) => / on (\w+) /.exec(body)?.[1] ?? ''))];
const EMPTY = new Uint8Array();
/** Places of a wrong index that are told one by one. */
const STRAYS_MAX = 100;

interface EntryRow {
  readonly seq: number;
  /** The bytes as they are stored: no detour over a string. */
  readonly content: Uint8Array | null;
  readonly chain: string | null;
  readonly at_wall_ms: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly outcome: string;
  readonly entry_id: string | null;
}

interface PatientRow {
  readonly seq: number;
  readonly patient_id: string;
}

interface NodeRow {
  readonly place: number;
  readonly hash: string;
}

interface Stray {
  readonly from: number;
  readonly to: number;
  readonly detail: string;
}

/** The audit log of a database file as it was when it was opened, for the verifier. */
export interface AuditFile {
  entries(): AsyncIterable<StoredEntry>;
  checkpoints(): AsyncIterable<string>;
  readonly base: PrunedBase | null;
  readonly writerState: string | null;
  readonly missingGuards: readonly string[];
  /** For `VerifyAudit`: compares the subtrees that the database keeps. */
  readonly onNode: OnNode;
  readonly strayIndexes: () => readonly Stray[];
  close(): void;
}

/**
 * Opens the audit log in `vigil.db`, or in a copy of it, to read and nothing else. While Vigil runs, what is read is one
 * moment of it.
 *
 * @throws Error when it is no SQLite file, or has no audit log of this version
 */
export function openAuditFile(path: string): AuditFile {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    // One transaction for everything, so that entries, checkpoints and state are of the same moment.
    db.exec('BEGIN');
    return new OpenAuditFile(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

class OpenAuditFile implements AuditFile {
  readonly base: PrunedBase | null;
  readonly writerState: string | null;
  readonly missingGuards: readonly string[];
  private readonly strays: Stray[] = [];
  private readonly nodes = new Map<number, Ahead<NodeRow>>();
  private readonly lowestLevel: number;
  private last: Checkpoint | null = null;

  constructor(private readonly db: DatabaseSync) {
    const base = one<{ state: string; note: string }>(
      db.prepare('SELECT state, note FROM audit_base ORDER BY size DESC LIMIT 1'),
    );
    this.base = base === null ? null : { state: String(base.state), note: String(base.note) };
    this.writerState = one<{ content: string }>(db.prepare("SELECT content FROM audit_state WHERE name = 'head'"))?.content ?? '';
    this.missingGuards = wrongGuards(db);
    this.lowestLevel = one<{ level: number | null }>(db.prepare('SELECT min(level) AS level FROM audit_node'))?.level ?? Infinity;
  }

  async *entries(): AsyncIterable<StoredEntry> {
    const rows = each<EntryRow>(
      this.db.prepare(
        'SELECT seq, CAST(content AS BLOB) AS content, chain, at_wall_ms, actor, action, object, outcome, entry_id FROM audit ORDER BY seq',
      ),
    );
    const patients = new Patients(
      each(this.db.prepare('SELECT seq, patient_id FROM audit_patient ORDER BY seq, patient_id')),
      (seq) => this.stray({ from: seq, to: seq, detail: 'audit_patient names an entry that is not there' }),
    );
    for (const { seq, content, chain, ...columns } of rows) {
      yield {
        seq,
        entry: content ?? EMPTY,
        chain: Buffer.from(String(chain), 'base64'),
        columns: { ...columns, patients: patients.of(seq) },
      };
    }
    patients.end();
  }

  async *checkpoints(): AsyncIterable<string> {
    const sql = 'SELECT size, note, at_wall_ms FROM audit_checkpoint ORDER BY size';
    for (const row of each<{ size: number; note: string; at_wall_ms: number }>(this.db.prepare(sql))) {
      const note = String(row.note);
      const said = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
      if (said !== null && (said.size !== row.size || said.timeMs !== row.at_wall_ms)) {
        this.stray({ from: said.size, to: said.size, detail: 'columns of audit_checkpoint' });
      }
      this.last = said ?? this.last;
      yield note;
    }
    this.checkResumeState();
  }

  /** The state from which the next checkpoint goes on is that of the newest one. */
  private checkResumeState(): void {
    const stored = one<{ content: string }>(this.db.prepare("SELECT content FROM audit_state WHERE name = 'checkpoint'"));
    if (this.last === null && stored === null) return;
    const state = stored === null ? null : restored(String(stored.content));
    const isRight =
      state !== null && this.last !== null && state.size === this.last.size && state.chainHead.equals(this.last.head);
    if (isRight && state.frontier.root().equals(this.last!.root)) return;
    const seq = this.last?.size ?? 0;
    this.stray({ from: seq, to: seq, detail: 'audit_state of the newest checkpoint' });
  }

  readonly onNode: OnNode = (level, index, hash) => {
    if (level < this.lowestLevel) return;
    const sql = 'SELECT place, hash FROM audit_node WHERE level = ? AND place >= ? ORDER BY place';
    const stored = this.nodes.get(level) ?? new Ahead(each<NodeRow>(this.db.prepare(sql), level, index));
    this.nodes.set(level, stored);
    if (stored.row?.place === index) {
      const isRight = stored.row.hash === hash.toString('base64');
      stored.next();
      if (isRight) return;
    }
    const width = 2 ** level;
    this.stray({ from: index * width + 1, to: (index + 1) * width, detail: 'audit_node' });
  };

  readonly strayIndexes = (): readonly Stray[] => this.strays;

  close(): void {
    this.db.close();
  }

  private stray(stray: Stray): void {
    if (this.strays.length < STRAYS_MAX) this.strays.push(stray);
  }
}

/** Rows with the next one in sight. */
class Ahead<T> {
  row: T | undefined;

  constructor(private readonly rows: Iterator<T>) {
    this.next();
  }

  next(): void {
    const { done, value } = this.rows.next();
    this.row = done === true ? undefined : value;
  }
}

/** Goes over the patients of entries beside the entries, both by number. */
class Patients extends Ahead<PatientRow> {
  constructor(
    rows: Iterator<PatientRow>,
    private readonly onStray: (seq: number) => void,
  ) {
    super(rows);
  }

  /** Patients of the entry, apart by spaces. What was passed over on the way belongs to no entry. */
  of(seq: number): string {
    const found: string[] = [];
    for (; this.row !== undefined && this.row.seq <= seq; this.next()) {
      if (this.row.seq < seq) this.onStray(this.row.seq);
      else found.push(this.row.patient_id);
    }
    return found.join(' ');
  }

  end(): void {
    for (; this.row !== undefined; this.next()) this.onStray(this.row.seq);
  }
}

function restored(content: string): ChainState | null {
  try {
    return ChainState.restore(content);
  } catch {
    return null;
  }
}

function wrongGuards(db: DatabaseSync): string[] {
  const list = TABLES_WITH_GUARDS.map((table) => `'${table}'`).join(', ');
  const rows = each<{ name: string; sql: string }>(
    db.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN (${list})`),
  );
  const found = new Map([...rows].map(({ name, sql }) => [name, sql]));
  const wrong = AUDIT_GUARDS.filter(
    ({ name, body }) => found.get(name)?.toLowerCase() !== `create trigger ${body}`.toLowerCase(),
  );
  const strange = [...found.keys()].filter((name) => !AUDIT_GUARDS.some((guard) => guard.name === name));
  return [...wrong.map(({ name }) => name), ...strange.map((name) => `${name} is not one of ours`)];
}

function one<T>(statement: StatementSync): T | null {
  return (statement.get() as T | undefined) ?? null;
}

function each<T>(statement: StatementSync, ...values: number[]): IterableIterator<T> {
  return statement.iterate(...values) as IterableIterator<T>;
}
