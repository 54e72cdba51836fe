import type { BedId, DeviceId, Gap, HistoryPoint, MetricName, Quality } from '@vigil/contracts';

/** One numeric reading that goes to history. Null values are kept out: a gap is a gap. */
export interface HistorySample {
  readonly bedId: BedId;
  readonly metric: MetricName;
  readonly atMs: number;
  readonly value: number;
  /** Names the reading, so that a second write of it changes nothing. */
  readonly deviceId: string;
  /** What its sender says of it (decisions.md, D22). Only numbers come here, so it is `valid` or `questionable`. */
  readonly quality: Quality;
}

export interface LatestSample {
  readonly metric: MetricName;
  readonly atMs: number;
  readonly value: number;
  readonly quality: Quality;
}

/** One point of a `read`: `count` samples, of which so many were `questionable` (all whose quality is not `valid`). */
export type StoredPoint = HistoryPoint & { readonly value: number; readonly questionable: number };

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

/** Samples of all metrics of a bed, [fromMs, toMs), one by one. */
export interface SampleRange {
  readonly bedId: BedId;
  readonly fromMs: number;
  readonly toMs: number;
  /** Devices that may have brought them. */
  readonly devices: readonly DeviceId[];
  /** Of each metric; of more the oldest come back. */
  readonly limit: number;
}

export interface StoredSample {
  readonly metric: MetricName;
  readonly atMs: number;
  readonly value: number;
  /** Null: none of `devices` brought it. */
  readonly deviceId: DeviceId | null;
  readonly quality: Quality;
}

/** How many samples of a bed there are, of all metrics and of each device. */
export interface CountRange {
  readonly bedId: BedId;
  /** Half-open, [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Devices that may have brought them. */
  readonly devices: readonly DeviceId[];
}

export interface SampleCount {
  readonly metric: MetricName;
  /** Null: none of `devices` brought them. */
  readonly deviceId: DeviceId | null;
  readonly count: number;
  /** Of `count`. */
  readonly questionable: number;
}

/** Messages that will not come, of one bed; times are inclusive on both ends. */
export interface HistoryGap {
  readonly gapId: string;
  readonly bedId: BedId;
  readonly deviceId: string | null;
  /** Inclusive; null where nobody knows which. */
  readonly seqs: readonly [number, number] | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** How many are missing now: those that came after all are taken off. */
  readonly count: number;
  readonly reason: Gap['reason'];
}

/** Some messages of a gap came after all: `seqs`, inclusive, are no longer missing. */
export interface HistoryGapFilled {
  readonly gapId: string;
  readonly seqs: readonly [number, number];
}

/** What one write brings. */
export interface HistoryBatch {
  readonly samples: readonly HistorySample[];
  readonly gaps?: readonly HistoryGap[];
  readonly filled?: readonly HistoryGapFilled[];
}

/** Samples of one device that belong to another bed than that under which they are; times half open, `toMs` null: without end. */
export interface Reassign {
  readonly deviceId: DeviceId;
  /** Null: where what is nobody's is kept. */
  readonly fromBedId: BedId | null;
  /** Null: they are nobody's, and are kept for whoever says later whose they are; no `read` of a bed finds them. */
  readonly toBedId: BedId | null;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** Left out: all. */
  readonly metrics?: readonly MetricName[];
}

/** Gaps that are kept per bed, newest first. */
export const GAPS_PER_BED_MAX = 10_000;

/**
 * Readings over time. What every adapter promises, and `test/contract/observation-store.contract.ts` checks: writing
 * the same reading twice leaves one point; points come back by `atMs`, ascending; a resolved `write` survives the
 * end of the process and is visible to the next `read`; samples and offset are written together or not at all, so what a
 * power cut takes is read from the log again; an outage is a retryable
 * PlatformError('store-unavailable').
 *
 * `reassign` likewise: what has gone to its place is not moved again, a crash in between leaves each sample at one of both places,
 * and the next `read` sees what has moved.
 *
 * Quality goes with each sample: a value that its sender doubts is never read back as one that it does not. What was stored before
 * history kept quality reads as `valid`.
 *
 * A store may let go of single samples after a time, of which it then has means of minutes, and later of hours. `read` answers with
 * what there is: such a mean is a point at its beginning that stands for `count` samples, in a wider bucket as that many, and it
 * counts only where the whole of its time lies in the range, because the rest may be of another patient. `samples` and `latest` tell
 * of single samples alone.
 *
 * `erase` takes away whatever there is of a bed in a time, gaps and means that reach into it too; it may be called again.
 *
 * Gaps likewise: one that is written twice is there once, and what fills it may be written before it, or twice. At most
 * `GAPS_PER_BED_MAX` of a bed are kept.
 */
export abstract class ObservationStore {
  /** False: a move of another process may take away what a `write` that goes on brings to the place that the move clears. */
  readonly isTransactional: boolean = true;
  /** What one partition brought, and the offset up to which it is now stored. */
  abstract write(partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void>;
  /** Go on after this offset; null from the earliest. */
  abstract readThrough(partition: number): Promise<string | null>;
  /** @returns how many samples were moved */
  abstract reassign(request: Reassign): Promise<number>;
  /** Devices of which some samples are nobody's, by id. */
  abstract detached(): Promise<readonly DeviceId[]>;
  /** The newest sample of each metric of a bed, not older than `sinceMs`. */
  abstract latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]>;
  abstract read(range: HistoryRange): Promise<readonly StoredPoint[]>;
  /** By metric, and of each by time. */
  abstract samples(range: SampleRange): Promise<readonly StoredSample[]>;
  /** By metric, then by device; what has none is left out. */
  abstract counts(range: CountRange): Promise<readonly SampleCount[]>;
  /** Takes away what is stored of a bed in [fromMs, toMs), for good. @returns how many samples, as far as the store knows */
  abstract erase(range: { readonly bedId: BedId; readonly fromMs: number; readonly toMs: number }): Promise<number>;
  /** Gaps of a bed that touch [fromMs, toMs) and are not filled, oldest first; the newest `limit` of them. */
  abstract gaps(range: {
    readonly bedId: BedId;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  }): Promise<readonly HistoryGap[]>;
}
