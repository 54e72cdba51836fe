import type { DatabaseUrl } from '../adapters/sql/database-url.js';
import { asRestore } from '../adapters/sql/restore-mark.js';
import { emptyDatabase, endRestore, prepareDatabase } from '../adapters/postgres-dump/load-dump.js';
import { BackupError } from '../backup/backup-error.js';
import type { OpenedBackup } from '../backup/open-backup.js';
import type { CommandParts } from './backup-command.js';
import { databaseOf } from './database.js';

/**
 * The database that a back-up goes into beside the folder; null for one that holds a file, which is of the folder, whatever this machine has
 * beside it.
 *
 * @throws BackupError `target` where there has to be one and none is named
 */
export function databaseFor(
  { run, header }: OpenedBackup,
  into: string,
  { env, out }: Omit<CommandParts, 'dataDir'>,
): DatabaseUrl | null {
  const { url } = databaseOf(into, env['DATABASE_URL']);
  if (run.dump !== null) {
    if (url !== null) return asRestore(url);
    throw new BackupError(
      'target',
      `${header.runId} is of a PostgreSQL database: make an empty one, and give its URL in DATABASE_URL (docs/backup.md, "PostgreSQL")`,
    );
  }
  if (url !== null)
    out(`NOTE      this back-up holds its database as a file; DATABASE_URL is not written to. Start Vigil there without it`);
  return null;
}

/**
 * Restores folder and database together: while it goes on nobody starts with either, and what fails leaves both empty.
 * @throws BackupError, and whatever `restore` throws
 */
export async function withDatabase(
  url: DatabaseUrl,
  { run }: Pick<OpenedBackup, 'run'>,
  restore: () => Promise<void>,
): Promise<void> {
  await prepareDatabase(url, run.dump!);
  try {
    await restore();
  } catch (error) {
    // Else the next attempt does it: the mark is still there.
    await emptyDatabase(url).catch(() => undefined);
    throw error;
  }
  await endRestore(url);
}
