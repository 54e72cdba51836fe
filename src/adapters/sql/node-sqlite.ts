import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

/** Prepared statements that are kept; the least recently used goes first. */
const STATEMENTS_MAX = 400;
const BUSY_TIMEOUT_MS = 5_000;
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
    super({ database: () => Promise.resolve(openDatabase(file, secureDelete)) });
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

function openDatabase(file: string, secureDelete: boolean): SqliteDatabase {
  closeSync(openSync(file, 'a', FILE_MODE));
  const db = new DatabaseSync(file);
  // First of all: what follows may have to wait for another process that opens the file or recovers it after a crash.
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA foreign_keys = ON');
  if (secureDelete) db.exec('PRAGMA secure_delete = ON');
  const statements = new StatementCache(db);
  return { close: () => db.close(), prepare: (sql) => statements.get(sql) };
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
