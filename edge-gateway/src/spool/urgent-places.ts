import type { RecordLane } from '../log-record.js';
import type { Range, RangeSet } from './ranges.js';
import type { SegmentTable } from './segment-table.js';
import type { SpoolPlace } from './segments.js';
import { loadToc } from './toc-file.js';

/** Lanes that go before numerics and never for room. */
const URGENT: ReadonlySet<RecordLane> = new Set(['alarms', 'events']);

export const isUrgent = ({ lane }: { readonly lane: RecordLane }): boolean => URGENT.has(lane);

/** Unsettled places of alarms and events that a former start left, as far as its tables of contents tell. */
export async function urgentPlaces(place: SpoolPlace, table: SegmentTable, settled: RangeSet): Promise<Range[]> {
  const places: Range[] = [];
  for (const [i, { first }] of table.list.entries()) {
    const all = { from: first, to: table.endOf(i) };
    if (settled.covers(all)) continue;
    for (const { index, source } of (await loadToc(place, first)) ?? []) {
      const one = { from: index, to: index + 1 };
      if (index < all.to && isUrgent(source) && !settled.covers(one)) places.push(one);
    }
  }
  return places;
}
