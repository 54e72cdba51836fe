import type { Clock } from '@vigil/clock';
import { InvariantError, PlatformError } from '@vigil/domain';
import { Kysely, type Transaction } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { Breaker } from '../breaker/breaker.js';
import { refuseAuditChanges } from './audit-triggers.js';
import { MIGRATIONS } from './migrations/index.js';
import { BUSY_TIMEOUT_MS, NodeSqliteDialect, TROUBLED_BUSY_TIMEOUT_MS } from './node-sqlite.js';
import type { Tables } from './schema.js';

export type Db = Kysely<Tables>;

/** One running transaction, and what is told to others once it is committed. */
export interface Tx<T = Tables> {
  readonly db: Transaction<T>;
  /** Runs `tell` after the commit, in order; never when the transaction is rolled back. It must not throw. */
  readonly afterCommit: (tell: () => void) => void;
}

/** One database file. Driver errors come out as a retryable PlatformError('store-unavailable'). */
export class Sql<Of = Tables> {
  /** @param breaker left out where the file is no store that can be away for long: a command, a test */
  constructor(
    private readonly kysely: Kysely<Of>,
    readonly breaker: Breaker | null = null,
  ) {}

  /** Runs statements one by one, each committed by itself. */
  async query<T>(run: (db: Kysely<Of>) => Promise<T>): Promise<T> {
    try {
      return await run(this.kysely);
    } catch (error) {
      throw translate(error);
    }
  }

  /**
   * Commits all of `work` or nothing of it. Also for reads that must see one state of the store. Only this asks the breaker: who
   * reads a file that is locked by another process gets an answer.
   */
  async transaction<T>(work: (tx: Tx<Of>) => Promise<T>): Promise<T> {
    const after: (() => void)[] = [];
    const result = await this.guarded(async () => {
      try {
        return await this.kysely.transaction().execute((db) => work({ db, afterCommit: (tell) => void after.push(tell) }));
      } catch (error) {
        throw translate(error);
      }
    });
    for (const tell of after) tell();
    return result;
  }

  async close(): Promise<void> {
    await this.kysely.destroy();
  }

  private guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.breaker === null ? work() : this.breaker.run(work);
  }
}

export interface SqlFileOptions {
  readonly file: string;
  /** With it, callers are refused at once while the file can't be used (src/adapters/breaker). */
  readonly clock?: Clock;
}

/**
 * Opens the database file and brings its tables up to date.
 * @throws PlatformError('store-unavailable') when the file cannot be opened or is of a newer version
 */
export async function openSql({ file, clock }: SqlFileOptions): Promise<Sql> {
  const dialect = new NodeSqliteDialect(file);
  const kysely = new Kysely<Tables>({ dialect });
  await migrate(kysely, MIGRATIONS);
  await refuseAuditChanges(kysely);
  dialect.waitForLocks(BUSY_TIMEOUT_MS);
  if (clock === undefined) return new Sql(kysely);
  const onTrouble = (isTroubled: boolean): void => {
    dialect.waitForLocks(isTroubled ? TROUBLED_BUSY_TIMEOUT_MS : BUSY_TIMEOUT_MS);
  };
  return new Sql(kysely, new Breaker({ name: 'sql', clock, code: 'store-unavailable', onTrouble }));
}

/** @throws PlatformError('store-unavailable') after it has closed the database */
export async function migrate<T>(kysely: Kysely<T>, migrations: Record<string, Migration>): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db: kysely, provider }).migrateToLatest();
  if (error === undefined) return;
  await kysely.destroy().catch(() => undefined);
  throw new PlatformError('store-unavailable', {}, false, error);
}

/** Result codes of SQLite that are the outside world's doing: busy, locked, no memory, read-only, I/O, corrupt, full … */
const OUTAGE_CODES = new Set([5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26]);

/** Tells an outage from a bug; errors that are ours already pass as they are. */
export function translate(error: unknown): unknown {
  if (error instanceof PlatformError || error instanceof InvariantError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const outage =
    (code === 'ERR_SQLITE_ERROR' && errcode !== undefined && OUTAGE_CODES.has(errcode & 0xff)) ||
    code === 'ERR_INVALID_STATE' ||
    // On a full disk, and where the file can't be read, SQLite has rolled back by itself; what comes out is that Kysely can't.
    message?.includes('no transaction is active') === true ||
    message?.includes('driver has already been destroyed') === true;
  return outage ? new PlatformError('store-unavailable', {}, true, error) : error;
}
