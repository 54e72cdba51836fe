import { type BedId, type DataQualityRow, type DeviceId, METRIC_NAMES, metricRow } from '@vigil/contracts';
import type { Span } from '../access/visible-time.js';
import type { HistoryGap, ObservationStore } from '../ports/observation-store.js';

export const DAY_MS = 86_400_000;
/** Gaps of one device and day that are looked at. */
const GAPS_MAX = 500;

/** A device at a bed. */
export interface DeviceAtBed extends Span {
  readonly deviceId: DeviceId;
  readonly bedId: BedId;
}

/** Expected intervals of the metrics of each device, in ms; of what is not there the usual one of the metric holds. */
export type IntervalsOf = ReadonlyMap<DeviceId, Readonly<Partial<Record<string, number>>>>;

export interface QualityWanted {
  /** Where devices were, cut to what is asked for. */
  readonly slots: readonly DeviceAtBed[];
  /** Times in which nothing was expected of a bed, apart from each other. */
  readonly away: readonly (Span & { readonly bedId: BedId })[];
  readonly intervals: IntervalsOf;
}

type Store = Pick<ObservationStore, 'counts' | 'gaps'>;

/**
 * What each device should have brought to each bed on each day (UTC, event time) and what is there, oldest first. A metric is expected
 * at the interval of the device's profile, else at its usual one, for as long as the device was at the bed and the patient was not away, and only if the device brought any of
 * it on that day: whether a line is in use nobody says. A device that brought nothing has a row without metrics.
 *
 * One row at a time, so that whoever works beside it gets their turn. @throws PlatformError('store-unavailable')
 */
export async function* dataQuality(store: Store, { slots, away, intervals }: QualityWanted): AsyncGenerator<DataQualityRow> {
  for (const piece of slots.flatMap(byDay).sort(byPlace)) {
    yield await rowOf(store, piece, { away, intervals });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const byPlace = (a: DeviceAtBed, b: DeviceAtBed): number =>
  a.fromMs - b.fromMs || (a.deviceId < b.deviceId ? -1 : a.deviceId > b.deviceId ? 1 : 0);

/** Cut where a day begins. Pure. */
export function byDay(slot: DeviceAtBed): readonly DeviceAtBed[] {
  const pieces: DeviceAtBed[] = [];
  for (let { fromMs } = slot; fromMs < slot.toMs;) {
    const toMs = Math.min(slot.toMs, (Math.floor(fromMs / DAY_MS) + 1) * DAY_MS);
    pieces.push({ ...slot, fromMs, toMs });
    fromMs = toMs;
  }
  return pieces;
}

async function rowOf(
  store: Store,
  piece: DeviceAtBed,
  { away, intervals }: Omit<QualityWanted, 'slots'>,
): Promise<DataQualityRow> {
  const { deviceId, bedId, fromMs, toMs } = piece;
  const counts = await store.counts({ bedId, fromMs, toMs, devices: [deviceId] });
  const gaps = await store.gaps({ bedId, fromMs, toMs, limit: GAPS_MAX });
  const awayMs = away.filter((each) => each.bedId === bedId).reduce((sum, each) => sum + overlapMs(each, piece), 0);
  const own = new Map(counts.filter((each) => each.deviceId === deviceId).map((each) => [each.metric, each]));
  return {
    ...{ deviceId, bedId, fromMs: fromMs as DataQualityRow['fromMs'], toMs: toMs as DataQualityRow['toMs'], awayMs },
    metrics: METRIC_NAMES.flatMap((metric) => {
      const found = own.get(metric);
      if (found === undefined) return [];
      const everyMs = intervals.get(deviceId)?.[metric] ?? metricRow(metric).nominalIntervalMs;
      const expected = Math.floor(Math.max(0, toMs - fromMs - awayMs) / everyMs);
      return [{ metric, expected, received: found.count, questionable: found.questionable }];
    }),
    missing: missingOf(gaps.filter((gap) => gap.deviceId === deviceId)),
  };
}

function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
}

/** Messages by the reason for which they are missing; of a gap that reaches over a day, its whole count stands at each. */
function missingOf(gaps: readonly HistoryGap[]): DataQualityRow['missing'] {
  const byReason = new Map<HistoryGap['reason'], number>();
  for (const { reason, count } of gaps) byReason.set(reason, (byReason.get(reason) ?? 0) + count);
  return [...byReason].map(([reason, messages]) => ({ reason, messages })).sort((a, b) => (a.reason < b.reason ? -1 : 1));
}
