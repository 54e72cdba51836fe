import { type BedId, type CareUnitId, type CareUnitTrends, EncounterId, type EpochMs, type MetricName } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { BedRow } from '../ports/directory.js';
import type { ObservationStore } from '../ports/observation-store.js';
import type { BedIndex } from './bed-index.js';

const MINUTE_MS = 60_000;
export const TREND_MINUTES = 60;
/** Whatever the beds of a care unit: 64 of them with two metrics are 40 kB. */
const BEDS_MAX = 500;
/** Each curve is of the first of these that was measured. */
const CURVES: readonly (readonly MetricName[])[] = [['heartRate', 'pulseRate'], ['spo2']];

/** What was measured may come to the store so much later; until then a minute is read anew. */
const SETTLED_MS = 2 * MINUTE_MS;

type Means = readonly (number | null)[];

interface Kept {
  /** Whose it is: another stay, or one that came to the bed anew, has nothing of it. */
  readonly stay: string;
  readonly byMinute: Map<number, number | null>;
}

/**
 * The last hour as means of minutes (event time), for the small curves of a screen that was just opened. Only of the stay that is in
 * the bed now, and only minutes that are over. Each minute is read once: what was read is kept in memory, bounded by beds and metrics times
 * an hour. A reading that comes later than two minutes is not in its mean; the history page asks the store.
 */
export class UnitTrends {
  private readonly kept = new Map<string, Kept>();
  /** The newest answer of each care unit, and of which minute and stays it is. */
  private readonly made = new Map<CareUnitId, { readonly of: string; readonly trends: CareUnitTrends }>();
  /** One care unit after another, so that a ward that comes back does not read for all screens at once. */
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly observations: Pick<ObservationStore, 'read'>,
    private readonly index: Pick<BedIndex, 'bedsOf' | 'beds'>,
    private readonly clock: Pick<AppClock, 'nowMs'>,
  ) {}

  /** @throws PlatformError('store-unavailable') */
  of(careUnitId: CareUnitId): Promise<CareUnitTrends> {
    const turn = this.work.then(() => this.read(careUnitId));
    this.work = turn.catch(() => undefined);
    return turn;
  }

  private async read(careUnitId: CareUnitId): Promise<CareUnitTrends> {
    const toMs = Math.floor(this.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    const fromMs = Math.max(0, toMs - TREND_MINUTES * MINUTE_MS);
    const rows = this.index.bedsOf(careUnitId).slice(0, BEDS_MAX);
    const of = [toMs, ...rows.map((bed) => `${bed.bedId} ${stayOf(bed)}`)].join('\n');
    const made = this.made.get(careUnitId);
    if (made?.of === of) return made.trends;
    this.forget(fromMs);
    const beds: CareUnitTrends['beds'] = [];
    for (const bed of rows) {
      if (bed.encounter === null) continue;
      const whose = { bedId: bed.bedId, encounterId: EncounterId.parse(bed.encounter.encounterId) };
      for (const metrics of CURVES) {
        const curve = await this.curve(bed, metrics, fromMs, toMs);
        if (curve !== null) beds.push({ ...whose, metric: curve.metric, means: [...curve.means] });
      }
      // The store answers in this thread: ticks and alarms come in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const trends = { careUnitId, fromMs: fromMs as EpochMs, everyMs: MINUTE_MS, beds };
    this.made.set(careUnitId, { of, trends });
    return trends;
  }

  private async curve(
    bed: BedRow,
    metrics: readonly MetricName[],
    fromMs: number,
    toMs: number,
  ): Promise<{ readonly metric: MetricName; readonly means: Means } | null> {
    for (const metric of metrics) {
      const means = await this.means(bed, metric, fromMs, toMs);
      if (means.some((mean) => mean !== null)) return { metric, means };
    }
    return null;
  }

  private async means(bed: BedRow, metric: MetricName, fromMs: number, toMs: number): Promise<Means> {
    const { encounter } = bed;
    if (encounter === null) return [];
    const key = keyOf(bed.bedId, metric);
    const known = this.kept.get(key);
    const stay = stayOf(bed);
    const kept = known?.stay === stay ? known : { stay, byMinute: new Map<number, number | null>() };
    this.kept.set(key, kept);
    const minutes = Array.from({ length: Math.round((toMs - fromMs) / MINUTE_MS) }, (_, i) => fromMs + i * MINUTE_MS);
    const firstMs = minutes.find((minuteMs) => !kept.byMinute.has(minuteMs)) ?? toMs;
    const read = await this.readMinutes(bed.bedId, metric, Math.max(firstMs, firstWhole(encounter.inBedSinceMs)), toMs);
    for (const minuteMs of minutes) {
      const isSettled = toMs - minuteMs > SETTLED_MS;
      if (minuteMs >= firstMs && isSettled) kept.byMinute.set(minuteMs, read.get(minuteMs) ?? null);
    }
    return minutes.map((minuteMs) => kept.byMinute.get(minuteMs) ?? read.get(minuteMs) ?? null);
  }

  private async readMinutes(
    bedId: BedId,
    metric: MetricName,
    fromMs: number,
    toMs: number,
  ): Promise<ReadonlyMap<number, number>> {
    if (fromMs >= toMs) return new Map();
    const points = await this.observations.read({ bedId, metric, fromMs, toMs, everyMs: MINUTE_MS, limit: TREND_MINUTES + 1 });
    return new Map(points.flatMap(({ atMs, value }) => (value === null ? [] : [[atMs, Math.round(value * 10) / 10] as const])));
  }

  private forget(beforeMs: number): void {
    const beds = new Set<string>(this.index.beds().map(({ bedId }) => bedId));
    for (const [key, { byMinute }] of this.kept) {
      for (const minuteMs of byMinute.keys()) if (minuteMs < beforeMs) byMinute.delete(minuteMs);
      if (!beds.has(key.slice(0, key.lastIndexOf(' ')))) this.kept.delete(key);
    }
  }
}

const stayOf = ({ encounter }: BedRow): string =>
  encounter === null ? '' : `${encounter.encounterId} ${encounter.inBedSinceMs}`;
/** What was measured before the stay came to the bed is another patient's, so the minute in which it came is left out. */
const firstWhole = (sinceMs: number): number => Math.ceil(sinceMs / MINUTE_MS) * MINUTE_MS;
const keyOf = (bedId: BedId, metric: MetricName): string => `${bedId} ${metric}`;
