import pg from 'pg';
import type { DatabaseUrl } from './database-url.js';
import { driverError } from './postgres-errors.js';

const CONNECT_MS = 5_000;
/** A connection that was closed is gone from the server's list a moment later. */
const LOOKS_MAX = 5;
const OTHERS = `
  select count(*) as n from pg_stat_activity
  where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`;

/**
 * True while a process of Vigil has a connection to this database: each names itself so.
 * @throws Error with one line, where it can't be reached
 */
export function isPostgresInUse(url: DatabaseUrl): Promise<boolean> {
  return asked(url, async (client) => {
    for (let looks = 1; ; looks += 1) {
      const { rows } = await client.query<{ n: string }>(OTHERS, [url.config.application_name]);
      if (Number(rows[0]!.n) === 0) return false;
      if (looks === LOOKS_MAX) return true;
      await client.query('select pg_sleep(0.2)');
    }
  });
}

export interface PostgresState {
  /** As the server says it, e.g. `15.18`. */
  readonly version: string;
  readonly isStandby: boolean;
  /** Settings that are off and without which a loss of power loses commits. */
  readonly forgets: readonly string[];
}

/** @throws Error with one line, where it can't be reached */
export function askPostgres(url: DatabaseUrl): Promise<PostgresState> {
  return asked(url, async (client) => {
    const { rows } = await client.query<{ version: string; standby: boolean; fsync: string; pages: string }>(
      `select current_setting('server_version') as version, pg_is_in_recovery() as standby,
         current_setting('fsync') as fsync, current_setting('full_page_writes') as pages`,
    );
    const { version, standby, fsync, pages } = rows[0]!;
    const off = [fsync === 'off' ? ['fsync'] : [], pages === 'off' ? ['full_page_writes'] : []].flat();
    return { version: version.split(' ')[0]!, isStandby: standby, forgets: off };
  });
}

async function asked<T>(url: DatabaseUrl, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...url.config, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } catch (error) {
    throw new Error(`the database ${url.where} can't be asked: ${(driverError(error) as Error).message}`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}
