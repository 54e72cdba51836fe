import type { BedId, HistoryGap, MetricName } from '@vigil/contracts';
import type { Visible } from '../access/history-access.js';
import { visibleGaps } from '../access/visible-gaps.js';
import type { Span } from '../access/visible-time.js';
import type { PlaceOfStay, StayInBed } from '../ports/care-relations.js';
import type { ObservationStore, StoredPoint } from '../ports/observation-store.js';
import type { PlacedPart } from './export-rows.js';
import { afterPoint, partsOf } from './parts-of.js';

/** Most points of one answer: a day of samples at 10 s, or a week of minutes. */
export const POINTS_MAX = 10_000;
const MINUTE_MS = 60_000;
/** Widths of buckets that are suggested. */
const STEPS_MS: readonly number[] = [1, 5, 15, 60, 360, 1_440].map((minutes) => minutes * MINUTE_MS);
/** Points of a chart, about. */
const POINTS_WANTED = 800;
/** A range so long is shown with every sample. */
const SAMPLES_MS_MAX = 15 * MINUTE_MS;

/** The narrowest of a few widths that makes the range at most some hundred points; 0: every sample. Pure. */
export function suggestedEveryMs({ fromMs, toMs }: Span): number {
  const spanMs = toMs - fromMs;
  if (spanMs <= SAMPLES_MS_MAX) return 0;
  return STEPS_MS.find((stepMs) => spanMs / stepMs <= POINTS_WANTED) ?? STEPS_MS.at(-1)!;
}

/** What of a bed may be looked at, cut where a stay begins or ends. Pure. */
export function placedParts({ bedId, spans, stays }: Visible): readonly PlacedPart[] {
  return partsOf(spans, stays).map((part) => ({ ...part, bedId }));
}

/** The beds where a stay lay in the range. Pure. */
export function partsOfStay(
  places: readonly PlaceOfStay[],
  { encounterId, patientId }: Pick<StayInBed, 'encounterId' | 'patientId'>,
  range: Span,
): readonly PlacedPart[] {
  return places.flatMap(({ bedId, fromMs, toMs }) => {
    const part = { fromMs: Math.max(fromMs, range.fromMs), toMs: Math.min(toMs ?? range.toMs, range.toMs) };
    const stay = { encounterId, patientId, admittedMs: fromMs, dischargedMs: toMs };
    return part.fromMs < part.toMs ? [{ ...part, bedId, stay }] : [];
  });
}

export interface Points {
  readonly items: StoredPoint[];
  /** `from` of the request for the rest; null: this is all. */
  readonly next: string | null;
}

/** Points of the parts in their order, at most `POINTS_MAX`. @throws PlatformError('store-unavailable') */
export async function readPoints(
  store: Pick<ObservationStore, 'read'>,
  parts: readonly PlacedPart[],
  { metric, everyMs }: { readonly metric: MetricName; readonly everyMs: number },
): Promise<Points> {
  const items: StoredPoint[] = [];
  for (const { bedId, fromMs, toMs } of parts) {
    const limit = POINTS_MAX - items.length;
    if (limit > 0) items.push(...(await store.read({ bedId, metric, fromMs, toMs, everyMs, limit })));
  }
  const last = items.at(-1);
  const isFull = items.length >= POINTS_MAX && last !== undefined;
  return { items, next: isFull ? String(afterPoint(last.atMs, everyMs, parts)) : null };
}

/** What is missing of the parts, oldest first; of each bed the newest of them. @throws PlatformError('store-unavailable') */
export async function gapsOf(store: Pick<ObservationStore, 'gaps'>, parts: readonly PlacedPart[]): Promise<HistoryGap[]> {
  const gaps: HistoryGap[] = [];
  for (const bedId of new Set(parts.map((part): BedId => part.bedId))) {
    const found = await visibleGaps(
      store,
      bedId,
      parts.filter((part) => part.bedId === bedId),
    );
    for (const { fromMs, toMs, count, reason, deviceId } of found)
      gaps.push({ fromMs: fromMs as HistoryGap['fromMs'], toMs: toMs as HistoryGap['toMs'], count, reason, deviceId });
  }
  return gaps.sort((a, b) => a.fromMs - b.fromMs);
}
