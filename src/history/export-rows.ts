import { type BedId, type HistoryGap, type MetricName, metricRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { Cell } from '../http/csv.js';
import type { ObservationStore } from '../ports/observation-store.js';
import { type Column, columnsOf } from './export-columns.js';
import type { Part } from './parts-of.js';

/** A time of one bed that goes into a file. */
export interface PlacedPart extends Part {
  readonly bedId: BedId;
}

export interface RowsWanted {
  readonly metrics: readonly MetricName[];
  /** In order, of one bed or of several. */
  readonly parts: readonly PlacedPart[];
  readonly everyMs: number;
  readonly gaps: readonly HistoryGap[];
  /** Encounters in the order in which the rows number them, from 1. */
  readonly stays: readonly string[];
  readonly isDeidentified: boolean;
  /** More and the file breaks off. */
  readonly rowsMax: number;
}

/** Points that are read at once. */
const PAGE = 2_000;

/** One row, by the names of all columns. */
type Row = Readonly<Record<string, Cell>>;

/**
 * Rows in the order of the columns, some at a time: what is missing, then metric by metric what was measured. None is left out.
 * @throws PlatformError('store-unavailable') as the store, and where there would be more than `rowsMax`
 */
export async function* exportRows(store: Pick<ObservationStore, 'read'>, wanted: RowsWanted): AsyncGenerator<Cell[][]> {
  const columns = columnsOf(wanted.isDeidentified);
  let rows = 0;
  for await (const some of namedRows(store, wanted)) {
    rows += some.length;
    if (rows > wanted.rowsMax) throw new PlatformError('store-unavailable', {}, false);
    yield some.map((row) => cellsOf(columns, row));
  }
}

const cellsOf = (columns: readonly Column[], row: Row): Cell[] => columns.map(({ name }) => row[name] ?? null);

async function* namedRows(store: Pick<ObservationStore, 'read'>, wanted: RowsWanted): AsyncGenerator<Row[]> {
  const { metrics, parts, everyMs, gaps } = wanted;
  const zeroMs = parts[0]?.fromMs ?? 0;
  const timesOf = (fromMs: number, untilMs: number | null): Row => ({
    ...{ time: fromMs, until: untilMs, offsetMs: fromMs - zeroMs },
    untilMs: untilMs === null ? null : untilMs - zeroMs,
  });
  const missing = gaps.map(({ fromMs, toMs, count, reason, deviceId }) => {
    const part = parts.find((each) => fromMs >= each.fromMs && fromMs < each.toMs);
    const where = { bed: part?.bedId ?? null, device: deviceId, stay: numberOf(wanted, part) };
    return { ...timesOf(fromMs, toMs), ...where, samples: count, quality: `missing: ${reason}` };
  });
  if (missing.length > 0) yield missing;
  for (const metric of metrics) {
    const { unit } = metricRow(metric);
    for (const part of parts) {
      const { bedId, fromMs, toMs } = part;
      const same = { bed: bedId, metric, unit, stay: numberOf(wanted, part) };
      for await (const points of pages(store, { bedId, metric, fromMs, toMs, everyMs, limit: PAGE })) {
        yield points.map(({ atMs, value, min, max, count, questionable }) => ({
          ...timesOf(atMs, everyMs === 0 ? null : Math.min(atMs + everyMs, toMs)),
          ...same,
          ...{ value, min, max, samples: count, questionable, quality: qualityWord(count, questionable) },
        }));
      }
    }
  }
}

/** Of a mean of both: `mixed`, and the last column says how many are doubted. */
function qualityWord(count: number, questionable: number): string {
  if (questionable === 0) return 'valid';
  return questionable === count ? 'questionable' : 'mixed';
}

function numberOf({ stays }: Pick<RowsWanted, 'stays'>, part: PlacedPart | undefined): number | null {
  const encounterId = part?.stay?.encounterId;
  const i = encounterId === undefined ? -1 : stays.indexOf(encounterId);
  return i === -1 ? null : i + 1;
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
