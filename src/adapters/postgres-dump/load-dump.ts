import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { BackupError } from '../../backup/backup-error.js';
import type { DumpFacts } from '../../backup/databases.js';
import type { DatabaseUrl } from '../sql/database-url.js';
import { driverError } from '../sql/postgres-errors.js';
import { RESTORE_MARK } from '../sql/restore-mark.js';
import { DUMP_FOLDER } from './postgres-databases.js';
import { findProgram, runProgram } from './programs.js';

const CONNECT_MS = 5_000;

/** Whatever somebody has made in the database; not what extensions of the server keep there. */
const MADE = `
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%' and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by c.relname`;

/** Of what a restore made: tables take their indexes and triggers along, and functions stay. */
const DROPPED = `do $$ declare each record; begin
  for each in select tablename as name from pg_tables where schemaname = current_schema() loop
    execute format('drop table %I cascade', each.name); end loop;
  for each in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = current_schema()::regnamespace
    and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
    execute format('drop function %s', each.name); end loop;
  end $$`;

/**
 * The database that a back-up goes into: one with nothing in it, or with what a restore left that was cut off, which goes.
 *
 * @throws BackupError `target`; `not-supported` where no program here fits the server
 */
export async function prepareDatabase(url: DatabaseUrl, { major, schema }: DumpFacts): Promise<void> {
  await on(url, async (client) => {
    const { rows: said } = await client.query<{ version: string; place: string | null }>(
      "select current_setting('server_version_num') as version, current_schema() as place",
    );
    const { version, place } = said[0]!;
    const serverMajor = Math.floor(Number(version) / 10_000);
    if (serverMajor < major) {
      throw new BackupError(
        'target',
        `the database ${url.where} is PostgreSQL ${serverMajor}, and the back-up is for ${major} or newer: restore it into such a server`,
      );
    }
    if (place !== schema) {
      throw new BackupError(
        'target',
        `tables of the back-up are in the schema ${schema}, and those of this user of ${url.where} would be in ${place ?? 'none'}: see its search_path`,
      );
    }
    findProgram('pg_restore', major);
    const { rows } = await client.query<{ name: string }>(MADE);
    if (rows.some(({ name }) => name === RESTORE_MARK)) await client.query(DROPPED);
    else if (rows.length > 0)
      throw new BackupError(
        'target',
        `the database ${url.where} is not empty (${rows[0]!.name}): a restore takes an empty one, and overwrites nothing`,
      );
    await client.query(`create table ${RESTORE_MARK} (since timestamptz not null default now())`);
  });
}

/** Puts the dump of a restored folder into the prepared database, whole or not at all, and removes it from the folder. @throws BackupError */
export async function loadPostgres(url: DatabaseUrl, folder: string, { major, schema }: DumpFacts): Promise<void> {
  const dump = join(folder, DUMP_FOLDER);
  const args = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', '--no-password'];
  const program = findProgram('pg_restore', major);
  await runProgram(
    program,
    [...args, '--format=directory', `--schema=${schema}`, `--dbname=${url.libpq['PGDATABASE']}`, dump],
    url,
    dirname(dump),
  );
  rmSync(dump, { recursive: true });
  rmSync(join(folder, 'authorities.pem'), { force: true });
}

/** Writes every table anew, so that nothing is left in it of rows that were changed. */
export function rewriteTables(url: DatabaseUrl): Promise<void> {
  return on(url, async (client) => void (await client.query('vacuum full')));
}

/** Empties what `prepareDatabase` had found empty. */
export function emptyDatabase(url: DatabaseUrl): Promise<void> {
  return on(url, async (client) => void (await client.query(DROPPED)));
}

/** From now on the platform may start. */
export function endRestore(url: DatabaseUrl): Promise<void> {
  return on(url, async (client) => void (await client.query(`drop table ${RESTORE_MARK}`)));
}

async function on(url: DatabaseUrl, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...url.config, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query("set statement_timeout = 0; set client_min_messages = 'warning'");
    await work(client);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError('target', `the database ${url.where}: ${(driverError(error) as Error).message}`, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
