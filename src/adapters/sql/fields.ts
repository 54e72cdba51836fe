import { PlatformError } from '@vigil/domain';
import { type FieldPlace, type Keyring, SealError } from '@vigil/sealed-records';
import type { Unreadable } from '../../ports/directory.js';
import type { RowOf, SealedColumns, TableName } from './sealed-columns.js';

export type Opened<Row> =
  { readonly row: Row; readonly unreadable: null } | { readonly row: null; readonly unreadable: Unreadable };

/** A row whose values are not those that were sealed there. Ids only. */
export interface Refusal {
  readonly table: string;
  /** Primary key, parts joined by a slash. */
  readonly row: string;
  readonly subject: string;
}

/** Opening this many takes about 4 ms; what else the process does comes in between. */
const ROWS_AT_ONCE = 100;

/**
 * Sealed columns for the SQL stores. What is sealed is listed in sealed-columns.ts.
 *
 * Call it outside of transactions where that is possible: a key that is not in memory is fetched first, which may wait
 * for a key service. Sealing throws PlatformError('keys-unavailable') while there is no key to seal with.
 */
export class Fields {
  constructor(
    private readonly keyring: Keyring,
    /** Told of every row that is refused as tampered with. Must not throw. */
    private readonly onRefused: (refusal: Refusal) => void = () => undefined,
  ) {}

  /** The row with its sealed columns sealed. @throws PlatformError('keys-unavailable'), 'conflict' for an erased subject */
  async sealRow<T extends TableName, R extends RowOf<T>>(of: SealedColumns<T>, row: R): Promise<R> {
    return (await this.sealRows(of, [row]))[0]!;
  }

  async sealRows<T extends TableName, R extends RowOf<T>>(of: SealedColumns<T>, rows: readonly R[]): Promise<R[]> {
    const cells = cellsOf(of, rows);
    const fields = cells.map(({ at, column, text }) => ({ place: placeOf(of, rows[at]!, column), plaintext: text }));
    const sealed = await this.keyring.sealMany(fields).catch(refuseSealing);
    const out = rows.map((row) => ({ ...row }));
    cells.forEach(({ at, column }, i) => Object.assign(out[at]!, { [column]: sealed[i] }));
    return out;
  }

  /** Each row with its columns opened, or why not; in their order. One that is refused spoils no other. */
  async openRows<T extends TableName, R extends RowOf<T>>(of: SealedColumns<T>, rows: readonly R[]): Promise<Opened<R>[]> {
    const out: Opened<R>[] = [];
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      out.push(...(await this.openSome(of, rows.slice(at, at + ROWS_AT_ONCE))));
    }
    return out;
  }

  private async openSome<T extends TableName, R extends RowOf<T>>(
    of: SealedColumns<T>,
    rows: readonly R[],
  ): Promise<Opened<R>[]> {
    const cells = cellsOf(of, rows);
    const places = cells.map(({ at, column, text }) => ({ place: placeOf(of, rows[at]!, column), sealed: text }));
    const opened = await this.keyring.openMany(places);
    const out: Opened<R>[] = rows.map((row) => ({ row: { ...row }, unreadable: null }));
    cells.forEach(({ at, column }, i) => {
      const value = opened[i]!;
      const so = out[at]!;
      if (typeof value === 'string') {
        if (so.row !== null) Object.assign(so.row, { [column]: value });
        return;
      }
      const why = unreadableBy(value);
      out[at] = { row: null, unreadable: so.unreadable === 'tampered' ? 'tampered' : why };
    });
    out.forEach(({ unreadable }, at) => {
      if (unreadable === 'tampered') this.onRefused(refusalOf(of, rows[at]!));
    });
    return out;
  }

  /** @throws PlatformError('record-tampered'), 'keys-unavailable', or 'not-found' for an erased subject */
  async openRow<T extends TableName, R extends RowOf<T>>(of: SealedColumns<T>, row: R): Promise<R> {
    const [opened] = await this.openRows(of, [row]);
    return rowOrThrow(opened!);
  }

  /** The same value gives the same index; see `Keyring.blindIndex`. @throws PlatformError('keys-unavailable') */
  async blindIndex(name: string, normalisedValue: string): Promise<string> {
    return this.keyring.blindIndex(name, normalisedValue).catch(refuseSealing);
  }

  /** One value that is in no table of `SEALED`. @throws as `sealRow` */
  async seal(place: FieldPlace, text: string): Promise<string> {
    return this.keyring.seal(place, text).catch(refuseSealing);
  }

  /** @throws as `openRow` */
  async open(place: FieldPlace, sealedText: string): Promise<string> {
    return this.keyring.open(place, sealedText).catch((e: unknown) => {
      if (e instanceof SealError && unreadableBy(e) === 'tampered') this.onRefused(place);
      throw problemOf(e);
    });
  }
}

export function rowOrThrow<R>(opened: Opened<R>): R {
  if (opened.unreadable === null) return opened.row;
  throw errorOf(opened.unreadable);
}

export function errorOf(unreadable: Unreadable, cause?: unknown): PlatformError {
  if (unreadable === 'away') return new PlatformError('keys-unavailable', {}, true, cause);
  return new PlatformError(unreadable === 'erased' ? 'not-found' : 'record-tampered', {}, false, cause);
}

export function placeOf<T extends TableName>(of: SealedColumns<T>, row: RowOf<T>, column: string): FieldPlace {
  return { purpose: of.purpose, subject: of.subject(row), table: of.table, column, row: rowId(of, row) };
}

/** Ids hold no slash, so that the parts of a key can't be told two ways. */
function rowId<T extends TableName>(of: SealedColumns<T>, row: RowOf<T>): string {
  return of.key.map((column) => String((row as Record<string, unknown>)[column])).join('/');
}

function refusalOf<T extends TableName>(of: SealedColumns<T>, row: RowOf<T>): Refusal {
  return { table: of.table, row: rowId(of, row), subject: of.subject(row) };
}

interface Cell {
  readonly at: number;
  readonly column: string;
  readonly text: string;
}

function cellsOf<T extends TableName>(of: SealedColumns<T>, rows: readonly RowOf<T>[]): Cell[] {
  return rows.flatMap((row, at) =>
    of.columns.flatMap((column) => {
      const text = (row as Record<string, unknown>)[column];
      return typeof text === 'string' && text !== '' ? [{ at, column, text }] : [];
    }),
  );
}

function unreadableBy(error: SealError): Unreadable {
  switch (error.code) {
    case 'erased':
      return 'erased';
    case 'tampered':
    case 'field-malformed':
    case 'version-unknown':
      return 'tampered';
    default:
      return 'away';
  }
}

/** Nothing is added to a subject that was erased. */
function refuseSealing(error: unknown): never {
  if (error instanceof SealError && error.code === 'erased') throw new PlatformError('conflict', {}, false, error);
  throw problemOf(error);
}

/** Errors of the key store are ours already and pass. */
function problemOf(error: unknown): unknown {
  if (!(error instanceof SealError) || error.code === 'place-malformed') return error;
  return errorOf(unreadableBy(error), error);
}
