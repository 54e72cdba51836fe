import { type BedId, type DeviceMessage, type EpochMs, METRIC_NAMES, type MetricName, type Reading } from '@vigil/contracts';

/** The newest reading of one metric of a bed. */
export interface Numeric extends Pick<Reading, 'value' | 'quality'> {
  /** Event time of the measurement. */
  readonly atMs: EpochMs;
  readonly intervalMs: number | null;
}

/** Readings older than this are not shown any more, in event time of rate 1; the bed then says "no data". */
export const NUMERIC_MS_MAX = 4 * 3_600_000;

/** The newest numerics of each bed, in memory only. Bounded by the beds of the configuration and the metrics. */
export class Numerics {
  private readonly beds = new Map<BedId, Map<MetricName, Numeric>>();
  private readonly lastMs = new Map<BedId, number>();

  take(message: DeviceMessage, intervals: Partial<Record<MetricName, number>>): void {
    const { bedId, atMs } = message;
    if (bedId === null) return;
    let bed = this.beds.get(bedId);
    if (bed === undefined) this.beds.set(bedId, (bed = new Map()));
    this.lastMs.set(bedId, Math.max(this.lastMs.get(bedId) ?? 0, atMs));
    for (const { metric, value, quality } of message.readings) {
      if ((bed.get(metric)?.atMs ?? -1) > atMs) continue;
      bed.set(metric, { value, quality, atMs, intervalMs: intervals[metric] ?? null });
    }
  }

  /** Event time of the newest message of a bed; null when there was none. */
  lastOf(bedId: BedId): number | null {
    return this.lastMs.get(bedId) ?? null;
  }

  /** In the order in which screens show them. */
  of(bedId: BedId, nowMs: number): readonly (Numeric & { readonly metric: MetricName })[] {
    const bed = this.beds.get(bedId);
    if (bed === undefined) return [];
    return METRIC_NAMES.flatMap((metric) => {
      const numeric = bed.get(metric);
      return numeric === undefined || nowMs - numeric.atMs > NUMERIC_MS_MAX ? [] : [{ metric, ...numeric }];
    });
  }

  /** A bed's patient has changed, or the bed is no longer here: nothing of before is shown as if it were theirs. */
  forget(bedId: BedId): void {
    this.beds.delete(bedId);
    this.lastMs.delete(bedId);
  }

  keep(bedIds: ReadonlySet<BedId>): void {
    for (const bedId of this.beds.keys()) if (!bedIds.has(bedId)) this.forget(bedId);
  }
}
