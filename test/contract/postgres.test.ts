import { FakeClock } from '@vigil/clock';
import { sql } from 'kysely';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { openSql, type Sql } from '../../src/adapters/sql/index.js';
import { onPostgres, type PostgresServer, postgresOfTests } from '../support/postgres.js';

const postgres: PostgresServer | null = await postgresOfTests();
const here = postgres === null ? describe.skip : describe;
afterAll(() => postgres?.stop());

const opened: Sql[] = [];
const open = async (url: string, clock?: FakeClock): Promise<Sql> => {
  const store = await openSql({ file: '', url: databaseUrlOf(url), ...(clock && { clock }) });
  opened.push(store);
  return store;
};
afterEach(async () => void (await Promise.all(opened.splice(0).map((each) => each.close()))));

const note = (store: Sql, name: string) =>
  store.transaction(({ db }) => db.insertInto('meta').values({ name, content: 'x' }).execute());
const count = async (store: Sql, like: string): Promise<number> => {
  const rows = await store.query((db) => db.selectFrom('meta').select('name').where('name', 'like', like).execute());
  return rows.length;
};

here('one process after another writes', () => {
  test('of what two read and then write nothing is lost, though each reads first', async () => {
    const url = await postgres!.migrated();
    const stores = [await open(url), await open(url)];
    const raise = (store: Sql) =>
      store.transaction(async ({ db }) => {
        const row = await db.selectFrom('counter').select('last').where('name', '=', 'etag').executeTakeFirst();
        await sql`select pg_sleep(0.001)`.execute(db);
        if (row === undefined) await db.insertInto('counter').values({ name: 'etag', last: 1 }).execute();
        else
          await db
            .updateTable('counter')
            .set({ last: row.last + 1 })
            .where('name', '=', 'etag')
            .execute();
      });
    await Promise.all(Array.from({ length: 60 }, (_, i) => raise(stores[i % 2]!)));
    expect(await stores[0]!.query((db) => db.selectFrom('counter').select('last').where('name', '=', 'etag').execute())).toEqual([
      { last: 60 },
    ]);
    postgres!.giveBack(url);
  });

  test('a statement by itself takes its turn like a transaction', async () => {
    const url = await postgres!.migrated();
    const [one, two] = [await open(url), await open(url)];
    const seen: string[] = [];
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const began = new Promise<void>((begin) => {
      void one.transaction(async () => {
        begin();
        await held;
        seen.push('transaction');
      });
    });
    await began;
    const alone = two.query((db) => db.insertInto('meta').values({ name: 'alone', content: '' }).execute());
    const told = alone.then(() => seen.push('statement'));
    // What only reads waits for nobody.
    expect(await count(two, 'alone')).toBe(0);
    go();
    await told;
    expect(seen).toEqual(['transaction', 'statement']);
    postgres!.giveBack(url);
  });

  test('a snapshot is of one moment, holds up nobody, and writes nothing', async () => {
    const url = await postgres!.migrated();
    const [one, two] = [await open(url), await open(url)];
    const counts = await one.snapshot(async ({ db }) => {
      const before = await db.selectFrom('meta').selectAll().execute();
      await note(two, 'meanwhile');
      return [before.length, (await db.selectFrom('meta').selectAll().execute()).length];
    });
    expect(counts[0]).toBe(counts[1]);
    expect(await count(one, 'meanwhile')).toBe(1);
    const writing = one.snapshot(({ db }) => (db as never as typeof db).deleteFrom('meta').execute());
    await expect(writing).rejects.toThrow('a snapshot writes nothing');
    postgres!.giveBack(url);
  });

  test('whoever is silent in a transaction is put out of it, and the next one writes', async () => {
    const url = await postgres!.migrated();
    const [frozen, other] = [await open(url), await open(url, new FakeClock())];
    let go = (): void => undefined;
    let isHeld = (): void => undefined;
    const thawed = new Promise<void>((resolve) => (go = resolve));
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const lost = frozen.transaction(async ({ db }) => {
      await db.insertInto('meta').values({ name: 'frozen', content: '' }).execute();
      isHeld();
      await thawed;
      await db.insertInto('meta').values({ name: 'thawed', content: '' }).execute();
    });
    const outcome = expect(lost).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    await held;
    // Its patience may end just before the other's silence does: the second try has the turn.
    await note(other, 'second').catch(() => note(other, 'second'));
    go();
    await outcome;
    expect(await count(other, '%en%')).toBe(0);
    expect(await count(other, 'second')).toBe(1);
    postgres!.giveBack(url);
  });
});

here('values are what they are in SQLite', () => {
  test('numbers of 64 bits, sums and counts are numbers; text is ordered by its bytes', async () => {
    const url = await postgres!.migrated();
    const store = await open(url);
    const big = 2 ** 53 - 1;
    for (const [name, last] of [
      ['a', big],
      ['B', 1],
      ['_', 2],
      ['é', 3],
    ] as const) {
      await store.query((db) => db.insertInto('counter').values({ name, last }).execute());
    }
    const names = await store.query((db) => db.selectFrom('counter').select(['name', 'last']).orderBy('name').execute());
    expect(names).toEqual([
      { name: 'B', last: 1 },
      { name: '_', last: 2 },
      { name: 'a', last: big },
      { name: 'é', last: 3 },
    ]);
    const sums = await store.query((db) =>
      db
        .selectFrom('counter')
        .select(({ fn }) => [fn.sum('last').as('sum'), fn.countAll().as('n'), fn.max('last').as('max')])
        .where('last', '<', 9)
        .execute(),
    );
    expect(sums).toEqual([{ sum: 6, n: 3, max: 3 }]);
    postgres!.giveBack(url);
  });

  test('a moment between two milliseconds is compared as it is; a text with a NUL is kept with its picture', async () => {
    const url = await postgres!.migrated();
    const store = await open(url);
    await store.query((db) =>
      db
        .insertInto('counter')
        .values([
          { name: 'a', last: 12 },
          { name: 'b', last: 13 },
        ])
        .execute(),
    );
    const before = await store.query((db) => db.selectFrom('counter').select('name').where('last', '<=', 12.5).execute());
    expect(before).toEqual([{ name: 'a' }]);
    await store.query((db) => db.insertInto('meta').values({ name: 'nul', content: 'a\0b' }).execute());
    expect(await store.query((db) => db.selectFrom('meta').select('content').where('name', '=', 'nul').execute())).toEqual([
      { content: 'a\u2400b' },
    ]);
    postgres!.giveBack(url);
  });

  test('an error quotes nothing that was stored', async () => {
    const url = await postgres!.migrated();
    const store = await open(url);
    const insert = () => store.query((db) => db.insertInto('meta').values({ name: 'TESTMAN', content: 'secret' }).execute());
    await insert();
    const error = (await insert().catch((e: unknown) => e)) as Error;
    expect(error).toMatchObject({ code: '23505', constraint: 'meta_pk' });
    expect(`${JSON.stringify(error)} ${error.message} ${String(error.stack)}`).not.toMatch(/TESTMAN|secret/);
    const wrong = await store
      .query((db) =>
        db
          .selectFrom('counter')
          .selectAll()
          .where('last', '=', 'TESTMAN' as never)
          .execute(),
      )
      .catch((e: unknown) => e as Error);
    expect(`${JSON.stringify(wrong)} ${String((wrong as Error).stack)}`).not.toContain('TESTMAN');
    postgres!.giveBack(url);
  });
});

here('the tables', () => {
  test('of several processes that start at once one makes them, and the others wait', async () => {
    const url = await postgres!.empty();
    await Promise.all(Array.from({ length: 4 }, () => open(url)));
    const { rows } = await onPostgres(url, (client) => client.query<{ n: string }>('select count(*) as n from kysely_migration'));
    expect(Number(rows[0]!.n)).toBeGreaterThan(30);
  });

  test('of a newer version are refused by name, unless that version says that this one can work with them', async () => {
    const url = await postgres!.migrated();
    const change = (text: string) => onPostgres(url, (client) => client.query(text));
    await change("insert into kysely_migration values ('9999-to-come', '2030-01-01')");
    const usable = await open(url);
    await note(usable, 'still works');
    await change("update meta set content = '9999-to-come' where name = 'schema-usable-from'");
    await expect(open(url)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      cause: { message: expect.stringContaining('9999-to-come') as string },
    });
    await change('alter table meta drop column content');
  });

  test('the audit trail is changed by nobody who comes through SQL, and a guard that was taken away is put back', async () => {
    const url = await postgres!.migrated();
    const change = (text: string) => onPostgres(url, (client) => client.query(text));
    await change(
      "insert into audit (seq, content, chain, at_wall_ms, actor, action, object, outcome) values (1, 'c', '', 1, 'a', 'x', '', 'allowed')",
    );
    for (const text of [
      "update audit set actor = 'b'",
      'delete from audit',
      'truncate audit',
      'truncate audit_node, audit',
      "insert into audit select * from audit on conflict (seq) do update set actor = 'b'",
    ]) {
      await expect(change(text)).rejects.toThrow(/append-only/);
    }
    await change('drop trigger audit_no_delete on audit');
    await change('alter table audit disable trigger audit_no_update');
    await change(
      'create or replace function audit_no_truncate() returns trigger language plpgsql as $$ begin return null; end $$',
    );
    await open(url);
    for (const text of ["update audit set actor = 'b'", 'delete from audit', 'truncate audit']) {
      await expect(change(text)).rejects.toThrow(/append-only/);
    }
    postgres!.giveBack(url);
  });
});

here('trouble', () => {
  test('connections that the server ends cost the one who uses them an outage, and the next one nothing', async () => {
    const url = await postgres!.migrated();
    const store = await open(url, new FakeClock());
    const endAll = () =>
      onPostgres(url, (client) =>
        client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      );
    const cut = store.transaction(async ({ db }) => {
      await db.insertInto('meta').values({ name: 'cut', content: '' }).execute();
      await endAll();
      await db.insertInto('meta').values({ name: 'cut-2', content: '' }).execute();
    });
    await expect(cut).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    await note(store, 'after');
    expect(await count(store, 'cut%')).toBe(0);
    postgres!.giveBack(url);
  });

  test('a database that takes no connections is an outage; callers are soon refused at once, and served again after it', async () => {
    const url = await postgres!.migrated();
    const clock = new FakeClock();
    const store = await open(url, clock);
    const name = new URL(url).pathname.slice(1);
    await postgres!.admin(`alter database ${name} with allow_connections false`);
    await postgres!.admin(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    for (let i = 0; i < 4; i++)
      await expect(note(store, 'x')).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    expect(store.breaker!.state).toMatchObject({ state: 'open', refused: 1 });
    await postgres!.admin(`alter database ${name} with allow_connections true`);
    await clock.advance(1_000);
    await note(store, 'x');
    expect(store.breaker!.state.state).toBe('closed');
    postgres!.giveBack(url);
  });
});
