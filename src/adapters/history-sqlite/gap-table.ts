import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BedId } from '@vigil/contracts';
import { GAPS_PER_BED_MAX, type HistoryBatch, type HistoryGap } from '../../ports/observation-store.js';
import { addRange, countWithin, type SeqRanges } from './seq-ranges.js';

/** A row is begun by the gap or by what fills it, whichever is read first; without a bed it is not known yet. */
export const GAP_SCHEMA = `
CREATE TABLE IF NOT EXISTS gap (
  gap_id TEXT PRIMARY KEY,
  bed_id TEXT,
  device_id TEXT,
  from_seq INTEGER,
  to_seq INTEGER,
  from_ms INTEGER NOT NULL DEFAULT 0,
  to_ms INTEGER NOT NULL DEFAULT 0,
  declared INTEGER NOT NULL DEFAULT 0,
  missing INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  filled_json TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gap_bed_ix ON gap (bed_id, to_ms);
`;

/** Runs of messages that are kept per gap; what comes beyond them stays declared as missing. */
const RANGES_MAX = 1_000;

/** The gaps of the history file. Called inside the transaction of a write. */
export class GapTable {
  private readonly declare: StatementSync;
  private readonly fill: StatementSync;
  private readonly load: StatementSync;
  private readonly setMissing: StatementSync;
  private readonly evict: StatementSync;
  private readonly within: StatementSync;
  private readonly take: StatementSync;

  constructor(db: DatabaseSync) {
    this.declare = db.prepare(
      `INSERT INTO gap (gap_id, bed_id, device_id, from_seq, to_seq, from_ms, to_ms, declared, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (gap_id) DO UPDATE SET bed_id = excluded.bed_id, device_id = excluded.device_id,
       from_seq = excluded.from_seq, to_seq = excluded.to_seq, from_ms = excluded.from_ms, to_ms = excluded.to_ms,
       declared = excluded.declared, reason = excluded.reason`,
    );
    this.fill = db.prepare(
      'INSERT INTO gap (gap_id, filled_json) VALUES (?, ?) ON CONFLICT (gap_id) DO UPDATE SET filled_json = excluded.filled_json',
    );
    this.load = db.prepare('SELECT from_seq, to_seq, declared, filled_json FROM gap WHERE gap_id = ?');
    this.setMissing = db.prepare('UPDATE gap SET missing = ? WHERE gap_id = ?');
    this.evict = db.prepare(
      `DELETE FROM gap WHERE gap_id IN
       (SELECT gap_id FROM gap WHERE bed_id IS ? ORDER BY to_ms DESC, gap_id DESC LIMIT -1 OFFSET ${GAPS_PER_BED_MAX})`,
    );
    this.within = db.prepare(
      `SELECT * FROM gap WHERE bed_id = ? AND missing > 0 AND to_ms >= ? AND from_ms < ?
       ORDER BY to_ms DESC, gap_id DESC LIMIT ?`,
    );
    this.take = db.prepare('DELETE FROM gap WHERE bed_id = ? AND to_ms >= ? AND from_ms < ?');
  }

  write({ gaps = [], filled = [] }: HistoryBatch): void {
    const beds = new Set<string | null>();
    for (const { gapId, bedId, deviceId, seqs, fromMs, toMs, count, reason } of gaps) {
      this.declare.run(gapId, bedId, deviceId, seqs?.[0] ?? null, seqs?.[1] ?? null, fromMs, toMs, count, reason);
      this.count(gapId);
      beds.add(bedId);
    }
    for (const { gapId, seqs } of filled) {
      const ranges = this.rangesOf(gapId);
      const next = addRange(ranges, seqs);
      if (next.length > RANGES_MAX) continue;
      this.fill.run(gapId, JSON.stringify(next));
      this.count(gapId);
      beds.add(null);
    }
    for (const bedId of beds) this.evict.run(bedId);
  }

  read({ bedId, fromMs, toMs, limit }: { bedId: BedId; fromMs: number; toMs: number; limit: number }): readonly HistoryGap[] {
    const rows = this.within.all(bedId, fromMs, toMs, limit).map((row) => ({
      gapId: row['gap_id'] as string,
      bedId,
      deviceId: row['device_id'] as string | null,
      seqs: row['from_seq'] === null ? null : ([row['from_seq'] as number, row['to_seq'] as number] as const),
      fromMs: row['from_ms'] as number,
      toMs: row['to_ms'] as number,
      count: row['missing'] as number,
      reason: row['reason'] as HistoryGap['reason'],
    }));
    return rows.sort((a, b) => a.fromMs - b.fromMs || (a.gapId < b.gapId ? -1 : 1));
  }

  /** Those that touch [fromMs, toMs). */
  erase(bedId: BedId, fromMs: number, toMs: number): void {
    this.take.run(bedId, fromMs, toMs);
  }

  /** What is still missing follows from what was declared and what has come. */
  private count(gapId: string): void {
    const row = this.load.get(gapId);
    if (row === undefined) return;
    const [from, to] = [row['from_seq'] as number | null, row['to_seq'] as number | null];
    const came = from === null || to === null ? 0 : countWithin(this.rangesOf(gapId), [from, to]);
    this.setMissing.run(Math.max(0, (row['declared'] as number) - came), gapId);
  }

  private rangesOf(gapId: string): SeqRanges {
    const row = this.load.get(gapId);
    return row === undefined ? [] : (JSON.parse(row['filled_json'] as string) as SeqRanges);
  }
}
