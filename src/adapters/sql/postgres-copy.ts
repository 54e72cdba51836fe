import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { DatabaseUrl } from './database-url.js';
import { GUARDS_THERE, type TriggerRow, wrongGuards } from './postgres-guards.js';
import { driverError } from './postgres-errors.js';

const ROWS_A_TIME = 2_000;
const CONNECT_MS = 5_000;
const FILE_MODE = 0o600;

/** Tables that a command reads: those that nobody's name is in. */
const COPIED = {
  audit: ['audit', 'audit_patient', 'audit_checkpoint', 'audit_base', 'audit_state', 'audit_node', 'audit_hold'],
  rules: ['rule_set', 'rule_set_version'],
  transitions: ['alarm_transition', 'alarm_hop', 'read_position', 'meta'],
} as const;

export type CopiedTables = keyof typeof COPIED;

export interface PostgresCopy {
  /** An SQLite file, for this user only. */
  readonly file: string;
  /** Guards of the audit trail that the database lacks. */
  readonly missingGuards: readonly string[];
  /** Removes the file. */
  end(): void;
}

/**
 * Copies tables of a PostgreSQL database, as they are at one moment, into a file for those commands that read a database file and nothing
 * else. The database is only read.
 * @throws Error with one line, where it can't be reached or is none of Vigil
 */
export async function copyOf(url: DatabaseUrl, tables: CopiedTables): Promise<PostgresCopy> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-copy-'));
  const end = (): void => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'vigil.db');
  try {
    const guards = await copyInto(file, url, COPIED[tables]);
    return { file, missingGuards: tables === 'audit' ? guards : [], end };
  } catch (error) {
    end();
    throw new Error(`the database ${url.where} can't be read: ${(driverError(error) as Error).message}`, { cause: error });
  }
}

/** The same into a new file. Answers the guards that are not as they should be. */
export async function copyInto(file: string, url: DatabaseUrl, tables: readonly string[]): Promise<readonly string[]> {
  const client = new pg.Client({ ...url.config, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  const db = new DatabaseSync(file);
  try {
    chmodSync(file, FILE_MODE);
    await client.connect();
    await client.query('start transaction isolation level repeatable read read only');
    for (const table of tables) await copyTable(client, db, table);
    return wrongGuards((await client.query<TriggerRow>(GUARDS_THERE)).rows);
  } finally {
    db.close();
    await client.end().catch(() => undefined);
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly is_key: boolean;
}

async function copyTable(client: pg.Client, db: DatabaseSync, table: string): Promise<void> {
  const { rows: columns } = await client.query<Column>(
    `select a.attname as name, format_type(a.atttypid, null) as type, coalesce(a.attnum = any(i.indkey), false) as is_key
     from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  if (columns.length === 0) throw new Error(`it has no table ${table}; start Vigil with it once`);
  const keys = columns.filter((column) => column.is_key).map((column) => column.name);
  const wanted = columns.map(({ name, type }) => `"${name}" ${type}`).join(', ');
  db.exec(`create table "${table}" (${wanted}, primary key (${keys.map((key) => `"${key}"`).join(', ')}))`);
  const insert = db.prepare(`insert into "${table}" values (${columns.map(() => '?').join(', ')})`);
  await client.query(`declare copied no scroll cursor for select * from "${table}"`);
  for (;;) {
    const { rows } = await client.query<(string | number | null)[]>({
      text: `fetch ${ROWS_A_TIME} from copied`,
      rowMode: 'array',
    });
    db.exec('begin');
    for (const row of rows) insert.run(...row);
    db.exec('commit');
    if (rows.length < ROWS_A_TIME) break;
  }
  await client.query('close copied');
}
