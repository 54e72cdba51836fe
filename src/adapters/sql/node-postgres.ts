import {
  CompiledQuery,
  type Driver,
  PostgresDialect,
  type PostgresPool,
  PostgresQueryCompiler,
  type QueryCompiler,
} from 'kysely';
import pg from 'pg';
import type { DatabaseUrl } from './database-url.js';
import { ConnectionLost, driverError, isLost, notConnected, onlyReads } from './postgres-errors.js';

/** Connections of one process. One at a time runs a transaction that writes (turns.ts); the others read. */
const CONNECTIONS_MAX = 8;
/** How long a caller waits for a connection, a new one included. */
const CONNECT_MS = 3_000;
/** A statement by itself, or a snapshot's: a report over months takes seconds. */
const READ_MS = 30_000;
/** A statement of a transaction that writes, and its wait for the turn: everybody who writes waits behind it. */
const WRITE_MS = 5_000;
/** A transaction whose process says nothing any more keeps all others from writing: the server ends it. */
const SILENT_MS = 5_000;
/** A silent network is found so long after the server's own patience. */
const NETWORK_MS = 2_000;
const IDLE_MS = 60_000;
/** No connection is older, so that all find their way to a server that took over. */
const LIFETIME_S = 1_800;

/** Of the advisory lock under which everything is written: "vigil" in ASCII. It is of one database. */
const TURN_LOCK = '508574525804';

export interface PostgresPatience {
  /** How long a statement of a transaction may take. Left out: `WRITE_MS`. */
  readonly writeMs?: number;
}

/**
 * Kysely's PostgreSQL dialect on `pg`, with the meaning that the code knows from SQLite (ADR 0076).
 *
 * Whatever writes takes its turn: it holds one lock of the database from its first statement to the end of its commit, so that it sees
 * everything that was committed before and nobody else's half. A resolved commit is on the server's disk. Values come as from SQLite:
 * whole numbers of 64 bits and sums are numbers, a moment between two milliseconds may be compared with whole ones, text is ordered by its
 * bytes. No error quotes a value.
 */
export class NodePostgresDialect extends PostgresDialect {
  private readonly writeMs: number;

  constructor(url: DatabaseUrl, { writeMs = WRITE_MS }: PostgresPatience = {}) {
    super({ pool: () => Promise.resolve(openPool(url, writeMs)) });
    this.writeMs = writeMs;
  }

  /** Its transactions take their turn, but for those that only read. */
  override createDriver(): Driver {
    const driver = super.createDriver();
    const begin = driver.beginTransaction.bind(driver);
    driver.beginTransaction = async (connection, settings) => {
      if (settings.accessMode === 'read only') return begin(connection, settings);
      try {
        await connection.executeQuery(CompiledQuery.raw(beginInTurn(this.writeMs)));
      } catch (error) {
        // It has begun, and its turn did not come: the next one must not find it open.
        await driver.rollbackTransaction(connection).catch(() => undefined);
        throw error;
      }
    };
    return driver;
  }

  override createQueryCompiler(): QueryCompiler {
    return new ExactCompiler();
  }
}

/** One round trip. Each statement behind it has a snapshot of its own, so that it sees what was committed before the turn came. */
function beginInTurn(writeMs: number): string {
  return `begin; set local statement_timeout = ${writeMs}; set local synchronous_commit = on; select pg_advisory_xact_lock(${TURN_LOCK})`;
}

class ExactCompiler extends PostgresQueryCompiler {
  /** SQLite compares 12.5 with whole numbers as it is; PostgreSQL would refuse it as no bigint. */
  protected override appendValue(parameter: unknown): void {
    const isBetween = typeof parameter === 'number' && !Number.isInteger(parameter);
    if (isBetween) this.append('cast(');
    super.appendValue(parameter);
    if (isBetween) this.append(' as double precision)');
  }

  /** Ids are compared and paged by their bytes, whatever language the database was made for. */
  protected override visitDataType(node: Parameters<PostgresQueryCompiler['visitDataType']>[0]): void {
    super.visitDataType(node);
    if (node.dataType === 'text' && this.parentNode?.kind === 'ColumnDefinitionNode') this.append(' collate "C"');
  }
}

/** The pool that Kysely sees. A connection that was lost, or answers no more, is not given to the next one. */
function openPool({ config }: DatabaseUrl, writeMs: number): PostgresPool {
  const pool = new pg.Pool({
    ...config,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_S,
    statement_timeout: READ_MS,
    idle_in_transaction_session_timeout: SILENT_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  });
  // Whoever uses a connection hears of its end by the statement; without these a server that goes away would end this process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const known = new WeakMap<pg.PoolClient, PooledClient>();
  const connect = async (): Promise<PooledClient> => {
    const client = await pool.connect().catch((error: unknown) => Promise.reject(notConnected(error) as Error));
    const seen = known.get(client) ?? new PooledClient(client, writeMs);
    known.set(client, seen);
    return seen;
  };
  return { connect, end: () => pool.end(), options: {} } as unknown as PostgresPool;
}

const WRITES = /^(insert|update|delete|with)\b/;

/** One connection as Kysely uses it. */
class PooledClient {
  private lost = false;
  /** It leads to a server that only reads, which may not be the one to write to any more. */
  private stale = false;
  private inTransaction = false;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly writeMs: number,
  ) {}

  get processID(): number {
    return (this.client as unknown as { processID: number }).processID;
  }

  async query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (this.inTransaction || !WRITES.test(text)) return this.send(text, values);
    try {
      await this.send(beginInTurn(this.writeMs), []);
      const result = await this.send(text, values);
      await this.send('commit', []);
      return result;
    } catch (error) {
      await this.send('rollback', []).catch(() => undefined);
      throw error;
    }
  }

  release(destroy = false): void {
    this.client.release(destroy || this.lost || this.stale);
  }

  private async send(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (this.lost) throw new ConnectionLost('the connection was lost before');
    this.inTransaction = isInTransaction(text, this.inTransaction);
    const query_timeout = (this.inTransaction ? this.writeMs : READ_MS) + NETWORK_MS;
    try {
      return await this.client.query({
        text,
        ...(values.length === 0 ? {} : { values: values.map(storable) }),
        query_timeout,
      } as pg.QueryConfig);
    } catch (thrown) {
      const error = driverError(thrown);
      this.lost ||= isLost(error);
      this.stale ||= onlyReads(error);
      throw error;
    }
  }
}

function isInTransaction(text: string, before: boolean): boolean {
  if (text.startsWith('begin') || text.startsWith('start transaction')) return true;
  return text === 'commit' || text === 'rollback' ? false : before;
}

const NUL = /\0/g;

/** PostgreSQL keeps no NUL in a text; what has one is kept with the picture of it. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replace(NUL, '\u2400') : value;
}

/** Of both formats; `pg` asks for text only. */
function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  const { INT8, NUMERIC } = pg.types.builtins;
  if (oid === INT8 || oid === NUMERIC) return Number;
  return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
}
