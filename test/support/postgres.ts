import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { databaseUrlOf } from '../../src/adapters/sql/database-url.js';
import { copyInto } from '../../src/adapters/sql/postgres-copy.js';
import { openSql } from '../../src/adapters/sql/index.js';
import { ROOT } from './root.js';

const SCRIPT = join(ROOT, 'scripts', 'postgres.mjs');
const START_MS = 60_000;
const NOT_HERE = 3;

export interface PostgresOptions {
  /** What is committed is on the disk; left out, it is not, which is quicker. */
  readonly fsync?: boolean;
  /** To be killed: not the one at `VIGIL_TEST_DATABASE_URL`. */
  readonly own?: boolean;
}

/**
 * A server to test against: the one at `VIGIL_TEST_DATABASE_URL`, whose user may make databases, or a throwaway one of this machine's own
 * programs. Null where there is neither, after the reason was printed; with `VIGIL_TEST_POSTGRES=required`, as in CI, that is an error.
 */
export async function postgresOfTests(options: PostgresOptions = {}): Promise<PostgresServer | null> {
  const url = process.env['VIGIL_TEST_DATABASE_URL'];
  if (url !== undefined && url !== '' && options.own !== true) return new PostgresServer(url);
  const server = await Postgres.start(options);
  if (!('missing' in server)) return server;
  if (process.env['VIGIL_TEST_POSTGRES'] === 'required') throw new Error(server.missing);
  process.stderr.write(`skipped, because ${server.missing}\n`);
  return null;
}

let databases = 0;

/** Databases of a server that is there. */
export class PostgresServer {
  private readonly made: string[] = [];
  private readonly free: string[] = [];
  private fresh: Fresh | null = null;

  /** @param adminUrl of a database that is there, with a user who may make others */
  constructor(protected readonly adminUrl: string) {}

  /** The URL of a new empty database, in a tablespace where one is named. */
  async empty(tablespace?: string): Promise<string> {
    const name = `vigil_test_${process.pid}_${(databases += 1)}`;
    await this.admin(`create database ${name}${tablespace === undefined ? '' : ` tablespace ${tablespace}`}`);
    this.made.push(name);
    const url = new URL(this.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** One with the tables of Vigil as `openSql` makes them, and nothing else in it. `giveBack` lets the next test have it. */
  async migrated(): Promise<string> {
    const used = this.free.pop();
    if (used !== undefined) {
      await emptied(used, this.fresh!);
      return used;
    }
    const url = await this.empty();
    await (await openSql({ file: '', url: databaseUrlOf(url) })).close();
    this.fresh ??= await freshRows(url);
    return url;
  }

  /** Runs a statement on a database that is not one of the tests'. */
  admin(statement: string): Promise<unknown> {
    return onPostgres(this.adminUrl, (client) => client.query(statement));
  }

  giveBack(url: string): void {
    this.free.push(url);
  }

  async stop(): Promise<void> {
    for (const name of this.made) await this.admin(`drop database if exists ${name} with (force)`);
  }
}

/** What a migration leaves in its tables, by table. */
type Fresh = ReadonlyMap<string, string>;

const TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%'";

function freshRows(url: string): Promise<Fresh> {
  return onPostgres(url, async (client) => {
    const fresh = new Map<string, string>();
    for (const { tablename } of (await client.query<{ tablename: string }>(TABLES)).rows) {
      const { rows } = await client.query<{ json: string | null }>(`select json_agg(t)::text as json from "${tablename}" as t`);
      if (rows[0]!.json !== null) fresh.set(tablename, rows[0]!.json);
    }
    return fresh;
  });
}

/** Making a database costs a second on a busy machine, emptying one some milliseconds. Guards and references are off meanwhile. */
function emptied(url: string, fresh: Fresh): Promise<void> {
  return onPostgres(url, async (client) => {
    await client.query('begin; set local session_replication_role = replica');
    await client.query(
      `do $$ declare t record; begin for t in ${TABLES} loop execute format('delete from %I', t.tablename); end loop; end $$`,
    );
    for (const [table, json] of fresh) {
      await client.query(`insert into "${table}" select * from json_populate_recordset(null::"${table}", $1)`, [json]);
    }
    await client.query('commit');
  });
}

/** A server in a folder of its own, which can be killed and started again. */
export class Postgres extends PostgresServer {
  private constructor(
    adminUrl: string,
    private readonly folder: string,
    private readonly options: PostgresOptions,
    private child: ChildProcess,
  ) {
    super(adminUrl);
  }

  static async start(options: PostgresOptions): Promise<Postgres | { readonly missing: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'vigil-pg-'));
    const run = await runServer(folder, options);
    if ('missing' in run) rmSync(folder, { recursive: true, force: true });
    return 'missing' in run ? run : new Postgres(run.url, folder, options, run.child);
  }

  /** Of its files, which belong to the user that it runs as. */
  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Ends it like a loss of power of this one process: nobody is told, nothing is tidied up. */
  async kill(): Promise<void> {
    const [pid] = readFileSync(join(this.dataFolder, 'postmaster.pid'), 'utf8').split('\n');
    const ended = once(this.child, 'close');
    process.kill(Number(pid), 'SIGKILL');
    await ended;
  }

  /** Ends it in order, as for a change of its settings or its version: whoever is connected is cut off. */
  async shutDown(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill('SIGINT');
    await ended;
  }

  /** As after another server took over: whoever is connected is cut off, and from then on this one only reads; or that is over. */
  async onlyRead(isSo: boolean): Promise<void> {
    await onPostgres(this.adminUrl, async (client) => {
      await client.query(`alter system set default_transaction_read_only = ${isSo ? 'on' : 'off'}`);
      await client.query('select pg_reload_conf()');
      if (!isSo) return;
      await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
      );
    });
  }

  /** Starts it again in its folder. What is left of a killed one ends by itself, which the new one may have to wait for. */
  async again(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const run = await runServer(this.folder, this.options).catch((error: unknown) => error as Error);
      if (!(run instanceof Error) && !('missing' in run)) {
        this.child = run.child;
        return;
      }
      if (tries === 20) throw run instanceof Error ? run : new Error(run.missing);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  override async stop(): Promise<void> {
    const ended = this.child.exitCode === null ? once(this.child, 'close') : null;
    // The end of its input ends the server and then the script.
    this.child.stdin?.end();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function runServer(
  folder: string,
  { fsync = false }: PostgresOptions,
): Promise<{ readonly child: ChildProcess; readonly url: string } | { readonly missing: string }> {
  const env = { ...process.env, FSYNC: fsync ? '1' : '0' };
  const child = spawn(process.execPath, [SCRIPT, 'serve', folder], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said = `${said}${data.toString()}`.slice(-4_000)));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const ready = once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(START_MS) });
  const first = await Promise.race([ready.then(([line]) => ({ line: line as string })), ended.then(([code]) => ({ code }))]);
  ready.catch(() => undefined);
  if ('line' in first) return { child, url: first.line.replace('ready ', '') };
  if (first.code === NOT_HERE) return { missing: said.trim() };
  throw new Error(`the PostgreSQL server did not start: ${said}`);
}

/** Runs `work` with a plain connection of its own, past everything of Vigil. */
export async function onPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseUrlOf(url).config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Everything that is stored, as text: to look for what must not be in it. */
export function everythingIn(url: string): Promise<string> {
  return onPostgres(url, async (client) => {
    const tables = await client.query<{ tablename: string }>("select tablename from pg_tables where schemaname = 'public'");
    const texts: string[] = [];
    for (const { tablename } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from "${tablename}" as t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  });
}

/** All tables as they are at one moment, as a `vigil.db` for those who read a file. */
export async function copyEverything(url: string, file: string): Promise<void> {
  rmSync(file, { force: true });
  const { rows } = await onPostgres(url, (client) => client.query<{ tablename: string }>(TABLES));
  await copyInto(
    file,
    databaseUrlOf(url),
    rows.map(({ tablename }) => tablename),
  );
}
