import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const BUSY_TIMEOUT_MS = 5_000;

/** Rows and tables of a small database, without anything that was deleted from it: pages that are free keep what stood there. */
const Dump = z.object({
  schema: z.array(z.string()),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
    }),
  ),
});
export type Dump = z.infer<typeof Dump>;
export const parseDump = (content: unknown): Dump => Dump.parse(content);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** As it is at one moment, also while others write. */
export function dump(file: string): Dump {
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = ON; BEGIN`);
    // Tables before their indexes.
    const all = db.prepare(
      "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC, rowid",
    );
    const schema = all.all() as { name: string; type: string; sql: string }[];
    const tables = schema
      .filter(({ type }) => type === 'table')
      .map(({ name }) => {
        const select = db.prepare(`SELECT * FROM ${quoted(name)}`);
        const columns = select.columns().map((column) => column.name);
        return { name, columns, rows: select.all().map((row) => columns.map((column) => row[column] as string | number | null)) };
      });
    return { schema: schema.map(({ sql }) => sql), tables };
  } finally {
    db.close();
  }
}

/** Makes the file, with mode 0600, whole and on the disk. What is deleted from it later is overwritten in it. */
export function loadDump(file: string, { schema, tables }: Dump): void {
  closeSync(openSync(file, 'wx', 0o600));
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; BEGIN');
    for (const sql of schema) db.exec(sql);
    for (const { name, columns, rows } of tables) {
      const insert = db.prepare(
        `INSERT INTO ${quoted(name)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      for (const row of rows) insert.run(...row);
    }
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
