import { DatabaseSync } from 'node:sqlite';
import type { BedId } from '@vigil/contracts';
import type { HistoryGap, HistoryGapFilled } from '../../ports/observation-store.js';
import { ChunkTable, type SeriesName } from './chunk-table.js';
import { HourTable } from './hour-table.js';
import { type HourOf, hoursOf, samplesOf } from './hours-of.js';
import type { SlotStat } from './pack.js';
import { HOUR_MS, joinSamples, uncovered } from './packed-hour.js';
import type { PlacedSample } from './reading.js';
import type { SeqRanges } from './seq-ranges.js';

const MINUTE_MS = 60_000;
const ALL = { fromMs: 0, toMs: 2 ** 52 };

/** What the samples of one device in a minute or an hour come to; they themselves were let go. */
export interface PlacedMean extends Omit<SlotStat, 'slot'> {
  readonly atMs: number;
}

/** All that the file has of one hour of a series. Devices are named by `deviceHash`. */
export interface WholeHour {
  readonly hour: number;
  readonly samples: readonly PlacedSample[];
  readonly minutes: readonly PlacedMean[];
  readonly hours: readonly PlacedMean[];
}

/** Everything that is in the file of an embedded history, for whoever takes it elsewhere. Reads only. */
export class WholeHistory {
  private readonly db: DatabaseSync;
  private readonly tables: { readonly chunks: ChunkTable; readonly hours: HourTable };

  /** @param file brought up to date before: a store has opened it */
  constructor(file: string) {
    this.db = new DatabaseSync(file, { readOnly: true });
    this.tables = { chunks: new ChunkTable(this.db), hours: new HourTable(this.db) };
  }

  /** `bed` is a bed, or `device:<id>` for what is nobody's. */
  series(): readonly SeriesName[] {
    const rows = this.db.prepare('SELECT bed_id, metric FROM chunk UNION SELECT bed_id, metric FROM hour ORDER BY 1, 2').all();
    return rows.map((row) => ({ bed: row['bed_id'] as string, metric: row['metric'] as string }));
  }

  *hours(series: SeriesName): Generator<WholeHour> {
    for (const hour of hoursOf(this.tables, series, ALL)) yield wholeHour(hour);
  }

  gaps(): { readonly gaps: readonly HistoryGap[]; readonly filled: readonly HistoryGapFilled[] } {
    const gaps: HistoryGap[] = [];
    const filled: HistoryGapFilled[] = [];
    for (const row of this.db.prepare('SELECT * FROM gap').iterate()) {
      const gapId = row['gap_id'] as string;
      for (const seqs of JSON.parse(row['filled_json'] as string) as SeqRanges) filled.push({ gapId, seqs });
      if (row['bed_id'] !== null) gaps.push(gapOf(gapId, row));
    }
    return { gaps, filled };
  }

  positions(): readonly (readonly [partition: number, offset: string])[] {
    const rows = this.db.prepare('SELECT partition, read_offset FROM read_through').all();
    return rows.map((row) => [row['partition'] as number, row['read_offset'] as string] as const);
  }

  close(): void {
    this.db.close();
  }
}

function wholeHour(hour: HourOf): WholeHour {
  const { packed } = hour;
  const startMs = hour.hour * HOUR_MS;
  const late = samplesOf(hour);
  const single =
    packed === undefined ? late : packed.hasSamples ? joinSamples(packed.samples!, late) : uncovered(packed.unpacked(), late);
  const samples = single.map(({ offsetMs, ...sample }) => ({ atMs: startMs + offsetMs, ...sample }));
  if (packed === undefined || packed.hasSamples) return { hour: hour.hour, samples, minutes: [], hours: [] };
  const means = (stats: readonly SlotStat[], widthMs: number): PlacedMean[] =>
    stats.map(({ slot, ...stat }) => ({ atMs: startMs + slot * widthMs, ...stat }));
  return { hour: hour.hour, samples, minutes: means(packed.minutes ?? [], MINUTE_MS), hours: means(packed.hours, HOUR_MS) };
}

function gapOf(gapId: string, row: Record<string, unknown>): HistoryGap {
  return {
    gapId,
    bedId: row['bed_id'] as BedId,
    deviceId: row['device_id'] as string | null,
    seqs: row['from_seq'] === null ? null : [row['from_seq'] as number, row['to_seq'] as number],
    fromMs: row['from_ms'] as number,
    toMs: row['to_ms'] as number,
    count: row['declared'] as number,
    reason: row['reason'] as HistoryGap['reason'],
  };
}
