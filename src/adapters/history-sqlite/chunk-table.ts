import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Stat } from './buckets.js';
import type { Chunk, StoredChunk } from './chunk.js';

export const MINUTE_MS = 60_000;

/** `quality` and `questionable` came later: rows of before have null and 0, and all their samples are valid. */
export const CHUNK_SCHEMA = `
CREATE TABLE IF NOT EXISTS chunk (
  bed_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count INTEGER NOT NULL,
  min REAL NOT NULL,
  max REAL NOT NULL,
  mean REAL NOT NULL,
  samples BLOB NOT NULL,
  quality BLOB,
  questionable INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bed_id, metric, minute)
) WITHOUT ROWID;
`;

/** Brings a file of before quality was kept up to date. */
export function addQuality(db: DatabaseSync): void {
  const names = db.prepare('PRAGMA table_info(chunk)').all();
  if (names.some((row) => row['name'] === 'quality')) return;
  db.exec('ALTER TABLE chunk ADD COLUMN quality BLOB; ALTER TABLE chunk ADD COLUMN questionable INTEGER NOT NULL DEFAULT 0');
}

/** A bed, or where what is nobody's is kept, and one metric. */
export interface SeriesName {
  readonly bed: string;
  readonly metric: string;
}

export interface ChunkRow extends StoredChunk {
  readonly minute: number;
  /** What all its samples come to. */
  readonly stat: Stat;
}

/** The rows of minutes. All calls are synchronous; writes are for inside a transaction. */
export class ChunkTable {
  private readonly one: StatementSync;
  private readonly upsert: StatementSync;
  private readonly delete: StatementSync;
  private readonly between: StatementSync;
  private readonly newestSince: StatementSync;
  private readonly next: StatementSync;

  constructor(db: DatabaseSync) {
    const what = 'minute, samples, quality, count, questionable, min, max, mean';
    this.one = db.prepare(`SELECT ${what} FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?`);
    this.upsert = db.prepare(
      `INSERT INTO chunk (bed_id, metric, minute, count, min, max, mean, samples, quality, questionable)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (bed_id, metric, minute) DO UPDATE SET count = excluded.count, min = excluded.min, max = excluded.max,
       mean = excluded.mean, samples = excluded.samples, quality = excluded.quality, questionable = excluded.questionable`,
    );
    this.delete = db.prepare('DELETE FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?');
    const series = `SELECT ${what} FROM chunk WHERE bed_id = ? AND metric = ?`;
    this.between = db.prepare(`${series} AND minute BETWEEN ? AND ? ORDER BY minute LIMIT ?`);
    this.newestSince = db.prepare(`${series} AND minute >= ? ORDER BY minute DESC LIMIT 1`);
    this.next = db.prepare(
      'SELECT bed_id, metric, minute FROM chunk WHERE (bed_id, metric, minute) > (?, ?, ?) ORDER BY bed_id, metric, minute LIMIT 1',
    );
  }

  get({ bed, metric }: SeriesName, minute: number): ChunkRow | undefined {
    const row = this.one.get(bed, metric, minute);
    return row === undefined ? undefined : rowOf(row);
  }

  put({ bed, metric }: SeriesName, minute: number, chunk: Chunk): void {
    const { count, min, max, mean, encoded, quality, questionable } = chunk;
    this.upsert.run(bed, metric, minute, count, min, max, mean, encoded, quality, questionable);
  }

  /** A chunk of which nothing is left has no row. */
  putOrRemove(series: SeriesName, minute: number, chunk: Chunk): void {
    if (chunk.count === 0) this.remove(series, minute);
    else this.put(series, minute, chunk);
  }

  remove({ bed, metric }: SeriesName, minute: number): void {
    this.delete.run(bed, metric, minute);
  }

  /** Both ends inclusive, ascending. Nothing may be written before the last row was taken; a limit of -1 is none. */
  *range({ bed, metric }: SeriesName, fromMinute: number, lastMinute: number, limit = -1): Generator<ChunkRow> {
    for (const row of this.between.iterate(bed, metric, fromMinute, lastMinute, limit)) yield rowOf(row);
  }

  newest({ bed, metric }: SeriesName, sinceMinute: number): ChunkRow | undefined {
    const row = this.newestSince.get(bed, metric, sinceMinute);
    return row === undefined ? undefined : rowOf(row);
  }

  /** The first row behind this place, by bed, metric and minute: one look into the index. */
  after(bed: string, metric: string, minute: number): (SeriesName & { readonly minute: number }) | undefined {
    const row = this.next.get(bed, metric, minute);
    if (row === undefined) return undefined;
    return { bed: row['bed_id'] as string, metric: row['metric'] as string, minute: row['minute'] as number };
  }
}

function rowOf(row: Record<string, unknown>): ChunkRow {
  const of = (name: string): number => row[name] as number;
  return {
    minute: of('minute'),
    samples: row['samples'] as Uint8Array,
    quality: row['quality'] as Uint8Array | null,
    stat: {
      ...{ count: of('count'), questionable: of('questionable') },
      ...{ min: of('min'), max: of('max'), sum: of('mean') * of('count') },
    },
  };
}
