import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CopiedTables, copyOf, type PostgresCopy } from '../adapters/sql/postgres-copy.js';
import { type DatabaseUrl, databaseUrlOf, DatabaseUrlError } from '../adapters/sql/index.js';
import { SettingsError } from '../config.js';

/** The relational store of a data folder: a PostgreSQL database where `url` says so, else the file. */
export interface DatabasePlace {
  readonly file: string;
  readonly url: DatabaseUrl | null;
}

/** @throws SettingsError with one line, which never holds the setting itself: there is a password in it */
export function databaseOf(dataDir: string, databaseUrl: string | null | undefined): DatabasePlace {
  const file = join(dataDir, 'vigil.db');
  if (databaseUrl === null || databaseUrl === undefined || databaseUrl === '') return { file, url: null };
  try {
    return { file, url: databaseUrlOf(databaseUrl) };
  } catch (error) {
    throw error instanceof DatabaseUrlError ? new SettingsError(error.message) : error;
  }
}

/** The data keys of a data folder: a PostgreSQL database of their own where `keysUrl` says so, else the file. */
export interface KeysPlace {
  readonly keysFile: string;
  readonly keysUrl: DatabaseUrl | null;
}

/** @throws SettingsError as above */
export function keysOf(dataDir: string, keysDatabaseUrl: string | null | undefined): KeysPlace {
  const keysFile = join(dataDir, 'keys.db');
  if (keysDatabaseUrl === null || keysDatabaseUrl === undefined || keysDatabaseUrl === '') return { keysFile, keysUrl: null };
  try {
    return { keysFile, keysUrl: databaseUrlOf(keysDatabaseUrl) };
  } catch (error) {
    throw error instanceof DatabaseUrlError ? new SettingsError(error.of('KEYS_DATABASE_URL').message) : error;
  }
}

/**
 * The same for a command of the terminal, which makes no database of its own.
 * @throws Error with one line that says what to do, where there is no Vigil in the folder
 */
export function knownDatabaseOf(dataDir: string, env: Readonly<Record<string, string | undefined>>): DatabasePlace {
  const place = databaseOf(dataDir, env['DATABASE_URL']);
  if (place.url === null && !existsSync(place.file)) {
    throw new Error(`no ${place.file}: start Vigil once, name its folder with --data-dir, or its database with DATABASE_URL`);
  }
  return place;
}

/** The file that a command reads, or a copy of what it needs of a PostgreSQL database; `end` removes the copy. */
export async function readableFile({ file, url }: DatabasePlace, tables: CopiedTables): Promise<PostgresCopy> {
  return url === null ? { file, missingGuards: [], end: () => undefined } : copyOf(url, tables);
}

/** What people are told of it. */
export function nameOf({ file, url }: DatabasePlace): string {
  return url === null ? file : `the database ${url.where}`;
}
