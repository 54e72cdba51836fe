/** A PostgreSQL server that only reads, takes no more connections, or whose disk is full, and one that is restarted in order. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { openSql, type Sql } from '../../src/adapters/sql/index.js';
import { onPostgres, Postgres, postgresOfTests } from '../support/postgres.js';

/** Of its own: what is done to it here would disturb every other test. */
const server = await postgresOfTests({ own: true });
const here = server instanceof Postgres ? describe : describe.skip;
const postgres = server as Postgres;
afterAll(() => server?.stop());

const OUTAGE = { code: 'store-unavailable', retryable: true };
/** More than idle connections that may each still be of before. */
const TRIES_MAX = 10;

here('a server in trouble', () => {
  let url: string;
  let name: string;
  let store: Sql;
  let clock: FakeClock;
  beforeEach(async () => {
    url = await postgres.empty();
    name = new URL(url).pathname.slice(1);
    clock = new FakeClock();
    store = await openSql({ file: '', url: databaseUrlOf(url), clock });
  });
  afterEach(() => store.close());

  const note = (row: string, content = 'x') =>
    store.transaction(({ db }) => db.insertInto('meta').values({ name: row, content }).execute());
  const noteAlone = (row: string) => store.query((db) => db.insertInto('meta').values({ name: row, content: '' }).execute());
  const names = async (): Promise<readonly string[]> => {
    const rows = await store.query((db) => db.selectFrom('meta').select('name').where('name', 'like', 't-%').execute());
    return rows.map((row) => row.name);
  };
  const refusedUntilOpen = async (write: () => Promise<unknown>): Promise<void> => {
    for (let tries = 0; tries < TRIES_MAX && store.breaker!.state.state === 'closed'; tries += 1)
      await expect(write()).rejects.toMatchObject(OUTAGE);
    expect(store.breaker!.state.state).toBe('open');
  };
  const writtenWithin = async (row: string): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      await clock.advance(1_000);
      const error: unknown = await note(row).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) return;
      expect(error).toMatchObject(OUTAGE);
      expect(tries).toBeLessThan(TRIES_MAX);
      // A connection that was ended is gone from the server's list a moment later.
      await postgres.admin('select pg_sleep(0.2)');
    }
  };

  test('that another one took over from: what cannot be written is an outage, not a bug, and after it everything is written again', async () => {
    await note('t-before');
    await postgres.onlyRead(true);
    await refusedUntilOpen(() => note('t-meanwhile'));
    await expect(noteAlone('t-alone')).rejects.toMatchObject(OUTAGE);
    expect(await names()).toEqual(['t-before']);
    await postgres.onlyRead(false);
    await writtenWithin('t-after');
    expect((await names()).toSorted()).toEqual(['t-after', 't-before']);
  });

  test('that takes no more connections (53300) is an outage, and everything is written once it does', async () => {
    await postgres.admin(`create role ${name}_few login; grant all on database ${name} to ${name}_few`);
    await onPostgres(url, (client) => client.query(`grant all on all tables in schema public to ${name}_few`));
    await store.close();
    await postgres.admin(`alter database ${name} owner to ${name}_few; alter database ${name} connection limit 1`);
    const few = new URL(url);
    few.username = `${name}_few`;
    store = await openSql({ file: '', url: databaseUrlOf(few.href), clock });
    await note('t-before');
    const refused = await onPostgres(few.href, () => Promise.resolve()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: '53300' });
    await postgres.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}_few'`);
    await onPostgres(few.href, async () => {
      await refusedUntilOpen(() => note('t-meanwhile'));
      expect(store.breaker!.state).toMatchObject({ name: 'sql', state: 'open' });
    });
    await writtenWithin('t-after');
    expect((await names()).toSorted()).toEqual(['t-after', 't-before']);
    await store.close();
    await postgres.admin(`alter database ${name} owner to current_user`);
  });

  test('that is stopped in order and started again: who was in the middle of it hears of it, and what was committed is there', async () => {
    await note('t-before');
    let isIn = (): void => undefined;
    let go = (): void => undefined;
    const inside = new Promise<void>((resolve) => (isIn = resolve));
    const free = new Promise<void>((resolve) => (go = resolve));
    const cut = store.transaction(async ({ db }) => {
      await db.insertInto('meta').values({ name: 't-cut', content: '' }).execute();
      isIn();
      await free;
      await db.insertInto('meta').values({ name: 't-cut-2', content: '' }).execute();
    });
    const outcome = expect(cut).rejects.toMatchObject(OUTAGE);
    await inside;
    await postgres.shutDown();
    go();
    await outcome;
    await refusedUntilOpen(() => note('t-meanwhile'));
    await postgres.again();
    await writtenWithin('t-after');
    expect((await names()).toSorted()).toEqual(['t-after', 't-before']);
  }, 60_000);
});

const DISK_MIB = 32;
const folder = mkdtempSync(join(tmpdir(), 'vigil-pg-full-'));
const whyNot = mounted();
const onSmallDisk = server instanceof Postgres && whyNot === null ? test : test.skip;
afterAll(() => {
  if (whyNot === null) execFileSync('umount', ['-l', folder]);
  else process.stderr.write(`skipped, because ${whyNot}\n`);
  rmSync(folder, { recursive: true, force: true });
});

/** Null when a small file system is there now. */
function mounted(): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'a file system in memory can not be mounted here';
  }
}

onSmallDisk(
  'a full disk (53100) is an outage: what was committed stays, reads go on, and with room everything is written again',
  async () => {
    const { uid, gid } = statSync(postgres.dataFolder);
    chownSync(folder, uid, gid);
    await postgres.admin(`create tablespace small location '${folder}'`);
    const url = await postgres.empty('small');
    const clock = new FakeClock();
    const store = await openSql({ file: '', url: databaseUrlOf(url), clock });
    await onPostgres(url, (client) =>
      client.query("create table ballast as select repeat('x', 900) from generate_series(1, 4000)"),
    );
    const note = (row: string) => {
      const content = randomBytes(200_000).toString('base64');
      return store.transaction(({ db }) => db.insertInto('meta').values({ name: row, content }).execute());
    };
    const count = async (): Promise<number> => {
      const rows = await store.query((db) => db.selectFrom('meta').select('name').where('name', 'like', 't-%').execute());
      return rows.length;
    };
    let kept = 0;
    let error: unknown = null;
    while (error === null && kept < 1_000) {
      error = await note(`t-${kept}`).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) kept += 1;
    }
    expect(error).toMatchObject({ ...OUTAGE, cause: { code: '53100' } });
    expect(kept).toBeGreaterThan(0);
    expect(await count()).toBe(kept);
    await onPostgres(url, (client) => client.query('drop table ballast'));
    await clock.advance(1_000);
    await note('t-again');
    expect(await count()).toBe(kept + 1);
    await store.close();
  },
  120_000,
);
