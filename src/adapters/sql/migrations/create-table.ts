import { type CreateTableBuilder, type Kysely, PostgresAdapter } from 'kysely';

type Type = 'text' | 'integer' | 'bigint';

export interface TableShape {
  /** `text`, `integer` for flags and ranks, `bigint` for times and counters; a question mark allows null. */
  readonly columns: Readonly<Record<string, Type | `${Type}?`>>;
  readonly key: readonly string[];
  /** Foreign keys: this column names a row of `table` by its column of the same name. */
  readonly references?: Readonly<Record<string, string>>;
}

/** For the few words that SQLite and PostgreSQL do not share. */
export function isPostgres<T>(db: Kysely<T>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Creates a table in words that SQLite and PostgreSQL share. */
export async function createTable(db: Kysely<unknown>, name: string, shape: TableShape): Promise<void> {
  let table: CreateTableBuilder<string, string> = db.schema.createTable(name);
  for (const [column, type] of Object.entries(shape.columns)) {
    const optional = type.endsWith('?');
    table = table.addColumn(column, type.replace('?', '') as Type, (c) => (optional ? c : c.notNull()));
  }
  table = table.addPrimaryKeyConstraint(`${name}_pk`, [...shape.key]);
  for (const [column, target] of Object.entries(shape.references ?? {})) {
    table = table.addForeignKeyConstraint(`${name}_${column}_fk`, [column], target, [column]);
  }
  await table.execute();
}

/** An index named after its table and columns. */
export async function createIndex(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${columns.join('_')}_ix`)
    .on(table)
    .columns([...columns])
    .execute();
}
