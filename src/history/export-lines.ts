import { type BedId, EXPORT_LINES_MAX, type ExportReason, type HistoryGap, type MetricName, metricRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Span } from '../access/visible-time.js';
import { csvOf } from '../http/csv.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Part } from './parts-of.js';

/** Whose the values of a stay are: two identifiers and no name, which a lost file would tell everybody. */
export interface ExportedStay {
  readonly encounterId: string;
  /** Null where nobody has to know whose they are, and of a patient whose record was erased; `unreadable`: the record was tampered with. */
  readonly patient: { readonly mrn: string; readonly birthDate: string } | 'unreadable' | null;
}

export interface Wanted {
  readonly bedId: BedId;
  readonly metrics: readonly MetricName[];
  readonly range: Span;
  readonly parts: readonly Part[];
  readonly everyMs: number;
  readonly gaps: readonly HistoryGap[];
  /** In the order in which the rows number them, from 1. */
  readonly stays: readonly ExportedStay[];
  readonly reason: ExportReason;
  /** Who takes it out, and when (wall time). */
  readonly by: string;
  readonly madeAtMs: number;
}

/** Points that are read at once. */
const PAGE = 2_000;
const COLUMNS = [
  'time',
  'until',
  'bed',
  'metric',
  'unit',
  'value',
  'min',
  'max',
  'samples',
  'quality',
  'device',
  'stay',
  'questionable',
];

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Lines of CSV (RFC 4180, UTF-8, times by ISO 8601 in UTC): whose it is, who took it out and how it is to be read, each after a `#`;
 * then what is missing, then metric by metric what was measured. A line is never left out: an export that would be longer than
 * `EXPORT_LINES_MAX` breaks off with an error, and is no complete file. The last line says how many there were: a file without it
 * was cut off.
 */
export async function* exportLines(store: Pick<ObservationStore, 'read'>, wanted: Wanted): AsyncGenerator<string> {
  const { bedId, metrics, parts, everyMs, gaps, stays } = wanted;
  yield csvOf(headOf(wanted));
  const numberAt = (ms: number): number | null =>
    numberOf(
      stays,
      parts.find((part) => ms >= part.fromMs && ms < part.toMs),
    );
  for (const { fromMs, toMs, count, reason, deviceId } of gaps)
    yield csvOf([
      [
        iso(fromMs),
        iso(toMs),
        bedId,
        null,
        null,
        null,
        null,
        null,
        count,
        `missing: ${reason}`,
        deviceId,
        numberAt(fromMs),
        null,
      ],
    ]);
  let lines = gaps.length;
  for (const metric of metrics) {
    const { unit } = metricRow(metric);
    for (const part of parts) {
      const stay = numberOf(stays, part);
      const { fromMs, toMs } = part;
      for await (const points of pages(store, { bedId, metric, fromMs, toMs, everyMs, limit: PAGE })) {
        lines += points.length;
        if (lines > EXPORT_LINES_MAX) throw new PlatformError('store-unavailable', {}, false);
        const rows = points.map(({ atMs, value, min, max, count, questionable }) => [
          iso(atMs),
          everyMs === 0 ? null : iso(Math.min(atMs + everyMs, toMs)),
          ...[bedId, metric, unit, value, min, max, count, qualityWord(count, questionable), null, stay, questionable],
        ]);
        yield csvOf(rows);
      }
    }
  }
  yield csvOf([['# end', lines]]);
}

/** Of a mean of both: `mixed`, and the last column says how many are doubted. */
function qualityWord(count: number, questionable: number): string {
  if (questionable === 0) return 'valid';
  return questionable === count ? 'questionable' : 'mixed';
}

function numberOf(stays: readonly ExportedStay[], part: Part | undefined): number | null {
  const i = stays.findIndex(({ encounterId }) => encounterId === part?.stay?.encounterId);
  return i === -1 ? null : i + 1;
}

type Lines = Parameters<typeof csvOf>[0];

function headOf({ bedId, range, everyMs, parts, stays, reason, by, madeAtMs }: Wanted): Lines {
  const of = (each: ExportedStay): string[] => {
    const own = parts.filter((part) => part.stay?.encounterId === each.encounterId);
    const word = each.patient === null ? 'not named' : 'not readable';
    const { mrn, birthDate } =
      each.patient === null || each.patient === 'unreadable' ? { mrn: word, birthDate: word } : each.patient;
    return [
      'encounter',
      each.encounterId,
      'record number',
      mrn,
      'born',
      birthDate,
      ...own.flatMap(({ fromMs, toMs }) => [iso(fromMs), iso(toMs)]),
    ];
  };
  const everyS = everyMs / 1_000;
  return [
    ['# Vigil history', 'second display: the bedside monitor and the record of the hospital are primary'],
    ['# bed', bedId],
    ['# from', iso(range.fromMs)],
    ['# until (not included)', iso(range.toMs)],
    ['# taken out by', by],
    ['# taken out at', iso(madeAtMs)],
    ['# reason', reason],
    ['# time zone', 'UTC: each time ends in Z'],
    ['# units', 'UCUM as measured and stored: the column unit of each row holds whatever units a screen shows'],
    ['# rows', everyMs === 0 ? 'every sample' : `mean of ${everyS} s, with the least (min) and the most (max) in it`],
    ...stays.map((each, i) => [`# stay ${i + 1}`, ...of(each)]),
    [
      '# stay',
      stays.length === 0
        ? 'nobody was admitted to this bed'
        : 'the column says in which stay a row was measured; empty: nobody was admitted',
    ],
    COLUMNS,
  ];
}

/**
 * Buckets begin at the start of their span, so a page begins where a bucket does. Several devices may have measured in one ms: of the
 * last ms of a full page there may be more, so the next page begins with it.
 */
async function* pages(
  store: Pick<ObservationStore, 'read'>,
  range: Parameters<ObservationStore['read']>[0],
): AsyncGenerator<Awaited<ReturnType<ObservationStore['read']>>> {
  let { fromMs } = range;
  for (;;) {
    const points = await store.read({ ...range, fromMs });
    const last = points.at(-1);
    if (last === undefined || points.length < range.limit) {
      if (last !== undefined) yield points;
      return;
    }
    const whole = range.everyMs === 0 ? points.filter(({ atMs }) => atMs < last.atMs) : points;
    const isPut = range.everyMs === 0 && whole.length > 0;
    yield isPut ? whole : points;
    fromMs = isPut ? last.atMs : last.atMs + Math.max(1, range.everyMs);
  }
}
