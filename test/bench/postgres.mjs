/**
 * What a transaction costs on SQLite and on PostgreSQL: `node test/bench/postgres.mjs <url of an empty database> [count]`. Prints JSON
 * lines: one row read and written each, one after another, then from two processes' connections at once, and snapshots beside them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseUrlOf, openSql } from '../../dist/adapters/sql/index.js';

const [, , url, count = '500'] = process.argv;
const n = Number(count);
const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
const file = join(folder, 'vigil.db');
const places = [['sqlite', { file }], ...(url === undefined ? [] : [['postgresql', { file, url: databaseUrlOf(url) }]])];

const write = (sql) =>
  sql.transaction(async ({ db }) => {
    const row = await db.selectFrom('counter').select('last').where('name', '=', 'bench').executeTakeFirst();
    const last = (row?.last ?? 0) + 1;
    await db
      .insertInto('counter')
      .values({ name: 'bench', last })
      .onConflict((c) => c.column('name').doUpdateSet({ last }))
      .execute();
  });
const read = (sql) => sql.snapshot(({ db }) => db.selectFrom('counter').selectAll().execute());

async function timed(work) {
  const took = [];
  const startedMs = performance.now();
  await work(async (each) => {
    const fromMs = performance.now();
    await each();
    took.push(performance.now() - fromMs);
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  took.sort((a, b) => a - b);
  const at = (share) => Number(took[Math.floor((took.length - 1) * share)].toFixed(2));
  return { perS: Math.round(took.length / seconds), p50Ms: at(0.5), p99Ms: at(0.99) };
}

const say = (store, what, figures) =>
  console.log(JSON.stringify({ bench: 'sql-transactions', store, what, count: n, ...figures }));
const series = async (sql, once, each) => {
  for (let i = 0; i < n; i++) await once(() => each(sql));
};

try {
  for (const [name, place] of places) {
    const [one, two] = [await openSql(place), await openSql(place)];
    say(name, 'write, one after another', await timed((once) => series(one, once, write)));
    // Two on one file of SQLite are two processes: a wait for its lock stands still.
    const both = name === 'sqlite' ? [one] : [one, two];
    say(
      name,
      `write, from ${both.length} at once`,
      await timed((once) => Promise.all(both.map((sql) => series(sql, once, write)))),
    );
    say(name, 'snapshot, one after another', await timed((once) => series(one, once, read)));
    const { last } = await one.query((db) =>
      db.selectFrom('counter').select('last').where('name', '=', 'bench').executeTakeFirst(),
    );
    const wanted = n * (1 + both.length);
    if (last !== wanted) throw new Error(`${name}: ${last} of ${wanted} were kept`);
    await one.close();
    await two.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
