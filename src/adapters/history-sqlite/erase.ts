import { partChunk } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import { HOUR_MS, partHour } from './packed-hour.js';
import type { HourTable } from './hour-table.js';
import type { Moved } from './reassign.js';

/** Chunks, and hours, of one transaction. */
const CHUNKS_AT_ONCE = 200;
const HOURS_AT_ONCE = 8;

export interface Stretch {
  /** Half-open, event time. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Takes samples of one series away, from this minute on; to be called in a transaction. */
export function eraseSome(chunks: ChunkTable, series: SeriesName, { fromMs, toMs }: Stretch, fromMinute: number): Moved {
  const rows = [...chunks.range(series, fromMinute, Math.floor((toMs - 1) / MINUTE_MS), CHUNKS_AT_ONCE)];
  let samples = 0;
  for (const row of rows) {
    const startMs = row.minute * MINUTE_MS;
    const { kept, taken } = partChunk(row, { device: null, fromMs: fromMs - startMs, toMs: toMs - startMs });
    if (taken.length > 0) chunks.putOrRemove(series, row.minute, kept);
    samples += taken.length;
  }
  return { samples, next: rows.length < CHUNKS_AT_ONCE ? null : rows.at(-1)!.minute + 1 };
}

/** The same of what is packed, from this hour on: means that reach into the stretch go as well. */
export function eraseHours(hours: HourTable, series: SeriesName, { fromMs, toMs }: Stretch, fromHour: number): Moved {
  const rows = [...hours.range(series, fromHour, Math.floor((toMs - 1) / HOUR_MS), HOURS_AT_ONCE)];
  let samples = 0;
  for (const row of rows) {
    const startMs = row.hour * HOUR_MS;
    const stretch = { device: null, fromMs: fromMs - startMs, toMs: toMs - startMs, takesParts: true };
    const { kept, count } = partHour(row.unpacked(), stretch);
    if (count > 0) hours.putOrRemove(series, row.hour, kept);
    samples += count;
  }
  return { samples, next: rows.length < HOURS_AT_ONCE ? null : rows.at(-1)!.hour + 1 };
}
