import type { BedId, DeviceId, MetricName, Quality } from '@vigil/contracts';
import type { CountRange, HistoryRange, LatestSample, SampleCount, StoredPoint } from '../../ports/observation-store.js';
import { Buckets, type Stat } from './buckets.js';
import { decodeChunk, deviceHash, type RowSample } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import type { Stretch } from './erase.js';
import type { HourTable } from './hour-table.js';
import { type HourOf, hoursOf, samplesOf } from './hours-of.js';
import type { SlotStat } from './pack.js';
import { HOUR_MS, joinSamples, uncovered } from './packed-hour.js';

export interface PlacedSample {
  readonly atMs: number;
  readonly value: number;
  readonly device: number;
  readonly quality: Quality;
}

/** What some time of one device comes to, or of all where they need not be told apart. */
interface Piece {
  readonly atMs: number;
  readonly stat: Stat;
  readonly device: number | null;
}

/** Answers of the store, out of its rows. */
export class Reading {
  constructor(private readonly tables: { readonly chunks: ChunkTable; readonly hours: HourTable }) {}

  latest(bedId: BedId, metric: MetricName, sinceMs: number): LatestSample | null {
    const series = { bed: bedId, metric };
    const row = this.tables.chunks.newest(series, Math.floor(sinceMs / MINUTE_MS));
    const packed = this.tables.hours.newest(series, Math.floor(sinceMs / HOUR_MS));
    const found = [
      row === undefined ? null : lastOf(row.minute * MINUTE_MS, decodeChunk(row)),
      packed === undefined ? null : lastOf(packed.hour * HOUR_MS, packed.samples!),
    ];
    const newest = found.reduce((a, b) => (b === null || (a !== null && a.atMs >= b.atMs) ? a : b), null);
    return newest === null || newest.atMs < sinceMs ? null : { metric, ...newest };
  }

  points({ bedId, metric, fromMs, toMs, everyMs, limit }: HistoryRange): readonly StoredPoint[] {
    const buckets = new Buckets({ fromMs, everyMs, limit });
    // What minutes come to will do where no bucket and no end cuts one.
    const isWhole = everyMs > 0 && [everyMs, fromMs, toMs].every((ms) => ms % MINUTE_MS === 0);
    for (const { atMs, stat } of this.pieces({ bed: bedId, metric }, { fromMs, toMs }, isWhole)) {
      if (!buckets.add(atMs, stat)) break;
    }
    return buckets.points;
  }

  counts(metric: MetricName, { bedId, fromMs, toMs, devices }: CountRange): readonly SampleCount[] {
    const byHash = new Map(devices.map((deviceId) => [deviceHash(deviceId), deviceId]));
    const found = new Map<DeviceId | null, { count: number; questionable: number }>();
    for (const { device, stat } of this.pieces({ bed: bedId, metric }, { fromMs, toMs }, 'by-device')) {
      const deviceId = byHash.get(device!) ?? null;
      const of = found.get(deviceId) ?? { count: 0, questionable: 0 };
      of.count += stat.count;
      of.questionable += stat.questionable;
      found.set(deviceId, of);
    }
    return [...found].map(([deviceId, of]) => ({ metric, deviceId, ...of })).sort(byDevice);
  }

  /** Single samples by time, [fromMs, toMs). */
  *samples(series: SeriesName, { fromMs, toMs }: Stretch): Generator<PlacedSample> {
    for (const hour of hoursOf(this.tables, series, { fromMs, toMs })) {
      for (const { offsetMs, ...sample } of singleSamples(hour)) {
        const atMs = hour.hour * HOUR_MS + offsetMs;
        if (atMs >= fromMs && atMs < toMs) yield { atMs, ...sample };
      }
    }
  }

  /**
   * All there is of a stretch, by time, in the largest pieces that will do.
   * @param wholeMinutes the stretch cuts no minute: one is a piece; `by-device`: so is an hour that the stretch does not cut
   */
  private *pieces(series: SeriesName, stretch: Stretch, wholeMinutes: boolean | 'by-device'): Generator<Piece> {
    for (const hour of hoursOf(this.tables, series, stretch)) {
      const startMs = hour.hour * HOUR_MS;
      const isInside = startMs >= stretch.fromMs && startMs + HOUR_MS <= stretch.toMs;
      const { packed, chunks } = hour;
      if (packed === undefined && wholeMinutes === true) {
        for (const { minute, stat } of chunks) yield { atMs: minute * MINUTE_MS, stat, device: null };
        continue;
      }
      const mayUseMeans = packed !== undefined && chunks.length === 0;
      if (mayUseMeans && wholeMinutes === 'by-device' && isInside) yield* inStretch(packed.hours, startMs, HOUR_MS, stretch);
      else if (mayUseMeans && wholeMinutes === true && packed.hasSamples)
        yield* inStretch(packed.minutes!, startMs, MINUTE_MS, stretch);
      else yield* this.smallest(hour, stretch);
    }
  }

  /** Single samples where there are, and means of where they were let go. */
  private *smallest(hour: HourOf, stretch: Stretch): Generator<Piece> {
    const startMs = hour.hour * HOUR_MS;
    const single: Piece[] = [];
    for (const { offsetMs, value, device, quality } of singleSamples(hour)) {
      const atMs = startMs + offsetMs;
      if (atMs < stretch.fromMs || atMs >= stretch.toMs) continue;
      const questionable = Number(quality !== 'valid');
      single.push({ atMs, stat: { count: 1, questionable, min: value, max: value, sum: value }, device });
    }
    const { packed } = hour;
    if (packed === undefined || packed.hasSamples) {
      yield* single;
      return;
    }
    const minutes = packed.minutes;
    const means = inStretch(minutes ?? packed.hours, startMs, minutes === null ? HOUR_MS : MINUTE_MS, stretch);
    yield* [...means, ...single].sort((a, b) => a.atMs - b.atMs);
  }
}

/** Of an hour whose samples were let go: only what came since and is not in its means. */
function singleSamples({ hour, packed, chunks }: HourOf): readonly RowSample[] {
  const late = samplesOf({ hour, chunks });
  if (packed === undefined) return late;
  const { samples } = packed;
  if (samples !== null) return joinSamples(samples, late);
  return late.length === 0 ? late : uncovered(packed.unpacked(), late);
}

function* inStretch(stats: readonly SlotStat[], startMs: number, slotMs: number, { fromMs, toMs }: Stretch): Generator<Piece> {
  for (const stat of stats) {
    const atMs = startMs + stat.slot * slotMs;
    if (atMs >= fromMs && atMs + slotMs <= toMs) yield { atMs, stat, device: stat.device };
  }
}

function lastOf(startMs: number, samples: readonly RowSample[]): Omit<LatestSample, 'metric'> | null {
  const last = samples.at(-1);
  return last === undefined ? null : { atMs: startMs + last.offsetMs, value: last.value, quality: last.quality };
}

function byDevice(a: SampleCount, b: SampleCount): number {
  if (a.deviceId === b.deviceId) return 0;
  return a.deviceId !== null && (b.deviceId === null || a.deviceId < b.deviceId) ? -1 : 1;
}
