import { type BedId, EXPORT_LINES_MAX, type HistoryGap, type MetricName, metricRow } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { csvOf } from '../http/csv.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { Span } from '../access/visible-time.js';

export interface Wanted {
  readonly bedId: BedId;
  readonly metrics: readonly MetricName[];
  readonly spans: readonly Span[];
  readonly everyMs: number;
  readonly gaps: readonly HistoryGap[];
}

/** Points that are read at once. */
const PAGE = 2_000;
const COLUMNS = ['time', 'until', 'bed', 'metric', 'unit', 'value', 'min', 'max', 'samples', 'quality', 'device'];
/** History keeps what its sender called valid or questionable, and not which of the two. */
const KEPT = 'valid or questionable';

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * Lines of CSV (RFC 4180, UTF-8, times by ISO 8601 in UTC): what is missing first, then metric by metric what was measured. A line
 * is never left out: an export that would be longer than `EXPORT_LINES_MAX` breaks off with an error, and is no complete file.
 */
export async function* exportLines(store: Pick<ObservationStore, 'read'>, wanted: Wanted): AsyncGenerator<string> {
  const { bedId, metrics, spans, everyMs, gaps } = wanted;
  yield csvOf([COLUMNS]);
  for (const { fromMs, toMs, count, reason, deviceId } of gaps)
    yield csvOf([[iso(fromMs), iso(toMs), bedId, null, null, null, null, null, count, `missing: ${reason}`, deviceId]]);
  let lines = gaps.length;
  for (const metric of metrics) {
    const { unit } = metricRow(metric);
    for (const span of spans) {
      for await (const points of pages(store, { bedId, metric, ...span, everyMs, limit: PAGE })) {
        lines += points.length;
        if (lines > EXPORT_LINES_MAX) throw new PlatformError('store-unavailable', {}, false);
        const rows = points.map(({ atMs, value, min, max, count }) => [
          iso(atMs),
          everyMs === 0 ? null : iso(Math.min(atMs + everyMs, span.toMs)),
          ...[bedId, metric, unit, value, min, max, count, KEPT, null],
        ]);
        yield csvOf(rows);
      }
    }
  }
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
