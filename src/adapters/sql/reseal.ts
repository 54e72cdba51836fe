import { type Keyring, SealError } from '@vigil/sealed-records';
import { sql as raw } from 'kysely';
import type { SqlDataKeys } from './data-keys.js';
import { errorOf, type Fields } from './fields.js';
import { writeChanges } from './seal-old.js';
import { type RowOf, SEALED_TABLES, type SealedColumns, type TableName } from './sealed-columns.js';
import type { Sql } from './sql.js';

/** Rows that one step looks at: a few ms of work, so that requests come in between. */
const BATCH = 100;
const META_NAME = 'resealed';

export interface ResealParts {
  readonly sql: Sql;
  readonly fields: Fields;
  readonly keyring: Keyring;
  readonly dataKeys: SqlDataKeys;
}

type AnyRow = RowOf<TableName>;
/** By purpose: the generation of keys under which all of its rows are, or a newer one. */
type Done = Readonly<Record<string, number>>;

interface Place {
  readonly purpose: string;
  readonly generation: number;
  /** Of the tables of the purpose, which one is gone through, and the key of the last row that was looked at. */
  readonly table: number;
  readonly after: readonly string[] | null;
}

/**
 * Seals rows anew whose purpose has newer keys, in the order of their keys, some at a time. Which purposes are done is
 * kept in `meta`; a start begins again with the one that was under way, where most rows are done already.
 *
 * A row is written only while it is what was read, so whatever people change meanwhile wins: they sealed it with the
 * newest key in any case. Rows that can't be opened are left as they are, and older keys are kept: a backup needs them.
 */
export class Resealer {
  private at: Place | null = null;

  constructor(private readonly parts: ResealParts) {}

  /** One batch. @returns whether there is more. @throws PlatformError('keys-unavailable'): the same batch comes again */
  async step(): Promise<boolean> {
    this.at ??= await this.nextPurpose();
    if (this.at === null) return false;
    const { purpose, generation, table, after } = this.at;
    const of = tablesOf(purpose)[table];
    if (of === undefined) {
      await this.finish(purpose, generation);
      this.at = null;
      return true;
    }
    const rows = await this.rowsAfter(of, after);
    await this.reseal(of, rows);
    const last = rows.length < BATCH ? undefined : rows.at(-1);
    this.at =
      last === undefined ? { purpose, generation, table: table + 1, after: null } : { ...this.at, after: keyOf(of, last) };
    return true;
  }

  /** Rows that wait. */
  async left(): Promise<number> {
    let left = 0;
    for (const purpose of await this.stalePurposes()) {
      const at = this.at?.purpose === purpose ? this.at : null;
      for (const [i, of] of tablesOf(purpose).entries()) {
        if (at !== null && i < at.table) continue;
        left += await this.countAfter(of, at !== null && i === at.table ? at.after : null);
      }
    }
    return left;
  }

  private async nextPurpose(): Promise<Place | null> {
    const purpose = (await this.stalePurposes())[0];
    if (purpose === undefined) return null;
    return { purpose, generation: await this.parts.dataKeys.generation(purpose), table: 0, after: null };
  }

  /** Purposes that were rotated since all of their rows were gone through. */
  private async stalePurposes(): Promise<readonly string[]> {
    const done = await this.done();
    const stale: string[] = [];
    for (const purpose of new Set(SEALED_TABLES.map((of) => of.purpose))) {
      if ((await this.parts.dataKeys.generation(purpose)) > (done[purpose] ?? 1)) stale.push(purpose);
    }
    return stale;
  }

  private async done(): Promise<Done> {
    const row = await this.parts.sql.query((db) =>
      db.selectFrom('meta').select('content').where('name', '=', META_NAME).executeTakeFirst(),
    );
    return row === undefined ? {} : (JSON.parse(row.content) as Done);
  }

  private async finish(purpose: string, generation: number): Promise<void> {
    const content = JSON.stringify({ ...(await this.done()), [purpose]: generation });
    await this.parts.sql.query((db) =>
      db
        .insertInto('meta')
        .values({ name: META_NAME, content })
        .onConflict((c) => c.column('name').doUpdateSet({ content }))
        .execute(),
    );
  }

  private async reseal(of: SealedColumns, rows: readonly AnyRow[]): Promise<void> {
    const { fields, sql } = this.parts;
    const stale: AnyRow[] = [];
    for (const row of rows) if (await this.isStale(of, row)) stale.push(row);
    const opened = await fields.openRows(of, stale);
    if (opened.some(({ unreadable }) => unreadable === 'away')) throw errorOf('away');
    const readable = opened.flatMap(({ row }, i) => (row === null ? [] : [{ before: stale[i]!, row }]));
    const sealed = await fields.sealRows(
      of,
      readable.map(({ row }) => row),
    );
    const changes = readable.map(({ before }, i) => ({ before: { ...before }, after: { ...sealed[i]! } }));
    await writeChanges(sql, of, changes);
  }

  private async isStale(of: SealedColumns, row: AnyRow): Promise<boolean> {
    for (const column of of.columns) {
      const text = (row as Readonly<Record<string, unknown>>)[column];
      if (typeof text !== 'string' || text === '') continue;
      try {
        if (await this.parts.keyring.isStale(text)) return true;
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
      }
    }
    return false;
  }

  private rowsAfter(of: SealedColumns, after: readonly string[] | null): Promise<AnyRow[]> {
    return this.parts.sql.query((db) => {
      let query = db.selectFrom(of.table).selectAll();
      for (const column of of.key) query = query.orderBy(raw.ref(column));
      if (after !== null) query = query.where(beyond(of, after));
      return query.limit(BATCH).execute() as Promise<AnyRow[]>;
    });
  }

  private async countAfter(of: SealedColumns, after: readonly string[] | null): Promise<number> {
    const { n } = await this.parts.sql.query((db) => {
      const query = db.selectFrom(of.table).select((eb) => eb.fn.countAll<number>().as('n'));
      return (after === null ? query : query.where(beyond(of, after))).executeTakeFirstOrThrow();
    });
    return Number(n);
  }
}

function tablesOf(purpose: string): readonly SealedColumns[] {
  return SEALED_TABLES.filter((of) => of.purpose === purpose);
}

function keyOf(of: SealedColumns, row: AnyRow): readonly string[] {
  return of.key.map((column) => String((row as Readonly<Record<string, unknown>>)[column]));
}

/** Rows whose key comes after `after`; row values compare part by part in SQLite and PostgreSQL alike. */
function beyond(of: SealedColumns, after: readonly string[]) {
  return raw<boolean>`(${raw.join(of.key.map((column) => raw.ref(column)))}) > (${raw.join(after)})`;
}
