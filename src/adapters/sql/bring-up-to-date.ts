import { PlatformError } from '@vigil/domain';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { isPostgresOutage } from './postgres-errors.js';

/** Row of `meta`: the newest migration that a version must know at least to work with these tables. */
const USABLE_FROM = 'schema-usable-from';

/**
 * Brings the tables up to date.
 *
 * Tables of a newer version are worked with as they are, where that version says that this one can: while a site goes from one version to
 * the next, processes of the old one are started again beside it (ADR 0077).
 * @param usableFrom what is noted of these tables for older versions; left out: nothing, and they refuse them
 * @throws PlatformError('store-unavailable'), which names the newest migration where the tables are of a newer version
 */
export async function bringUpToDate<T>(db: Kysely<T>, migrations: Record<string, Migration>, usableFrom?: string): Promise<void> {
  const done = await doneMigrations(db);
  const newer = done.filter((name) => migrations[name] === undefined);
  if (newer.length > 0) {
    const from = await usableFromOf(db);
    if (from !== undefined && migrations[from] !== undefined) return;
    const says = `the database is of a newer version of Vigil (${newer.at(-1)}): start that version, or restore the backup of before it`;
    throw new PlatformError('store-unavailable', {}, false, new Error(says));
  }
  if (done.length === Object.keys(migrations).length && (await usableFromOf(db)) === usableFrom) return;
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw new PlatformError('store-unavailable', {}, isPostgresOutage(error), error);
  if (usableFrom === undefined) return;
  await sql`insert into meta (name, content) values (${USABLE_FROM}, ${usableFrom})
    on conflict (name) do update set content = excluded.content`.execute(db);
}

/** Whether tables are going to be changed. */
export async function hasMore<T>(db: Kysely<T>, migrations: Record<string, Migration>): Promise<boolean> {
  const done = await doneMigrations(db);
  return Object.keys(migrations).some((name) => !done.includes(name));
}

/** @throws PlatformError('store-unavailable') after it has closed the database */
export async function migrate<T>(kysely: Kysely<T>, migrations: Record<string, Migration>, usableFrom?: string): Promise<void> {
  try {
    await bringUpToDate(kysely, migrations, usableFrom);
  } catch (error) {
    await kysely.destroy().catch(() => undefined);
    throw error;
  }
}

async function doneMigrations<T>(db: Kysely<T>): Promise<readonly string[]> {
  const { rows } = await ifThere(sql<{ name: string }>`select name from kysely_migration order by name`.execute(db));
  return rows.map(({ name }) => name);
}

async function usableFromOf<T>(db: Kysely<T>): Promise<string | undefined> {
  // A database of keys has no such table.
  const { rows } = await ifThere(sql<{ content: string }>`select content from meta where name = ${USABLE_FROM}`.execute(db));
  return rows[0]?.content;
}

/** A database that nothing was done to has no such table. */
async function ifThere<R>(reading: Promise<{ rows: R[] }>): Promise<{ rows: R[] }> {
  try {
    return await reading;
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === '42P01' || message?.includes('no such table') === true) return { rows: [] };
    throw new PlatformError('store-unavailable', {}, false, error);
  }
}
