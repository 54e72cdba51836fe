import type { HistoryExportReason } from '@vigil/contracts';
import type { Span } from '../access/visible-time.js';
import { type Cell, csvOf } from '../http/csv.js';
import { columnsOf } from './export-columns.js';
import type { PlacedPart } from './export-rows.js';

/** Whose the values of a stay are: two identifiers and no name, which a lost file would tell everybody. */
export interface ExportedStay {
  readonly encounterId: string;
  /** Null where nobody has to know whose they are, and of a patient whose record was erased; `unreadable`: the record was tampered with. */
  readonly patient: { readonly mrn: string; readonly birthDate: string } | 'unreadable' | null;
  /** For files of which nobody may be recognised: whole years at its beginning, `90+` from 90 on; null: not known. */
  readonly ageYears: string | null;
}

export interface About {
  /** Bed or stay, as it was asked for. */
  readonly of: { readonly kind: 'bed' | 'encounter'; readonly id: string };
  readonly range: Span;
  readonly parts: readonly PlacedPart[];
  readonly everyMs: number;
  /** In the order in which the rows number them, from 1. */
  readonly stays: readonly ExportedStay[];
  readonly reason: HistoryExportReason;
  /** Who takes it out, and when (wall time). */
  readonly by: string;
  readonly madeAtMs: number;
  readonly isDeidentified: boolean;
}

export type Said = readonly (readonly Cell[])[];

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Lines of CSV (RFC 4180, UTF-8, times by ISO 8601 in UTC): whose it is, who took it out and how it is to be read, each after a `#`;
 * then the rows. The last line says how many there were: a file without it was cut off.
 */
export async function* csvExport(about: About, rows: AsyncIterable<Cell[][]>): AsyncGenerator<string> {
  const columns = columnsOf(about.isDeidentified);
  const times = columns.flatMap(({ type }, i) => (type === 'time' ? [i] : []));
  const head = about.isDeidentified ? deidentifiedHead(about) : headOf(about);
  yield csvOf([...head, columns.map(({ name }) => name)]);
  let lines = 0;
  for await (const some of rows) {
    lines += some.length;
    for (const row of some) for (const i of times) if (row[i] !== null) row[i] = iso(row[i] as number);
    yield csvOf(some);
  }
  yield csvOf([['# end', lines]]);
}

const rowsSaid = (everyMs: number): string =>
  everyMs === 0 ? 'every sample' : `mean of ${everyMs / 1_000} s, with the least (min) and the most (max) in it`;
const UNITS = [
  '# units',
  'UCUM as measured and stored: the column unit of each row holds whatever units a screen shows',
] as const;
const FOREWORD = ['# Vigil history', 'second display: the bedside monitor and the record of the hospital are primary'] as const;
const DICTIONARY = ['# dictionary', 'GET /api/v1/history/dictionary says what columns, metrics and words mean'] as const;

/** What a file says before its rows. */
export function headOf({ of, range, everyMs, parts, stays, reason, by, madeAtMs }: About): Said {
  const said = (each: ExportedStay): string[] => {
    const own = parts.filter((part) => part.stay?.encounterId === each.encounterId);
    const word = each.patient === null ? 'not named' : 'not readable';
    const { mrn, birthDate } =
      each.patient === null || each.patient === 'unreadable' ? { mrn: word, birthDate: word } : each.patient;
    const times = own.flatMap(({ fromMs, toMs }) => [iso(fromMs), iso(toMs)]);
    return ['encounter', each.encounterId, 'record number', mrn, 'born', birthDate, ...times];
  };
  return [
    FOREWORD,
    [`# ${of.kind}`, of.id],
    ['# from', iso(range.fromMs)],
    ['# until (not included)', iso(range.toMs)],
    ['# taken out by', by],
    ['# taken out at', iso(madeAtMs)],
    ['# reason', reason],
    ['# time zone', 'UTC: each time ends in Z'],
    UNITS,
    ['# rows', rowsSaid(everyMs)],
    DICTIONARY,
    ...stays.map((each, i) => [`# stay ${i + 1}`, ...said(each)]),
    [
      '# stay',
      stays.length === 0
        ? 'nobody was admitted to this bed'
        : 'the column says in which stay a row was measured; empty: nobody was admitted',
    ],
  ];
}

/** Nothing of who, where and when: 45 CFR 164.514(b)(2), docs/history.md. */
export function deidentifiedHead({ everyMs, stays, reason }: About): Said {
  return [
    FOREWORD,
    ['# de-identified', 'Safe Harbor, 45 CFR 164.514(b)(2): see the dictionary'],
    ['# reason', reason],
    ['# times', 'ms since the file begins: no time of a calendar'],
    UNITS,
    ['# rows', rowsSaid(everyMs)],
    DICTIONARY,
    ...stays.map(({ ageYears }, i) => [`# stay ${i + 1}`, 'age in years at its beginning here', ageYears ?? 'not known']),
  ];
}

/** Whole years, by calendar days in UTC. Pure. */
export function ageYearsOf(birthDate: string, atMs: number): string | null {
  const born = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate)?.slice(1).map(Number);
  if (born === undefined) return null;
  const [year, month, day] = born as [number, number, number];
  const at = new Date(atMs);
  const hadBirthday = at.getUTCMonth() + 1 > month || (at.getUTCMonth() + 1 === month && at.getUTCDate() >= day);
  const years = at.getUTCFullYear() - year - (hadBirthday ? 0 : 1);
  if (years < 0) return null;
  return years > AGE_YEARS_MAX ? `${AGE_YEARS_MAX + 1}+` : String(years);
}

/** Source: 45 CFR 164.514(b)(2)(i)(C): all ages over 89 are one category of 90 or older. */
const AGE_YEARS_MAX = 89;
