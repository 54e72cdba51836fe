import { partChunk } from './chunk.js';
import { type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import type { Moved } from './reassign.js';

/** Chunks of one transaction. */
const CHUNKS_AT_ONCE = 200;

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
  return { samples, nextMinute: rows.length < CHUNKS_AT_ONCE ? null : rows.at(-1)!.minute + 1 };
}
