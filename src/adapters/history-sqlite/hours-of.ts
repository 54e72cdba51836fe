import { type ChunkRow, type ChunkTable, MINUTE_MS, type SeriesName } from './chunk-table.js';
import { decodeChunk, type RowSample } from './chunk.js';
import type { Stretch } from './erase.js';
import type { HourRow, HourTable } from './hour-table.js';
import { HOUR_MS, MINUTES_OF_HOUR } from './packed-hour.js';

/** What there is of one hour of a series: packed, and in chunks that are not packed yet or came later. */
export interface HourOf {
  readonly hour: number;
  readonly packed: HourRow | undefined;
  readonly chunks: readonly ChunkRow[];
}

const hourOf = (minute: number): number => Math.floor(minute / MINUTES_OF_HOUR);

/** The hours of a series that touch a stretch and have something, ascending; one at a time is in memory. */
export function* hoursOf(
  { chunks, hours }: { readonly chunks: ChunkTable; readonly hours: HourTable },
  series: SeriesName,
  { fromMs, toMs }: Stretch,
): Generator<HourOf> {
  const packed = hours.range(series, Math.floor(fromMs / HOUR_MS), Math.floor((toMs - 1) / HOUR_MS));
  const minutes = chunks.range(series, Math.floor(fromMs / MINUTE_MS), Math.floor((toMs - 1) / MINUTE_MS));
  try {
    let nextPacked = packed.next();
    let nextMinute = minutes.next();
    for (;;) {
      const ofChunk = nextMinute.done === true ? Infinity : hourOf(nextMinute.value.minute);
      const ofPacked = nextPacked.done === true ? Infinity : nextPacked.value.hour;
      const hour = Math.min(ofChunk, ofPacked);
      if (hour === Infinity) return;
      const own: ChunkRow[] = [];
      while (nextMinute.done !== true && hourOf(nextMinute.value.minute) === hour) {
        own.push(nextMinute.value);
        nextMinute = minutes.next();
      }
      const row = ofPacked === hour ? (nextPacked.value as HourRow) : undefined;
      if (row !== undefined) nextPacked = packed.next();
      yield { hour, packed: row, chunks: own };
    }
  } finally {
    // Whoever has enough leaves both statements open otherwise, and they hold a view of the file.
    packed.return(undefined);
    minutes.return(undefined);
  }
}

/** Samples of chunks of one hour, within the hour. */
export function samplesOf({ hour, chunks }: Pick<HourOf, 'hour' | 'chunks'>): readonly RowSample[] {
  return chunks.flatMap((row) => {
    const startMs = (row.minute - hour * MINUTES_OF_HOUR) * MINUTE_MS;
    const decoded = decodeChunk(row);
    return startMs === 0 ? decoded : decoded.map((sample) => ({ ...sample, offsetMs: sample.offsetMs + startMs }));
  });
}
