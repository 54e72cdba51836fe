import type { DatabaseSync } from 'node:sqlite';
import { ChainState, type Signer } from '@vigil/audit-chain';
import canonicalize from 'canonicalize';
import { NODE_LEVEL_MIN } from '../../src/adapters/sql/audit-rows.js';
import { auditFactsOf } from '../../src/audit/audit-facts.js';

/** A number from 0 to `below` - 1, from the seed of the run. */
export type Pick = (below: number) => number;

export interface Row {
  readonly seq: number;
  readonly content: string;
  readonly chain: string;
}

export const rowAt = (db: DatabaseSync, seq: number): Row =>
  db.prepare('SELECT * FROM audit WHERE seq = ?').get(seq) as unknown as Row;
export const lastOf = (db: DatabaseSync): number => (db.prepare('SELECT max(seq) AS n FROM audit').get() as { n: number }).n;
export const someone = (db: DatabaseSync, pick: Pick, margin = 0): number => 1 + margin + pick(lastOf(db) - 2 * margin);
export const run = (db: DatabaseSync, sql: string, ...values: (string | number | null)[]): void =>
  void db.prepare(sql).run(...values);

/** The same event with one field changed, in canonical bytes. */
export function altered(content: string, change: (event: Record<string, unknown>) => void): string {
  const event = JSON.parse(content) as Record<string, unknown>;
  change(event);
  return canonicalize(event)!;
}

export const anotherActor = (content: string): string =>
  altered(content, (event) => {
    const [agent] = event['agent'] as { who: { identifier: { value: string } } }[];
    agent!.who.identifier.value = 'mallory';
  });

/** Columns and look-up rows as they follow from the content. */
export function reindex(db: DatabaseSync, seq: number): void {
  const { columns } = auditFactsOf(Buffer.from(rowAt(db, seq).content))!;
  const { at_wall_ms, actor, action, object, outcome, patients } = columns as Record<string, string>;
  const set = 'UPDATE audit SET at_wall_ms = ?, actor = ?, action = ?, object = ?, outcome = ? WHERE seq = ?';
  run(db, set, at_wall_ms!, actor!, action!, object!, outcome!, seq);
  run(db, 'DELETE FROM audit_patient WHERE seq = ?', seq);
  for (const patient of patients!.split(' ').filter(Boolean)) run(db, 'INSERT INTO audit_patient VALUES (?, ?)', seq, patient);
}

/** Numbers inside the contents as well, as whoever wants no gap would write them. */
export function renumberContent(db: DatabaseSync, seq: number): void {
  const content = altered(rowAt(db, seq).content, (event) => void (event['id'] = String(seq)));
  run(db, 'UPDATE audit SET content = ? WHERE seq = ?', content, seq);
}

/** Moves rows by one without ever using a number twice. */
export function shift(db: DatabaseSync, from: number, by: 1 | -1): void {
  for (const table of ['audit', 'audit_patient']) {
    run(db, `UPDATE ${table} SET seq = -seq - ? WHERE seq >= ?`, by, from);
    run(db, `UPDATE ${table} SET seq = -seq WHERE seq < 0`);
  }
}

/** Chain, writer's state and kept subtrees computed anew over what is there. */
export function relink(db: DatabaseSync, checkpoints?: { readonly every: number; readonly signer: Signer }): void {
  const state = ChainState.empty();
  run(db, 'DELETE FROM audit_node');
  const rows = db.prepare('SELECT seq, content FROM audit ORDER BY seq').all() as unknown as Row[];
  if (checkpoints !== undefined) run(db, 'DELETE FROM audit_checkpoint');
  for (const { seq, content } of rows) {
    const chain = state.append(Buffer.from(content), (level, place, hash) => {
      if (level >= NODE_LEVEL_MIN)
        run(db, 'INSERT INTO audit_node (level, place, hash) VALUES (?, ?, ?)', level, place, hash.toString('base64'));
    });
    run(db, 'UPDATE audit SET chain = ? WHERE seq = ?', chain.toString('base64'), seq);
    if (checkpoints === undefined || (seq % checkpoints.every !== 0 && seq !== rows.length)) continue;
    const note = checkpoints.signer.sign({ size: seq, root: state.frontier.root(), head: chain, timeMs: seq });
    run(db, 'INSERT INTO audit_checkpoint (size, note, at_wall_ms) VALUES (?, ?, ?)', seq, note, seq);
    run(db, "UPDATE audit_state SET content = ? WHERE name = 'checkpoint'", state.serialise());
  }
  run(db, "UPDATE audit_state SET content = ? WHERE name = 'head'", state.serialise());
}

/** The two checkpoints around an entry: how closely a rebuilt log can be told. */
export function between(db: DatabaseSync, seq: number): readonly [number, number] {
  const row = db
    .prepare(
      'SELECT (SELECT max(size) FROM audit_checkpoint WHERE size < ?) AS low, (SELECT min(size) FROM audit_checkpoint WHERE size >= ?) AS high',
    )
    .get(seq, seq) as { low: number | null; high: number | null };
  return [(row.low ?? 0) + 1, row.high ?? lastOf(db)];
}

export const forgedAt = (db: DatabaseSync, seq: number, source: number): void => {
  const content = altered(anotherActor(rowAt(db, source).content), (event) => void (event['id'] = String(seq)));
  const { columns } = auditFactsOf(Buffer.from(content))!;
  const { at_wall_ms, actor, action, object, outcome, patients } = columns as Record<string, string>;
  const before = seq === 1 ? Buffer.alloc(32) : Buffer.from(rowAt(db, seq - 1).chain, 'base64');
  const into =
    'INSERT INTO audit (seq, content, chain, at_wall_ms, actor, action, object, outcome, entry_id) VALUES (?,?,?,?,?,?,?,?,NULL)';
  run(db, into, seq, content, before.toString('base64'), at_wall_ms!, actor!, action!, object!, outcome!);
  for (const patient of patients!.split(' ').filter(Boolean)) run(db, 'INSERT INTO audit_patient VALUES (?, ?)', seq, patient);
};
