import type { Kysely } from 'kysely';
import type { KeyTables } from './data-keys-schema.js';
import type { Sql } from './sql.js';

/** So many rows are written by one statement: eleven values each, and a statement takes 65,535. */
const ROWS_A_TIME = 1_000;

/** Each after those that its rows refer to, with what its rows are told apart by. */
const TABLES = [
  ['key_generation', 'purpose'],
  ['shard_key', 'key_id'],
  ['key_subject', 'subject'],
  ['subject_key', 'key_id'],
] as const satisfies readonly (readonly [keyof KeyTables, string])[];

type Rows = readonly (readonly [name: keyof KeyTables, rows: readonly Readonly<Record<string, unknown>>[]])[];

export type Taken = 'taken' | 'there' | 'other';

/**
 * Writes everything that one store of data keys holds into another one, in one transaction, and holds it against what it reads there then.
 * @returns `there` when the other one has all these keys already, `other` when it has keys and not all these: nothing was written then
 */
export async function copyDataKeys(from: Sql<KeyTables>, to: Sql<KeyTables>): Promise<Taken> {
  const wanted = await from.transaction(({ db }) => rowsOf(db));
  return to.transaction(async ({ db }) => {
    const before = await rowsOf(db);
    if (before.some(([, rows]) => rows.length > 0)) return hasAll(before, wanted) ? 'there' : 'other';
    for (const [name, rows] of wanted) {
      for (let at = 0; at < rows.length; at += ROWS_A_TIME) {
        const some = rows.slice(at, at + ROWS_A_TIME);
        await db
          .insertInto(name)
          .values(some as never)
          .execute();
      }
    }
    if (!isSame(await rowsOf(db), wanted))
      throw new Error('the keys that were written are not those that are read: nothing was moved');
    return 'taken';
  });
}

async function rowsOf(db: Kysely<KeyTables>): Promise<Rows> {
  const all: [keyof KeyTables, Readonly<Record<string, unknown>>[]][] = [];
  for (const [name, key] of TABLES) {
    const rows = await db
      .selectFrom(name)
      .selectAll()
      .orderBy(key as never)
      .execute();
    all.push([name, rows.map(inOrder)]);
  }
  return all;
}

/** The databases give columns in the order of their tables, which need not be the same. */
function inOrder(row: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Work that went on over there has used keys, made others, and destroyed those of who was erased. */
function hasAll(there: Rows, wanted: Rows): boolean {
  const rowsIn = (all: Rows, name: keyof KeyTables) => all.find(([each]) => each === name)?.[1] ?? [];
  const known = new Set([...rowsIn(there, 'shard_key'), ...rowsIn(there, 'subject_key')].map(({ key_id }) => key_id));
  const erased = new Set(rowsIn(there, 'key_subject').flatMap((row) => (row.erased_wall_ms === null ? [] : [row.subject])));
  return (
    rowsIn(wanted, 'shard_key').every(({ key_id }) => known.has(key_id)) &&
    rowsIn(wanted, 'subject_key').every(({ key_id, subject }) => known.has(key_id) || erased.has(subject))
  );
}

const isSame = (one: Rows, other: Rows): boolean => JSON.stringify(one) === JSON.stringify(other);
