import type { DatabaseSync } from 'node:sqlite';
import { ChainState, type FindingKind, type Signer } from '@vigil/audit-chain';
import { AUDIT_GUARDS } from '../../src/adapters/sql/audit-triggers.js';
import {
  anotherActor,
  between,
  forgedAt,
  lastOf,
  type Pick,
  reindex,
  relink,
  renumberContent,
  type Row,
  rowAt,
  run,
  shift,
  someone,
} from './audit-forger.js';

/** What has to be found: one of the kinds, over the entry or range that was changed. */
export interface Expected {
  readonly kinds: readonly FindingKind[];
  readonly from: number;
  readonly to: number;
}

export interface Crime {
  readonly name: string;
  /** Works on the file as somebody who may do everything and knows the format. */
  commit(db: DatabaseSync, pick: Pick, foreign: Signer): Expected;
}

const expected = (kinds: FindingKind | readonly FindingKind[], from: number, to = from): Expected => {
  return { kinds: typeof kinds === 'string' ? [kinds] : kinds, from, to };
};

const column = (name: string, value: (row: Record<string, unknown>) => string | number): Crime => ({
  name: `column ${name} is changed`,
  commit(db, pick) {
    const seq = someone(db, pick);
    run(db, `UPDATE audit SET ${name} = ? WHERE seq = ?`, value(rowAt(db, seq) as unknown as Record<string, unknown>), seq);
    return expected('index', seq);
  },
});

const EDITS: readonly Crime[] = [
  {
    name: 'content is changed',
    commit(db, pick) {
      const seq = someone(db, pick);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', anotherActor(rowAt(db, seq).content), seq);
      return expected('edited', seq);
    },
  },
  {
    name: 'content and columns are changed',
    commit(db, pick) {
      const seq = someone(db, pick);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', anotherActor(rowAt(db, seq).content), seq);
      reindex(db, seq);
      return expected('edited', seq);
    },
  },
  {
    name: 'one byte of a content is changed',
    commit(db, pick) {
      const seq = someone(db, pick);
      const bytes = Buffer.from(rowAt(db, seq).content);
      const at = pick(bytes.length);
      bytes[at] = bytes[at] === 0x37 ? 0x38 : 0x37;
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', bytes.toString(), seq);
      return expected('edited', seq);
    },
  },
  {
    name: 'a chain value is changed',
    commit(db, pick) {
      const seq = someone(db, pick);
      run(db, 'UPDATE audit SET chain = ? WHERE seq = ?', Buffer.alloc(32, 1 + pick(255)).toString('base64'), seq);
      return expected('edited', seq);
    },
  },
  {
    name: 'content is replaced by that of another entry',
    commit(db, pick) {
      const [seq, other] = [someone(db, pick, 10), someone(db, pick, 10)];
      if (seq === other) return this.commit(db, pick, null as never);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', rowAt(db, other).content, seq);
      return expected('edited', seq);
    },
  },
];

const INDEXES: readonly Crime[] = [
  column('at_wall_ms', ({ at_wall_ms }) => Number(at_wall_ms) + 86_400_000),
  column('actor', () => 'mallory'),
  column('action', () => 'nothing.happened'),
  column('object', () => 'bed:icu-9'),
  column('outcome', ({ outcome }) => (outcome === 'refused' ? 'allowed' : 'refused')),
  column('entry_id', ({ seq }) => `forged-${String(seq)}`),
  {
    name: 'a view of a patient is hidden from searches',
    commit(db, pick) {
      const rows = db.prepare('SELECT seq FROM audit_patient').all() as { seq: number }[];
      const { seq } = rows[pick(rows.length)]!;
      run(db, 'DELETE FROM audit_patient WHERE seq = ?', seq);
      return expected('index', seq);
    },
  },
  {
    name: 'a view is booked to another patient',
    commit(db, pick) {
      const rows = db.prepare('SELECT seq, patient_id FROM audit_patient').all() as { seq: number; patient_id: string }[];
      const { seq, patient_id } = rows[pick(rows.length)]!;
      run(db, "UPDATE audit_patient SET patient_id = 'pat-999' WHERE seq = ? AND patient_id = ?", seq, patient_id);
      return expected('index', seq);
    },
  },
  {
    name: 'a view that never was is put into the index',
    commit(db, pick) {
      const seq = pick(2) === 0 ? someone(db, pick) : lastOf(db) + 1 + pick(50);
      run(db, "INSERT INTO audit_patient VALUES (?, 'pat-999')", seq);
      return expected('index', seq);
    },
  },
  {
    name: 'a kept subtree is changed',
    commit(db, pick) {
      const rows = db.prepare('SELECT level, place FROM audit_node').all() as { level: number; place: number }[];
      const { level, place } = rows[pick(rows.length)]!;
      const hash = Buffer.alloc(32, 1 + pick(255)).toString('base64');
      run(db, 'UPDATE audit_node SET hash = ? WHERE level = ? AND place = ?', hash, level, place);
      return expected('index', place * 2 ** level + 1, (place + 1) * 2 ** level);
    },
  },
];

const MOVES: readonly Crime[] = [
  {
    name: 'entries are deleted',
    commit(db, pick) {
      const from = someone(db, pick, 40);
      const to = from + pick(30);
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq BETWEEN ? AND ?`, from, to);
      return expected('deleted', from, to);
    },
  },
  ...([false, true] as const).map((linked): Crime => ({
    name: `an entry is deleted, the rest numbered ${linked ? 'and linked ' : ''}anew`,
    commit(db, pick) {
      const seq = someone(db, pick, 3);
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq = ?`, seq);
      shift(db, seq + 1, -1);
      if (linked) relink(db);
      return expected('deleted', seq);
    },
  })),
  ...([false, true] as const).map((linked): Crime => ({
    name: `an entry is put in, the rest numbered ${linked ? 'and linked ' : ''}anew`,
    commit(db, pick) {
      const seq = someone(db, pick, 3);
      shift(db, seq, 1);
      forgedAt(db, seq, seq === 1 ? 2 : seq - 1);
      if (linked) relink(db);
      return expected('inserted', seq);
    },
  })),
  {
    name: 'two entries change places',
    commit(db, pick) {
      const [a, b] = [someone(db, pick, 5), someone(db, pick, 5)];
      if (a === b) return this.commit(db, pick, null as never);
      for (const table of ['audit', 'audit_patient']) {
        run(db, `UPDATE ${table} SET seq = -1 WHERE seq = ?`, a);
        run(db, `UPDATE ${table} SET seq = ? WHERE seq = ?`, a, b);
        run(db, `UPDATE ${table} SET seq = ? WHERE seq = -1`, b);
      }
      return expected('reordered', a);
    },
  },
  {
    name: 'two entries change contents',
    commit(db, pick) {
      const [a, b] = [someone(db, pick, 5), someone(db, pick, 5)];
      if (a === b) return this.commit(db, pick, null as never);
      const [first, second] = [rowAt(db, a).content, rowAt(db, b).content];
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', second, a);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', first, b);
      return expected('reordered', b);
    },
  },
];

const WHOLE: readonly Crime[] = [
  ...([false, true] as const).map((covered): Crime => ({
    name: `the end is cut off${covered ? ', with its checkpoints, and the writer set back' : ''}`,
    commit(db, pick) {
      const last = lastOf(db);
      const keep = last - 1 - pick(700);
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq > ?`, keep);
      if (covered) {
        run(db, 'DELETE FROM audit_checkpoint WHERE size > ?', keep);
        const newest = (db.prepare('SELECT max(size) AS n FROM audit_checkpoint').get() as { n: number }).n;
        const checkpoint = ChainState.empty();
        for (const { content } of db
          .prepare('SELECT content FROM audit WHERE seq <= ? ORDER BY seq')
          .all(newest) as unknown as Row[]) {
          checkpoint.append(Buffer.from(content));
        }
        run(db, "UPDATE audit_state SET content = ? WHERE name = 'checkpoint'", checkpoint.serialise());
        relink(db);
      }
      return expected('truncated', keep + 1, last);
    },
  })),
  {
    name: 'an entry is changed and everything linked anew',
    commit(db, pick) {
      const seq = someone(db, pick);
      const [from, to] = between(db, seq);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', anotherActor(rowAt(db, seq).content), seq);
      reindex(db, seq);
      relink(db);
      return expected('rebuilt', from, to);
    },
  },
  {
    name: 'an entry is deleted without a trace, and everything numbered and linked anew',
    commit(db, pick) {
      const seq = someone(db, pick, 3);
      const [from, to] = between(db, seq);
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq = ?`, seq);
      shift(db, seq + 1, -1);
      for (let at = seq; at <= lastOf(db); at += 1) renumberContent(db, at);
      relink(db);
      // Behind the last checkpoint but one only the length is left to compare.
      const isAtEnd = to > lastOf(db);
      return expected(isAtEnd ? 'truncated' : 'rebuilt', from, to);
    },
  },
  {
    name: 'the log is written anew and signed with another key',
    commit(db, pick, foreign) {
      const seq = someone(db, pick);
      const [from, to] = between(db, seq);
      run(db, 'UPDATE audit SET content = ? WHERE seq = ?', anotherActor(rowAt(db, seq).content), seq);
      reindex(db, seq);
      relink(db, { every: 500, signer: foreign });
      return expected('rebuilt', from, to);
    },
  },
  {
    name: 'the beginning is taken away under a genuine checkpoint',
    commit(db, pick) {
      const all = db.prepare('SELECT size, note, at_wall_ms FROM audit_checkpoint ORDER BY size').all() as {
        size: number;
        note: string;
        at_wall_ms: number;
      }[];
      const { size, note, at_wall_ms } = all[pick(all.length - 1)]!;
      const state = ChainState.empty();
      const rows = db.prepare('SELECT content FROM audit WHERE seq <= ? ORDER BY seq').all(size) as unknown as Row[];
      for (const { content } of rows) state.append(Buffer.from(content));
      run(
        db,
        'INSERT INTO audit_base (size, state, note, at_wall_ms) VALUES (?, ?, ?, ?)',
        size,
        state.serialise(),
        note,
        at_wall_ms,
      );
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq <= ?`, size);
      return expected('deleted', 1, size);
    },
  },
  {
    name: 'the beginning is taken away under a base that nobody signed',
    commit(db, pick) {
      const size = someone(db, pick, 300);
      const { note } = db.prepare('SELECT note FROM audit_checkpoint ORDER BY size LIMIT 1').get() as { note: string };
      const state = ChainState.empty();
      const rows = db.prepare('SELECT content FROM audit WHERE seq <= ? ORDER BY seq').all(size) as unknown as Row[];
      for (const { content } of rows) state.append(Buffer.from(content));
      run(db, 'INSERT INTO audit_base (size, state, note, at_wall_ms) VALUES (?, ?, ?, 1)', size, state.serialise(), note);
      for (const table of ['audit', 'audit_patient']) run(db, `DELETE FROM ${table} WHERE seq <= ?`, size);
      return expected('base', 1, size);
    },
  },
];

const AROUND: readonly Crime[] = [
  {
    name: 'a stored checkpoint is changed',
    commit(db, pick) {
      const all = db.prepare('SELECT size, note FROM audit_checkpoint').all() as { size: number; note: string }[];
      const { size, note } = all[pick(all.length)]!;
      const lines = note.split('\n');
      lines[2 + pick(3)] = pick(2) === 0 ? `chain ${Buffer.alloc(32, 7).toString('base64')}` : 'time 1';
      run(db, 'UPDATE audit_checkpoint SET note = ? WHERE size = ?', lines.join('\n'), size);
      return expected(['checkpoint', 'index'], size);
    },
  },
  {
    name: 'a stored checkpoint is deleted',
    commit(db, pick) {
      const all = db.prepare('SELECT size FROM audit_checkpoint').all() as { size: number }[];
      const { size } = all[pick(all.length - 1)]!;
      run(db, 'DELETE FROM audit_checkpoint WHERE size = ?', size);
      return expected('checkpoint', size);
    },
  },
  {
    name: 'the time of a stored checkpoint is changed',
    commit(db, pick) {
      const all = db.prepare('SELECT size FROM audit_checkpoint').all() as { size: number }[];
      const { size } = all[pick(all.length)]!;
      run(db, 'UPDATE audit_checkpoint SET at_wall_ms = at_wall_ms + 1 + ? WHERE size = ?', pick(1000), size);
      return expected('index', size);
    },
  },
  {
    name: 'the state of the writer is changed',
    commit(db) {
      const { content } = db.prepare("SELECT content FROM audit_state WHERE name = 'head'").get() as { content: string };
      const state = ChainState.restore(content);
      const other = `${Buffer.alloc(32, 5).toString('base64')} ${state.frontier.serialise()}`;
      run(db, "UPDATE audit_state SET content = ? WHERE name = 'head'", other);
      return expected('state', lastOf(db));
    },
  },
  {
    name: 'the state of the newest checkpoint is changed',
    commit(db) {
      run(db, "UPDATE audit_state SET content = ? WHERE name = 'checkpoint'", ChainState.empty().serialise());
      const { n } = db.prepare('SELECT max(size) AS n FROM audit_checkpoint').get() as { n: number };
      return expected('index', n);
    },
  },
  {
    name: 'a guard is dropped',
    commit: () => expected('guard', 0),
  },
  {
    name: 'a guard is replaced by one that lets everything pass',
    commit(db, pick) {
      const { name, body } = AUDIT_GUARDS[pick(AUDIT_GUARDS.length)]!;
      db.exec(`DROP TRIGGER IF EXISTS ${name}; CREATE TRIGGER ${body.replace(/begin.*end$/, 'begin select 1; end')}`);
      return expected('guard', 0);
    },
  },
];

export const CRIMES: readonly Crime[] = [...EDITS, ...INDEXES, ...MOVES, ...WHOLE, ...AROUND];

/** Takes the guards away for the crime, and puts back those that it did not mean. */
export function commitUnguarded(db: DatabaseSync, crime: Crime, pick: Pick, foreign: Signer): Expected {
  db.exec('BEGIN');
  for (const { name } of AUDIT_GUARDS) db.exec(`DROP TRIGGER ${name}`);
  const expectation = crime.commit(db, pick, foreign);
  const spared = crime.name === 'a guard is dropped' ? pick(AUDIT_GUARDS.length) : -1;
  AUDIT_GUARDS.forEach(({ body }, at) => {
    if (at !== spared) db.exec(`CREATE TRIGGER IF NOT EXISTS ${body}`);
  });
  db.exec('COMMIT');
  return expectation;
}
