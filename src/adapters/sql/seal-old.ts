import { PlatformError } from '@vigil/domain';
import { sql as raw } from 'kysely';
import type { Fields } from './fields.js';
import { personIndexes } from './person-index.js';
import { SEALED, SEALED_TABLES, type RowOf, type SealedColumns, type TableName } from './sealed-columns.js';
import type { Sql } from './sql.js';

const BATCH = 200;
/** What every sealed value begins with (packages/sealed-records, field-format.ts). */
const SEALED_LIKE = 'vsf.%';
const META_NAME = 'sealed-columns';
/** Noted before the first row is sealed: whoever is cut off then knows at the next start that clear text is in the file. */
const UNDER_WAY = 'under way';

/** How far a start is with sealing what an older version left in clear. */
export type OnSealing = (table: string, rows: number) => void;

/**
 * Seals what an older version wrote in clear, and takes the clear text out of the file: its free pages and its
 * write-ahead log. A start that is cut off goes on where it was; a folder that is done is known by a note in `meta`.
 *
 * Not covered: blocks that the file system gave back, and copies that were made before.
 */
export async function sealOldRows(sql: Sql, fields: Fields, onSealing: OnSealing = () => undefined): Promise<void> {
  const wanted = SEALED_TABLES.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)).join(' ');
  const done = await doneOf(sql);
  if (done === wanted) return;
  let isUnderWay = done === UNDER_WAY;
  const begin = async (): Promise<void> => {
    if (!isUnderWay) await setDone(sql, UNDER_WAY);
    isUnderWay = true;
  };
  for (const of of SEALED_TABLES) await sealTable(sql, fields, of, begin, onSealing);
  if (isUnderWay) await forgetClearText(sql);
  await setDone(sql, wanted);
}

async function setDone(sql: Sql, content: string): Promise<void> {
  await sql.query((db) =>
    db
      .insertInto('meta')
      .values({ name: META_NAME, content })
      .onConflict((c) => c.column('name').doUpdateSet({ content }))
      .execute(),
  );
}

async function doneOf(sql: Sql): Promise<string | undefined> {
  const row = await sql.query((db) => db.selectFrom('meta').select('content').where('name', '=', META_NAME).executeTakeFirst());
  return row?.content;
}

async function sealTable(
  sql: Sql,
  fields: Fields,
  of: SealedColumns,
  begin: () => Promise<void>,
  onSealing: OnSealing,
): Promise<void> {
  let done = 0;
  for (;;) {
    const rows = await clearRows(sql, of);
    if (rows.length === 0) return;
    await begin();
    const sealed = await fields.sealRows(
      of,
      rows.map((row) => clearColumnsOnly(of, row)),
    );
    const changes: Change[] = [];
    for (const [i, row] of rows.entries()) {
      const after = { ...row, ...pick(sealed[i]!, clearColumns(of, row)), ...(await indexesOf(of, fields, row)) };
      changes.push({ before: row, after });
    }
    await writeChanges(sql, of, changes);
    done += rows.length;
    onSealing(of.table, done);
  }
}

type Row = Readonly<Record<string, unknown>>;
export interface Change {
  readonly before: Row;
  readonly after: Row;
}

async function clearRows(sql: Sql, of: SealedColumns): Promise<RowOf<TableName>[]> {
  const rows = await sql.query((db) =>
    db
      .selectFrom(of.table)
      .selectAll()
      .where((eb) =>
        eb.or(
          of.columns.map((column) =>
            eb.and([
              eb(raw.ref(column), 'is not', null),
              eb(raw.ref(column), '<>', ''),
              eb(raw.ref(column), 'not like', SEALED_LIKE),
            ]),
          ),
        ),
      )
      .limit(BATCH)
      .execute(),
  );
  return rows as RowOf<TableName>[];
}

/**
 * Writes rows whose sealed columns still are what they were read as: a change that came between wins.
 * @returns how many were written
 */
export async function writeChanges(sql: Sql, of: SealedColumns, changes: readonly Change[]): Promise<number> {
  return sql.transaction(async ({ db }) => {
    let written = 0;
    for (const { before, after } of changes) {
      const changed = Object.fromEntries(Object.entries(after).filter(([column, value]) => value !== before[column]));
      if (Object.keys(changed).length === 0) continue;
      const { numUpdatedRows } = await db
        .updateTable(of.table)
        .set(changed as never)
        .where((eb) =>
          eb.and([...of.key, ...of.columns].map((column) => eb(raw.ref(column), 'is not distinct from', before[column]))),
        )
        .executeTakeFirst();
      written += Number(numUpdatedRows);
    }
    return written;
  });
}

function clearColumns(of: SealedColumns, row: Row): readonly string[] {
  return of.columns.filter((column) => !String(row[column] ?? '').startsWith(SEALED_LIKE.slice(0, -1)));
}

/** What is sealed already is left out, so that no budget of a key is spent on it. */
function clearColumnsOnly(of: SealedColumns, row: RowOf<TableName>): RowOf<TableName> {
  const clear = new Set(clearColumns(of, row as Row));
  const emptied = of.columns.filter((column) => !clear.has(column)).map((column) => [column, '']);
  return { ...row, ...Object.fromEntries(emptied) } as RowOf<TableName>;
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

async function indexesOf(of: SealedColumns, fields: Fields, row: Row): Promise<Row> {
  if (of.table !== SEALED.patient.table) return {};
  const { mrn, family_name, birth_date } = row as RowOf<'patient'>;
  return { ...(await personIndexes(fields, { mrn, familyName: family_name, birthDate: birth_date })) };
}

/** SQLite keeps what was overwritten in free pages and in the log until it is told otherwise. */
async function forgetClearText(sql: Sql): Promise<void> {
  await sql.query((db) => raw`vacuum`.execute(db));
  const { rows } = await sql.query((db) => raw<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db));
  // Somebody reads the file: the log keeps the clear text, so the next start has to do this again.
  if (rows[0]?.busy !== 0) throw new PlatformError('store-unavailable', {}, true);
}
