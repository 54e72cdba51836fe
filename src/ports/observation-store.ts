import type { BedId, HistoryPoint, MetricName } from '@vigil/contracts';

/** One numeric reading that goes to history. Null values are kept out: a gap is a gap. */
export interface HistorySample {
  readonly bedId: BedId;
  readonly metric: MetricName;
  readonly atMs: number;
  readonly value: number;
  /** Names the reading, so that a second write of it changes nothing. */
  readonly deviceId: string;
}

export interface LatestSample {
  readonly metric: MetricName;
  readonly atMs: number;
  readonly value: number;
}

export interface HistoryRange {
  readonly bedId: BedId;
  readonly metric: MetricName;
  /** Half-open, [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of a bucket; 0 for single samples. */
  readonly everyMs: number;
  /** At most this many points come back. */
  readonly limit: number;
}

/**
 * Readings over time. What every adapter promises, and `test/contract/observation-store.contract.ts` checks: writing
 * the same reading twice leaves one point; points come back by `atMs`, ascending; a resolved `write` survives the
 * end of the process and is visible to the next `read`; samples and offset are written together or not at all, so what a
 * power cut takes is read from the log again; an outage is a retryable
 * PlatformError('store-unavailable').
 */
export abstract class ObservationStore {
  /** Samples of one partition and the offset up to which it is now stored. */
  abstract write(partition: number, samples: readonly HistorySample[], readThrough: string | null): Promise<void>;
  /** Go on after this offset; null from the earliest. */
  abstract readThrough(partition: number): Promise<string | null>;
  /** The newest sample of each metric of a bed, not older than `sinceMs`. */
  abstract latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]>;
  abstract read(range: HistoryRange): Promise<readonly HistoryPoint[]>;
}
