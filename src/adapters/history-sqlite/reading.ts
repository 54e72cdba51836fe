import type { BedId, DeviceId, MetricName, Quality } from '@vigil/contracts';
import type { CountRange, HistoryRange, LatestSample, SampleCount, StoredPoint } from '../../ports/observation-store.js';
import { Buckets } from './buckets.js';
import { decodeChunk, deviceHash } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import type { Stretch } from './erase.js';

export interface PlacedSample {
  readonly atMs: number;
  readonly value: number;
  readonly device: number;
  readonly quality: Quality;
}

/** Answers of the store, out of its rows. */
export class Reading {
  constructor(private readonly chunks: ChunkTable) {}

  latest(bedId: BedId, metric: MetricName, sinceMs: number): LatestSample | null {
    const row = this.chunks.newest({ bed: bedId, metric }, Math.floor(sinceMs / MINUTE_MS));
    const last = row === undefined ? undefined : decodeChunk(row).at(-1);
    if (row === undefined || last === undefined) return null;
    const atMs = row.minute * MINUTE_MS + last.offsetMs;
    return atMs < sinceMs ? null : { metric, atMs, value: last.value, quality: last.quality };
  }

  points({ bedId, metric, fromMs, toMs, everyMs, limit }: HistoryRange): readonly StoredPoint[] {
    const buckets = new Buckets({ fromMs, everyMs, limit });
    for (const { atMs, value, quality } of this.samples({ bed: bedId, metric }, { fromMs, toMs })) {
      const questionable = Number(quality !== 'valid');
      if (!buckets.add(atMs, { count: 1, questionable, min: value, max: value, sum: value })) break;
    }
    return buckets.points;
  }

  counts(metric: MetricName, { bedId, fromMs, toMs, devices }: CountRange): readonly SampleCount[] {
    const byHash = new Map(devices.map((deviceId) => [deviceHash(deviceId), deviceId]));
    const found = new Map<DeviceId | null, { count: number; questionable: number }>();
    for (const { device, quality } of this.samples({ bed: bedId, metric }, { fromMs, toMs })) {
      const deviceId = byHash.get(device) ?? null;
      const of = found.get(deviceId) ?? { count: 0, questionable: 0 };
      of.count += 1;
      of.questionable += Number(quality !== 'valid');
      found.set(deviceId, of);
    }
    return [...found].map(([deviceId, of]) => ({ metric, deviceId, ...of })).sort(byDevice);
  }

  /** By time, [fromMs, toMs). */
  *samples(series: SeriesName, { fromMs, toMs }: Stretch): Generator<PlacedSample> {
    const last = Math.floor(toMs / MINUTE_MS);
    for (const row of this.chunks.range(series, Math.floor(fromMs / MINUTE_MS), last)) {
      const startMs = row.minute * MINUTE_MS;
      for (const { offsetMs, value, device, quality } of decodeChunk(row)) {
        const atMs = startMs + offsetMs;
        if (atMs >= fromMs && atMs < toMs) yield { atMs, value, device, quality };
      }
    }
  }
}

function byDevice(a: SampleCount, b: SampleCount): number {
  if (a.deviceId === b.deviceId) return 0;
  return a.deviceId !== null && (b.deviceId === null || a.deviceId < b.deviceId) ? -1 : 1;
}
