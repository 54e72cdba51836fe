import { PlatformError } from '@vigil/domain';
import { type Kysely, sql } from 'kysely';
import type { DatabaseUrl } from './database-url.js';

/** By which the server knows the connections of a back-up and of a restore, beside those of `vigil`. */
export const BACKUP_NAME = 'vigil-backup';
const RESTORE_NAME = 'vigil-restore';

/** A table that is there while a restore is not at its end: what the others hold is half of something. */
export const RESTORE_MARK = 'vigil_restoring';

/** The same database for the restore itself, which may open it before its end. */
export function asRestore(url: DatabaseUrl): DatabaseUrl {
  return { ...url, config: { ...url.config, application_name: RESTORE_NAME } };
}

/** @throws PlatformError('store-unavailable') for everybody but the restore */
export async function requireRestored<T>(db: Kysely<T>, { config, where }: DatabaseUrl): Promise<void> {
  if (config.application_name === RESTORE_NAME) return;
  const { rows } = await sql<{ marked: boolean }>`select to_regclass(${RESTORE_MARK}) is not null as marked`.execute(db);
  if (rows[0]?.marked !== true) return;
  const says = `a restore into the database ${where} did not end: run \`vigil restore\` again, or wait until it has ended`;
  throw new PlatformError('store-unavailable', {}, false, new Error(says));
}

/**
 * A back-up holds its tables as they are until its end, and a change of a table would wait for that with everybody behind it. The back-up
 * is made again when the next one is due.
 */
export async function endBackups<T>(db: Kysely<T>): Promise<void> {
  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and application_name = ${BACKUP_NAME} and usename = current_user`.execute(db);
}
