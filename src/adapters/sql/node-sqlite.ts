import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { OPENING_BUSY_TIMEOUT_MS, useWal } from '../sqlite-file/use-wal.js';

/** Prepared statements that are kept; the least recently used goes first. */
const STATEMENTS_MAX = 400;
/**
 * How long a statement waits for the lock of another process, and with it everything in this one, because SQLite waits without
 * giving the event loop back. Another platform process holds it for some 10 ms.
 */
export const BUSY_TIMEOUT_MS = 1_000;
/** The same once the file was found locked: those who queue behind would each wait as long. */
export const TROUBLED_BUSY_TIMEOUT_MS = 50;
/** The file holds names of patients: it is for the user who runs the platform. SQLite gives its side files the same mode. */
const FILE_MODE = 0o600;

/**
 * Kysely's SQLite dialect on Node's own SQLite.
 *
 * A resolved commit is on the disk (WAL with synchronous=FULL). There is one connection; Kysely's mutex lets one
 * transaction or statement use it at a time, so asynchronous transactions never interleave.
 */
export class NodeSqliteDialect extends SqliteDialect {
  /** @param secureDelete deleted rows are overwritten with zeros in the file, not only given up */
  constructor(file: string, { secureDelete = false }: { readonly secureDelete?: boolean } = {}) {
    super({
      database: () => {
        this.opened = openDatabase(file, secureDelete);
        return Promise.resolve(this.opened.database);
      },
    });
  }

  private opened: OpenedDatabase | null = null;

  /** From now on statements wait so long for a lock. Takes no turn in the queue of statements. */
  waitForLocks(timeoutMs: number): void {
    if (this.opened?.handle.isOpen === true) this.opened.handle.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/** SQLite rolls schema changes back like any others, so a migration that was cut off leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

interface OpenedDatabase {
  readonly handle: DatabaseSync;
  readonly database: SqliteDatabase;
}

function openDatabase(file: string, secureDelete: boolean): OpenedDatabase {
  closeSync(openSync(file, 'a', FILE_MODE));
  const db = new DatabaseSync(file);
  // First of all: what follows may have to wait for another process that opens the file or recovers it after a crash.
  db.exec(`PRAGMA busy_timeout = ${OPENING_BUSY_TIMEOUT_MS}`);
  useWal(db);
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA foreign_keys = ON');
  if (secureDelete) db.exec('PRAGMA secure_delete = ON');
  const statements = new StatementCache(db);
  return { handle: db, database: { close: () => db.close(), prepare: (sql) => statements.get(sql) } };
}

class StatementCache {
  private readonly bySql = new Map<string, SqliteStatement>();

  constructor(private readonly db: DatabaseSync) {}

  get(sql: string): SqliteStatement {
    const known = this.bySql.get(sql);
    if (known !== undefined) {
      this.bySql.delete(sql);
      this.bySql.set(sql, known);
      return known;
    }
    const made = wrap(this.db.prepare(beginForWriting(sql)));
    this.bySql.set(sql, made);
    if (this.bySql.size > STATEMENTS_MAX) this.bySql.delete(this.bySql.keys().next().value!);
    return made;
  }
}

/** A transaction takes the write lock at its start: another process then waits for it instead of failing half-way. */
function beginForWriting(sql: string): string {
  return sql === 'begin' ? 'begin immediate' : sql;
}

function wrap(statement: StatementSync): SqliteStatement {
  type Value = null | number | bigint | string | Uint8Array;
  return {
    reader: statement.columns().length > 0,
    all: (values) => statement.all(...(values as readonly Value[])),
    run: (values) => statement.run(...(values as readonly Value[])),
    iterate: (values) => statement.iterate(...(values as readonly Value[])),
  };
}
