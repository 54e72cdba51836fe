import { PlatformError } from '@vigil/domain';
import { Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DatabaseUrl } from './database-url.js';
import { NodePostgresDialect } from './node-postgres.js';
import { bringUpToDate, hasMore } from './bring-up-to-date.js';
import { endBackups, requireRestored } from './restore-mark.js';
import { translate } from './translate.js';

/** One process brings the tables up to date; the others wait for it so long, which a large table may take. */
const MIGRATE_MS = 600_000;
/** Of the advisory lock of the process that does: "migrate" in ASCII. */
const MIGRATE_LOCK = '30796665482998885';
/** A server that starts, or is taken over from, is waited for at the start of a process. */
const TRIES_MAX = 20;
const TRY_EVERY_MS = 1_000;
/** Oldest server whose behaviour the tests have seen, as `server_version_num` has it. */
const OLDEST_VERSION = 150_000;

export interface PostgresStore<T> {
  readonly url: DatabaseUrl;
  readonly migrations: Record<string, Migration>;
  /** As in `bringUpToDate`. */
  readonly usableFrom?: string;
  /** Looked at before anything is changed; throws where this is the wrong database. */
  readonly require?: (db: Kysely<T>) => Promise<void>;
  /** Done under the lock of the migration, each time. */
  readonly prepare?: (db: Kysely<T>) => Promise<void>;
}

/**
 * Opens a database of a PostgreSQL server, waiting up to 20 s for one that starts, and brings its tables up to date.
 * @throws PlatformError('store-unavailable') when it can't be reached or is of a newer version
 */
export async function openPostgres<T>(store: PostgresStore<T>): Promise<Kysely<T>> {
  const { url, migrations, usableFrom, require, prepare } = store;
  const kysely = new Kysely<T>({ dialect: new NodePostgresDialect(url, { writeMs: MIGRATE_MS }) });
  try {
    await reached(kysely);
    await kysely.connection().execute(async (db) => {
      await sql`select pg_advisory_lock(${sql.raw(MIGRATE_LOCK)})`.execute(db);
      await require?.(db);
      await requireRestored(db, url);
      if (await hasMore(db, migrations)) await endBackups(db);
      await bringUpToDate(db, migrations, usableFrom);
      await prepare?.(db);
      await sql`select pg_advisory_unlock(${sql.raw(MIGRATE_LOCK)})`.execute(db);
    });
  } catch (error) {
    throw translate(error);
  } finally {
    await kysely.destroy();
  }
  return new Kysely<T>({ dialect: new NodePostgresDialect(url) });
}

async function reached<T>(db: Kysely<T>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { rows } = await sql<{ server_version_num: string }>`show server_version_num`.execute(db);
      if (Number(rows[0]?.server_version_num) >= OLDEST_VERSION) return;
      throw new PlatformError('store-unavailable', {}, false, new Error('the PostgreSQL server is older than version 15'));
    } catch (error) {
      const known = translate(error);
      if (tries === TRIES_MAX || !(known instanceof PlatformError) || !known.retryable) throw known;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}
