import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { sql as rawSql } from 'kysely';
import { alarmIdNo, batch, reject, transition } from '../../../test/contract/alarm-fixtures.js';
import { openTestStores, OWNER, site, type TestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { openSql } from './sql.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

/** Looks into the file beside the stores. */
function look<T>(query: string): T[] {
  const db = new DatabaseSync(t.file);
  try {
    return db.prepare(query).all() as T[];
  } finally {
    db.close();
  }
}

test('a commit is on the disk: write-ahead log, synced in full, and foreign keys are kept', async () => {
  const sql = await openSql({ file: t.file });
  const pragma = async (name: string) =>
    sql.query(async (db) => {
      const { rows } = await db.executeQuery<Record<string, unknown>>({
        sql: `PRAGMA ${name}`,
        parameters: [],
        query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
        queryId: { queryId: name },
      });
      return Object.values(rows[0]!)[0];
    });
  expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
  await sql.close();
});

test('the file and its side files are for their owner only', async () => {
  await t.alarmState.commit(batch([transition()]));
  const modes = ['', '-wal', '-shm'].map((suffix) => statSync(`${t.file}${suffix}`).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
});

test('asynchronous transactions do not interleave, and one that fails takes only its own rows back', async () => {
  const sql = await openSql({ file: t.file });
  const write = (n: number) =>
    sql.transaction(async ({ db }) => {
      const before = await db
        .selectFrom('meta')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      await new Promise((resolve) => setImmediate(resolve));
      await db
        .insertInto('meta')
        .values({ name: `row-${n}`, content: String(before.n) })
        .execute();
      if (n % 3 === 0) throw new Error('on purpose');
    });
  const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => write(n)));
  expect(results.filter((r) => r.status === 'rejected')).toHaveLength(4);
  const rows = look<{ content: string }>("select content from meta where name like 'row-%' order by cast(content as integer)");
  const first = Number(rows[0]!.content);
  expect(rows.map((r) => Number(r.content))).toEqual(Array.from({ length: 8 }, (_, i) => first + i));
  await sql.close();
});

test('listeners hear of a commit after it, and never of one that was taken back', async () => {
  const sql = await openSql({ file: t.file });
  const heard: string[] = [];
  await sql.transaction((tx) => Promise.resolve(tx.afterCommit(() => heard.push('committed'))));
  const failing = sql.transaction((tx) => {
    tx.afterCommit(() => heard.push('taken back'));
    return Promise.reject(new Error('on purpose'));
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(heard).toEqual(['committed']);
  await sql.close();
});

test('what was committed is there for the next process', async () => {
  await t.alarmState.commit(batch([transition()]));
  const next = await t.again();
  expect(await next.alarms.get(alarmIdNo(1))).toEqual(await t.alarms.get(alarmIdNo(1)));
});

test('an outage is a retryable error of ours, for audit one that refuses readers', async () => {
  const next = await t.again();
  await next.close();
  await expect(next.alarms.get(alarmIdNo(1))).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
  const entry = auditEntry({ actor: 'a', action: 'x', object: '', outcome: 'allowed' });
  await expect(next.auditTrail.append(entry, 1)).rejects.toMatchObject({ code: 'audit-unavailable', retryable: true });
});

test('a file that cannot be opened says so', async () => {
  const opening = openSql({ file: `${t.file}/no/such/folder` });
  await expect(opening).rejects.toBeInstanceOf(PlatformError);
  await expect(opening).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('nobody changes the audit trail, whoever comes through SQL', async () => {
  const entry = auditEntry({ actor: 'a', action: 'x', object: '', outcome: 'allowed' });
  await t.auditTrail.append(entry, 1);
  const db = new DatabaseSync(t.file);
  expect(() => db.exec("update audit set actor = 'b'")).toThrow(/append-only/);
  expect(() => db.exec('delete from audit')).toThrow(/append-only/);
  db.close();
});

test('live events are bounded: whoever asks for older ones starts afresh', async () => {
  await t.alarmState.commit(batch([transition()]));
  const db = new DatabaseSync(t.file);
  db.exec("update care_unit set last_cursor = 20000 where care_unit_id = 'icu'");
  db.close();
  await t.alarmState.commit(batch([transition({ alarmId: alarmIdNo(2) })]));
  expect(look("select cursor from live_event where care_unit_id = 'icu'")).toEqual([{ cursor: 20_001 }]);
  expect(await t.alarms.changedSince('icu' as never, 19_999)).toBeNull();
  expect(await t.alarms.changedSince('icu' as never, 20_000)).toHaveLength(1);
});

test('rejects are bounded, and those that go are counted', async () => {
  await t.alarmState.commit(batch([], { rejects: [reject(1), reject(2)] }));
  const db = new DatabaseSync(t.file);
  db.exec("update counter set last = 10001 where name = 'reject'");
  db.close();
  await t.alarmState.commit(batch([], { rejects: [reject(3)] }));
  expect((await t.directory.rejects({ limit: 10 })).items.map((r) => r.id)).toEqual(['reject/3']);
  expect(look("select last from counter where name = 'rejects-dropped'")).toEqual([{ last: 2 }]);
});

test('a restart frees the partitions of processes that are gone, at once', async () => {
  const next = await t.again('platform-next');
  next.partitionOwners.storeFor('platform-next');
  await next.partitionOwners.releaseDead();
  expect(look('select owner_id from partition_owner')).toEqual([{ owner_id: '' }]);
  await expect(t.alarmState.commit(batch([transition()]))).rejects.toMatchObject({ code: 'ownership-lost' });
  await expect(t.claim(OWNER)).resolves.toBe(true);
});

test('the rule set of the file is the first; from then on only another clock rate tells it anew', async () => {
  const seed = (name: string, rate: number) =>
    t.directory.seed({ ...site, ruleSet: { ...site.ruleSet, name } }, new Map(), { nowMs: 5, wallMs: 5, rate });
  const activations = async () =>
    (await t.logRelay.next(100)).filter((r) => r.event.kind === 'ruleSetActivated').map((r) => r.event.id);
  await seed('test', 1);
  expect(await activations()).toHaveLength(1);
  await seed('other', 1);
  expect(await activations()).toHaveLength(1);
  await seed('other', 60);
  await seed('test', 60);
  expect(new Set(await activations()).size).toBe(2);
  const rows = (await t.auditTrail.list({ limit: 9, action: 'rule-set.activate' })).items;
  expect(rows.map((row) => [row.actor, row.detail])).toEqual([['system:seed', 'again, at rate 60']]);
  expect((await t.ruleSets.active())!.ruleSet.name).toBe('test');
});

test('staff without a password hash are staff, and get their account from an admin', async () => {
  const staff = [...site.staff, { ...site.staff[0]!, staffId: 'eve' as never, username: 'eve' }];
  await t.directory.seed({ ...site, staff }, new Map(), { nowMs: 5, wallMs: 5, rate: 1 });
  expect((await t.directory.staff()).map((s) => s.staffId)).toContain('eve');
  expect(await t.accounts.byUsername('eve')).toBeNull();
});

test('a role that does not exist is refused at the start, not at the first request', async () => {
  const staff = [{ ...site.staff[0]!, staffId: 'eve' as never, username: 'eve', roles: ['nurze'] }];
  const seeding = t.directory.seed({ ...site, staff }, new Map([['eve', 'x']]), { nowMs: 5, wallMs: 5, rate: 1 });
  await expect(seeding).rejects.toMatchObject({ code: 'invalid-request' });
});

test.each<[string, string, string]>([
  ['read-only', 'PRAGMA query_only = 1', 'PRAGMA query_only = 0'],
  ['on a full disk', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1073741823'],
])(
  'a file that is %s is an outage: callers are soon refused at once, and served again within a second of its end',
  async (_what, begin, end) => {
    const clock = new FakeClock();
    const stores = await openSql({ file: t.file, clock });
    const pragma = (text: string) => stores.query((db) => rawSql.raw(text).execute(db));
    let n = 0;
    const write = () =>
      stores.transaction(({ db }) =>
        db
          .insertInto('meta')
          .values({ name: `row-${++n}`, content: 'x'.repeat(100_000) })
          .execute(),
      );
    await write();
    await pragma(begin);
    for (let i = 0; i < 6; i++) await expect(write()).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    expect(stores.breaker!.state).toMatchObject({ name: 'sql', state: 'open', refused: 3 });
    await pragma(end);
    await expect(write()).rejects.toMatchObject({ code: 'store-unavailable' });
    await clock.advance(1_000);
    await write();
    expect(stores.breaker!.state.state).toBe('closed');
    await stores.close();
  },
);

test('a file that another process has locked can be read meanwhile, and holds nobody up', async () => {
  const clock = new FakeClock();
  const stores = await openSql({ file: t.file, clock });
  const other = new DatabaseSync(t.file);
  other.exec('BEGIN IMMEDIATE');
  const write = () => stores.transaction(({ db }) => db.deleteFrom('relay').where('seq', '=', -1).execute());
  const startMs = performance.now();
  const results = await Promise.allSettled(Array.from({ length: 30 }, write));
  expect(results.every((r) => r.status === 'rejected')).toBe(true);
  expect(performance.now() - startMs).toBeLessThan(10_000);
  expect(await stores.query((db) => db.selectFrom('counter').select('last').limit(1).execute())).toHaveLength(1);
  other.exec('ROLLBACK');
  other.close();
  await clock.advance(1_000);
  await write();
  await stores.close();
});
