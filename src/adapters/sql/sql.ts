import type { Clock } from '@vigil/clock';
import { Kysely, type Transaction } from 'kysely';
import { Breaker } from '../breaker/breaker.js';
import { refuseAuditChanges } from './audit-triggers.js';
import { refuseAuditChangesInPostgres } from './postgres-guards.js';
import { migrate } from './bring-up-to-date.js';
import { MIGRATIONS, USABLE_FROM } from './migrations/index.js';
import type { DatabaseUrl } from './database-url.js';
import { BUSY_TIMEOUT_MS, NodeSqliteDialect, TROUBLED_BUSY_TIMEOUT_MS } from './node-sqlite.js';
import { asBugOfReader } from './postgres-errors.js';
import { openPostgres } from './open-postgres.js';
import type { Tables } from './schema.js';
import { translate } from './translate.js';
import { Turns } from './turns.js';

export type Db = Kysely<Tables>;

/** One running transaction, and what is told to others once it is committed. */
export interface Tx<T = Tables> {
  readonly db: Transaction<T>;
  /** Runs `tell` after the commit, in order; never when the transaction is rolled back. It must not throw. */
  readonly afterCommit: (tell: () => void) => void;
}

/** Of what decides, tells people, or was pressed by one: before what else of this process waits for its turn. */
export const FIRST = { isFirst: true } as const;

/** One database: a file, or one of a PostgreSQL server. Driver errors come out as a retryable PlatformError('store-unavailable'). */
export class Sql<Of = Tables> {
  private readonly turns = new Turns();

  /** @param breaker left out where the file is no store that can be away for long: a command, a test */
  constructor(
    private readonly kysely: Kysely<Of>,
    readonly breaker: Breaker | null = null,
    readonly kind: 'sqlite' | 'postgres' = 'sqlite',
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
   * Commits all of `work` or nothing of it. Transactions come strictly one after another, of all processes (ADR 0076). Only this and
   * `snapshot` ask the breaker: who reads a file that is locked by another process gets an answer.
   * @param options `FIRST` or nothing
   */
  async transaction<T>(work: (tx: Tx<Of>) => Promise<T>, { isFirst = false }: { readonly isFirst?: boolean } = {}): Promise<T> {
    const after: (() => void)[] = [];
    const run = (): Promise<T> =>
      this.guarded(() => this.kysely.transaction().execute((db) => work({ db, afterCommit: (tell) => void after.push(tell) })));
    // While it is away nobody waits behind who finds out whether it is back.
    const isAway = this.breaker !== null && this.breaker.state.state !== 'closed';
    const result = await (this.kind === 'postgres' && !isAway ? this.turns.take(run, isFirst) : run());
    for (const tell of after) tell();
    return result;
  }

  /** Reads that see one state of the store. Where the database can, they hold nobody up; whatever writes in it fails. */
  snapshot<T>(read: (tx: Pick<Tx<Of>, 'db'>) => Promise<T>): Promise<T> {
    const begin = this.kysely.transaction();
    if (this.kind === 'sqlite') return this.guarded(() => begin.execute((db) => read({ db })));
    const reading = begin.setIsolationLevel('repeatable read').setAccessMode('read only');
    return this.guarded(() =>
      reading.execute((db) => read({ db }).catch((error: unknown) => Promise.reject(asBugOfReader(error) as Error))),
    );
  }

  async close(): Promise<void> {
    await this.kysely.destroy();
  }

  private guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = (): Promise<Result> => work().catch((error: unknown) => Promise.reject(translate(error) as Error));
    return this.breaker === null ? run() : this.breaker.run(run);
  }
}

export interface SqlPlace {
  /** Of SQLite; not looked at where there is a `url`. */
  readonly file: string;
  /** Of a PostgreSQL database. */
  readonly url?: DatabaseUrl | null;
  /** With it, callers are refused at once while the database can't be used (src/adapters/breaker). */
  readonly clock?: Clock;
}

/**
 * Opens the database and brings its tables up to date.
 * @throws PlatformError('store-unavailable') when it cannot be opened or is of a newer version
 */
export async function openSql({ file, url = null, clock }: SqlPlace): Promise<Sql> {
  if (url !== null) {
    const kysely = await openPostgres<Tables>({
      url,
      migrations: MIGRATIONS,
      usableFrom: USABLE_FROM,
      prepare: refuseAuditChangesInPostgres,
    });
    return new Sql(
      kysely,
      clock === undefined ? null : new Breaker({ name: 'sql', clock, code: 'store-unavailable' }),
      'postgres',
    );
  }
  const dialect = new NodeSqliteDialect(file);
  const kysely = new Kysely<Tables>({ dialect });
  await migrate(kysely, MIGRATIONS, USABLE_FROM);
  await refuseAuditChanges(kysely);
  dialect.waitForLocks(BUSY_TIMEOUT_MS);
  if (clock === undefined) return new Sql(kysely);
  const onTrouble = (isTroubled: boolean): void => {
    dialect.waitForLocks(isTroubled ? TROUBLED_BUSY_TIMEOUT_MS : BUSY_TIMEOUT_MS);
  };
  return new Sql(kysely, new Breaker({ name: 'sql', clock, code: 'store-unavailable', onTrouble }));
}
export { migrate } from './bring-up-to-date.js';
