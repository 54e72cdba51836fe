import type { BedId, CareUnitTrends, EncounterId, MetricName, ReadingView } from '@vigil/contracts';
import { Spark } from './spark.js';
import type { UnitState } from './unit-state.js';

/** What has a small curve on a tile, and the least height of its box in the metric's unit. */
export const SPARK_SPREAD = { heartRate: 20, pulseRate: 20, spo2: 8 } as const satisfies Partial<Record<MetricName, number>>;
export type SparkMetric = keyof typeof SPARK_SPREAD;
const SPARK_METRICS = Object.keys(SPARK_SPREAD) as SparkMetric[];

interface OfBed {
  readonly encounterId: EncounterId;
  readonly sparks: Map<SparkMetric, Spark>;
  /** Event time of the newest value that was added. */
  readonly seenMs: Map<SparkMetric, number>;
}

/** The small curves of a care unit. Another stay in a bed begins with an empty one. */
export class SparkStore {
  private readonly beds = new Map<BedId, OfBed>();
  /** Grows when any curve has a new span: who draws looks at this first. */
  private changes = 0;

  get version(): number {
    return this.changes;
  }

  /** They may have come long ago: what is of a stay that is not in the bed any more is nobody's here. */
  begin(trends: CareUnitTrends, unit: UnitState): void {
    for (const { bedId, encounterId, metric, means } of trends.beds) {
      if (unit.beds.get(bedId)?.encounter?.encounterId !== encounterId) continue;
      const bed = this.bed(unit, bedId);
      const known = SPARK_METRICS.find((each) => each === metric);
      if (!bed || !known) continue;
      bed.sparks.set(known, Spark.from(trends, means));
      bed.seenMs.set(known, trends.fromMs + means.length * trends.everyMs - 1);
    }
    this.changes += 1;
  }

  /** Takes what is new among the readings of now. Cheap: called with every paint. */
  follow(unit: UnitState): void {
    for (const bedId of this.beds.keys()) if (!unit.beds.has(bedId)) this.beds.delete(bedId);
    for (const [bedId, readings] of unit.readings) {
      for (const metric of SPARK_METRICS) {
        const reading = readings.get(metric);
        if (reading) this.add(unit, bedId, metric, reading);
      }
    }
  }

  of(bedId: BedId, metric: SparkMetric): Spark | null {
    return this.beds.get(bedId)?.sparks.get(metric) ?? null;
  }

  private add(unit: UnitState, bedId: BedId, metric: SparkMetric, { value, quality, atMs }: ReadingView): void {
    const bed = this.bed(unit, bedId);
    if (!bed || atMs <= (bed.seenMs.get(metric) ?? 0)) return;
    bed.seenMs.set(metric, atMs);
    if (typeof value !== 'number' || (quality !== 'valid' && quality !== 'questionable')) return;
    const spark = bed.sparks.get(metric) ?? new Spark();
    bed.sparks.set(metric, spark);
    if (spark.add(atMs, value)) this.changes += 1;
  }

  private bed(unit: UnitState, bedId: BedId): OfBed | null {
    const encounterId = unit.beds.get(bedId)?.encounter?.encounterId;
    if (!encounterId) {
      this.beds.delete(bedId);
      return null;
    }
    const known = this.beds.get(bedId);
    if (known?.encounterId === encounterId) return known;
    const fresh: OfBed = { encounterId, sparks: new Map(), seenMs: new Map() };
    this.beds.set(bedId, fresh);
    return fresh;
  }
}
