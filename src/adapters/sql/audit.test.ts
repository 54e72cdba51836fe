import { DatabaseSync } from 'node:sqlite';
import { ChainState } from '@vigil/audit-chain';
import { Kysely } from 'kysely';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditFactsOf } from '../../audit/audit-facts.js';
import { auditEntry } from '../../ports/audit-trail.js';
import type { AuditLog } from '../../ports/audit-log.js';
import { appendAudit } from './audit-row.js';
import { MIGRATIONS } from './migrations/index.js';
import { NodeSqliteDialect } from './node-sqlite.js';
import type { Tables } from './schema.js';
import { migrate, openSql } from './sql.js';
import { SqlAuditLog } from './sql-audit-log.js';
import { SqlAuditTrail } from './sql-audit-trail.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const entry = (detail: string) =>
  auditEntry({
    actor: 'amy',
    action: 'bed.read',
    object: 'bed:icu-1',
    patientIds: ['pat-1' as never],
    outcome: 'allowed',
    detail,
  });
const all = (log: AuditLog = t.auditLog) => log.read({ afterSeq: 0, toSeq: 1e9, limit: 1e5 });

async function expectWhole(log: AuditLog = t.auditLog): Promise<void> {
  const state = ChainState.empty();
  for (const { seq, content, chain } of await all(log)) {
    expect(seq).toBe(state.nextSeq);
    expect(state.append(Buffer.from(content)).toString('base64')).toBe(chain);
    expect(auditFactsOf(Buffer.from(content))?.seq).toBe(seq);
  }
  expect(state.serialise()).toBe(await log.state());
}

test('entries of two processes are one chain without gaps, also where each brings many at once', async () => {
  const other = await t.again('platform-next');
  // In turns: two connections of one thread would wait for each other's lock.
  for (let round = 0; round < 6; round++) {
    const { auditTrail } = round % 2 === 0 ? t : other;
    await Promise.all(Array.from({ length: 150 }, (_, n) => auditTrail.append(entry(`n${n}`), round)));
  }
  expect(await all()).toHaveLength(900);
  await expectWhole();
});

test('what a transaction took back leaves neither an entry nor a gap', async () => {
  const sql = await openSql({ file: t.file });
  await t.auditTrail.append(entry('a'), 1);
  const failing = sql.transaction(async (tx) => {
    await appendAudit(tx, entry('taken back'), 2);
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  await t.auditTrail.append(entry('b'), 3);
  await expectWhole();
  await sql.close();
});

test('columns and patients say what the entry says', async () => {
  await t.auditTrail.append(entry('a'), 7);
  const db = new DatabaseSync(t.file);
  const row = db.prepare('select * from audit').get() as Record<string, unknown>;
  const patients = db.prepare('select patient_id from audit_patient where seq = 1').all();
  db.close();
  const facts = auditFactsOf(Buffer.from(String(row['content'])))!;
  const { patients: named, ...columns } = facts.columns;
  expect(row).toMatchObject(columns);
  expect(patients.map((p) => p['patient_id']).join(' ')).toBe(named);
});

test('nobody changes checkpoints, patients, bases or holds either, whoever comes through SQL', async () => {
  await t.auditTrail.append(entry('a'), 1);
  await t.auditLog.addCheckpoint({ size: 1, note: 'n', atWallMs: 1, state: await t.auditLog.state() });
  const db = new DatabaseSync(t.file);
  for (const statement of [
    'update audit_patient set seq = 2',
    'delete from audit_patient',
    "update audit_checkpoint set note = 'x'",
    'delete from audit_checkpoint',
    'delete from audit',
  ]) {
    expect(() => db.exec(statement)).toThrow(/append-only/);
  }
  db.close();
});

test('a folder of the version before opens, with its rows as the first entries', async () => {
  const file = `${t.file}.old`;
  const before = new Kysely<Tables>({ dialect: new NodeSqliteDialect(file) });
  await migrate(before, Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0007')));
  await before.destroy();
  const db = new DatabaseSync(file);
  db.exec("create trigger audit_no_delete before delete on audit begin select raise(abort, 'audit is append-only'); end");
  const insert = db.prepare('insert into audit values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (let seq = 1; seq <= 700; seq++) {
    const patient = seq % 2 === 0 ? 'pat-1' : null;
    insert.run(seq, 1_000 + seq, 'amy', '["nurse"]', 'patient.read', 'patient:pat-1', patient, 'allowed', `d${seq}`);
  }
  db.close();
  const sql = await openSql({ file });
  const [trail, log] = [new SqlAuditTrail({ sql }), new SqlAuditLog({ sql })];
  const rows = (await trail.list({ limit: 500, patientId: 'pat-1' as never })).items;
  expect(rows).toHaveLength(350);
  expect(rows.at(-1)).toMatchObject({ seq: 2, atMs: 1_002, actor: 'amy', roles: ['nurse'], detail: 'd2' });
  await trail.append(entry('next'), 9);
  await expectWhole(log);
  await sql.close();
});

test.each([
  ['an entry by its number', `insert or replace into audit select seq, 'x', 'x', 1, 'x', 'x', 'x', 'x', null from audit limit 1`],
  ['an entry by its id', `insert or replace into audit select 99, 'x', 'x', 1, 'x', 'x', 'x', 'x', entry_id from audit limit 1`],
  ['who was shown', 'insert or replace into audit_patient select seq, patient_id from audit_patient limit 1'],
  ['a checkpoint', `insert or replace into audit_checkpoint select size, 'x', 1 from audit_checkpoint`],
  ['a base', `insert or replace into audit_base select size, 'x', 'x', 1 from audit_base`],
])(
  'replacing %s is refused like an update: SQLite deletes for it without asking the guards of deletion',
  async (_, statement) => {
    await t.auditTrail.append({ ...entry('a'), entryId: 'one' }, 1);
    await t.auditLog.addCheckpoint({ size: 1, note: 'note', atWallMs: 1, state: 'state' });
    const db = new DatabaseSync(t.file);
    db.exec(`insert into audit_base values (0, '', '', 1)`);
    expect(() => db.exec(statement)).toThrow(/append-only/);
    db.close();
    const [kept] = await all();
    expect(kept?.content).toContain('bed.read');
    expect(await t.auditLog.addCheckpoint({ size: 1, note: 'other', atWallMs: 2, state: 'other' })).toBe(false);
    expect(await t.auditLog.lastCheckpoint()).toMatchObject({ note: 'note', state: 'state' });
  },
);
