import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SeriesName } from './chunk-table.js';
import { packSamples, packStats, unpackSamples, unpackStats } from './pack.js';
import type { PackedHour } from './packed-hour.js';

/** `samples` and then `minutes` become null when they are let go. `count`: samples that the row stands for. */
export const HOUR_SCHEMA = `
CREATE TABLE IF NOT EXISTS hour (
  bed_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  samples BLOB,
  minutes BLOB,
  hours BLOB NOT NULL,
  PRIMARY KEY (bed_id, metric, hour)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS let_go (class TEXT PRIMARY KEY, before_ms INTEGER NOT NULL);
`;

/** A row as it lies there: its parts are unpacked only when they are needed. */
export class HourRow {
  constructor(
    readonly hour: number,
    private readonly blobs: {
      readonly samples: Uint8Array | null;
      readonly minutes: Uint8Array | null;
      readonly hours: Uint8Array;
    },
  ) {}

  get hasSamples(): boolean {
    return this.blobs.samples !== null;
  }

  get samples(): PackedHour['samples'] {
    return this.blobs.samples === null ? null : unpackSamples(this.blobs.samples);
  }

  get minutes(): PackedHour['minutes'] {
    return this.blobs.minutes === null ? null : unpackStats(this.blobs.minutes);
  }

  get hours(): PackedHour['hours'] {
    return unpackStats(this.blobs.hours);
  }

  /** All of it. */
  unpacked(): PackedHour {
    return { samples: this.samples, minutes: this.minutes, hours: this.hours };
  }
}

/** The rows of hours that are packed. All calls are synchronous; writes are for inside a transaction. */
export class HourTable {
  private readonly one: StatementSync;
  private readonly upsert: StatementSync;
  private readonly delete: StatementSync;
  private readonly between: StatementSync;
  private readonly newestSince: StatementSync;
  private readonly next: StatementSync;
  private readonly dropSamples: StatementSync;
  private readonly dropMinutes: StatementSync;
  private readonly dropHours: StatementSync;

  constructor(db: DatabaseSync) {
    const select = 'SELECT hour, samples, minutes, hours FROM hour WHERE bed_id = ? AND metric = ?';
    this.one = db.prepare(`${select} AND hour = ?`);
    this.upsert = db.prepare(
      'INSERT OR REPLACE INTO hour (bed_id, metric, hour, count, samples, minutes, hours) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.delete = db.prepare('DELETE FROM hour WHERE bed_id = ? AND metric = ? AND hour = ?');
    this.between = db.prepare(`${select} AND hour BETWEEN ? AND ? ORDER BY hour LIMIT ?`);
    this.newestSince = db.prepare(`${select} AND hour >= ? AND samples IS NOT NULL ORDER BY hour DESC LIMIT 1`);
    this.next = db.prepare('SELECT bed_id, metric FROM hour WHERE (bed_id, metric) > (?, ?) ORDER BY bed_id, metric LIMIT 1');
    const some = 'bed_id = ? AND metric = ? AND hour >= ? AND hour < ?';
    this.dropSamples = db.prepare(`UPDATE hour SET samples = NULL WHERE ${some} AND samples IS NOT NULL`);
    this.dropMinutes = db.prepare(`UPDATE hour SET samples = NULL, minutes = NULL WHERE ${some} AND minutes IS NOT NULL`);
    this.dropHours = db.prepare(`DELETE FROM hour WHERE ${some}`);
  }

  get({ bed, metric }: SeriesName, hour: number): HourRow | undefined {
    const row = this.one.get(bed, metric, hour);
    return row === undefined ? undefined : rowOf(row);
  }

  put({ bed, metric }: SeriesName, hour: number, { samples, minutes, hours }: PackedHour): void {
    const count = hours.reduce((sum, stat) => sum + stat.count, 0);
    const packed = samples === null ? null : packSamples(samples);
    this.upsert.run(bed, metric, hour, count, packed, minutes === null ? null : packStats(minutes), packStats(hours));
  }

  putOrRemove(series: SeriesName, hour: number, packed: PackedHour | null): void {
    if (packed === null) this.delete.run(series.bed, series.metric, hour);
    else this.put(series, hour, packed);
  }

  /** Both ends inclusive, ascending. Nothing may be written before the last row was taken; a limit of -1 is none. */
  *range({ bed, metric }: SeriesName, fromHour: number, lastHour: number, limit = -1): Generator<HourRow> {
    for (const row of this.between.iterate(bed, metric, fromHour, lastHour, limit)) yield rowOf(row);
  }

  /** The newest that still has samples. */
  newest({ bed, metric }: SeriesName, sinceHour: number): HourRow | undefined {
    const row = this.newestSince.get(bed, metric, sinceHour);
    return row === undefined ? undefined : rowOf(row);
  }

  /** The first series behind this one: one look into the index. */
  after({ bed, metric }: SeriesName): SeriesName | undefined {
    const row = this.next.get(bed, metric);
    return row === undefined ? undefined : { bed: row['bed_id'] as string, metric: row['metric'] as string };
  }

  /** Lets go of what one class kept of these hours, half-open. @returns rows that changed */
  letGo(what: 'samples' | 'minutes' | 'hours', { bed, metric }: SeriesName, fromHour: number, toHour: number): number {
    const statement = { samples: this.dropSamples, minutes: this.dropMinutes, hours: this.dropHours }[what];
    return Number(statement.run(bed, metric, fromHour, toHour).changes);
  }
}

function rowOf(row: Record<string, unknown>): HourRow {
  const blob = (name: string): Uint8Array | null => row[name] as Uint8Array | null;
  return new HourRow(row['hour'] as number, { samples: blob('samples'), minutes: blob('minutes'), hours: blob('hours')! });
}
