import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { BackupError } from '../../backup/backup-error.js';
import type { CopyFacts, Databases, KeyStoreCopy } from '../../backup/databases.js';
import { driverError } from '../sql/postgres-errors.js';
import type { DatabaseUrl } from '../sql/database-url.js';
import { BACKUP_NAME } from '../sql/restore-mark.js';
import { SqliteDatabases } from '../sqlite-copy/sqlite-databases.js';
import { findProgram, runProgram } from './programs.js';

/** Where the dump is in a copy, and in a run. */
export const DUMP_FOLDER = 'postgres';
const CONNECT_MS = 5_000;
/** A start that changes the tables has them for itself meanwhile. */
const LOCK_WAIT = '60s';
/** Not this site's store any more, where there is one beside `DATABASE_URL`: whoever was erased since would still be in it. */
const UNUSED_STORE = /^vigil\.db$/;

/**
 * A PostgreSQL database, and the SQLite files of the data folder beside it (history).
 *
 * The files are opened as they are first, then the database: what history has read of the log is never ahead of what it has noted in the
 * database. The dump is a folder with one plain file a table, so that a run finds what has not changed since the run before.
 */
export class PostgresDatabases implements Databases {
  private readonly files: SqliteDatabases;

  constructor(
    dataDir: string,
    private readonly url: DatabaseUrl,
  ) {
    this.files = new SqliteDatabases(dataDir);
  }

  async copy(paths: readonly string[], toFolder: string, took: (bytes: number) => void): Promise<CopyFacts> {
    const client = new pg.Client({ ...this.url.config, application_name: BACKUP_NAME, connectionTimeoutMillis: CONNECT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect().catch((error: unknown) => this.unreadable(error));
      const beside = paths.filter((path) => !UNUSED_STORE.test(path));
      let facts: DatabaseFacts | null = null;
      const copied = await this.files.copy(beside, toFolder, took, async () => {
        facts = await factsOf(client, this.url).catch((error: unknown) => this.unreadable(error));
        return facts.bytes;
      });
      const { snapshot, serverMajor, schemaName, schema, log, auditSeq } = facts!;
      const program = findProgram('pg_dump', serverMajor);
      const folder = join(toFolder, DUMP_FOLDER);
      const args = ['--format=directory', '--compress=0', '--no-owner', '--no-privileges', '--no-password', '--no-sync'];
      const what = [`--schema=${schemaName}`, `--snapshot=${snapshot}`, `--lock-wait-timeout=${LOCK_WAIT}`, `--file=${folder}`];
      await runProgram(program, [...args, ...what], this.url, toFolder);
      const dumped = readdirSync(folder).sort();
      const files = [...copied.files, ...dumped.map((name) => `${DUMP_FOLDER}/${name}`)];
      return { files, store: 'postgres', dump: { major: program.major, schema: schemaName }, schema, log, auditSeq };
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  keyStore(): KeyStoreCopy | null {
    return this.files.keyStore();
  }

  /** `pg_dump` has read every row of what it wrote. */
  faultOf(file: string): string | null {
    return file.endsWith('.db') ? this.files.faultOf(file) : null;
  }

  private unreadable(error: unknown): never {
    if (error instanceof BackupError) throw error;
    const { message } = driverError(error) as Error;
    throw new BackupError('target', `the database ${this.url.where} can't be read: ${message}`, error);
  }
}

interface DatabaseFacts {
  readonly snapshot: string;
  readonly serverMajor: number;
  readonly schemaName: string;
  readonly bytes: number;
  readonly schema: string;
  readonly log: string | null;
  readonly auditSeq: number;
}

/** Begins what the dump sees, and it goes on until the connection is closed. */
async function factsOf(client: pg.Client, url: DatabaseUrl): Promise<DatabaseFacts> {
  await client.query('set idle_in_transaction_session_timeout = 0; set statement_timeout = 0');
  await client.query('start transaction isolation level repeatable read read only');
  const { rows: there } = await client.query<{ is_there: boolean }>(
    "select to_regclass('kysely_migration') is not null as is_there",
  );
  if (!there[0]!.is_there)
    throw new BackupError('target', `the database ${url.where} has no tables of Vigil: start Vigil with it once`);
  const { rows } = await client.query<
    Record<'snapshot' | 'version' | 'name' | 'bytes' | 'schema' | 'log' | 'audit', string | null>
  >(
    `select pg_export_snapshot() as snapshot, current_setting('server_version_num') as version, current_schema() as name,
       pg_database_size(current_database()) as bytes, (select max(name) from kysely_migration) as schema,
       (select content from meta where name = 'event-log') as log, (select max(seq) from audit) as audit`,
  );
  const { snapshot, version, name, bytes, schema, log, audit } = rows[0]!;
  return {
    ...{ snapshot: snapshot!, serverMajor: Math.floor(Number(version) / 10_000), schemaName: name!, bytes: Number(bytes) },
    ...{ schema: schema!, log, auditSeq: Number(audit) },
  };
}
