import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock } from '@vigil/clock';
import { type BedId, type HistoryPoint, METRIC_NAMES, type MetricName } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  type HistoryBatch,
  type HistoryGap,
  type HistoryRange,
  type HistorySample,
  type LatestSample,
  ObservationStore,
} from '../../ports/observation-store.js';
import { Breaker } from '../breaker/breaker.js';
import { addSamples, decodeChunk, emptyChunk, encodeChunk, type Chunk } from './chunk.js';
import { GAP_SCHEMA, GapTable } from './gap-table.js';

const MINUTE_MS = 60_000;
/**
 * Another process may have the file locked. The wait blocks this one, alarms with it, and history can wait much better than they.
 */
const BUSY_TIMEOUT_MS = 250;
/** The same once it was found locked, each time that it is tried again. */
const TROUBLED_BUSY_TIMEOUT_MS = 20;
const OUTAGES_MAX = 2;
/** Chunks kept decoded between writes; a live series touches one a minute. */
const CACHE_MAX = 20_000;

/** Readings of patients are for the user who runs the platform. SQLite gives its side files the same mode. */
const FILE_MODE = 0o600;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS chunk (
  bed_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count INTEGER NOT NULL,
  min REAL NOT NULL,
  max REAL NOT NULL,
  mean REAL NOT NULL,
  samples BLOB NOT NULL,
  PRIMARY KEY (bed_id, metric, minute)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS read_through (partition INTEGER PRIMARY KEY, read_offset TEXT NOT NULL);
${GAP_SCHEMA}`;

/**
 * History on one machine: a row per bed, metric and minute with its samples. Samples and offset are one transaction;
 * a sample is named by time and device, so writing it again changes nothing.
 *
 * No commit waits for the disk: a power cut may take the last seconds and their offset together, which are then read
 * from the log again. A crash of the process takes nothing.
 */
export class SqliteObservationStore extends ObservationStore {
  private readonly db: DatabaseSync;
  private readonly select: StatementSync;
  private readonly upsert: StatementSync;
  private readonly saveOffset: StatementSync;
  private readonly loadOffset: StatementSync;
  private readonly range: StatementSync;
  private readonly newest: StatementSync;
  private readonly gapTable: GapTable;
  /** Newest chunks by `bed|metric|minute`, in the order of their last use. */
  private readonly cache = new Map<string, Chunk>();

  /** How the file is, where there is a clock to judge it by; else it is asked each time. */
  readonly breaker: Breaker | null;

  constructor(file: string, clock?: Clock) {
    super();
    const about = { name: 'history', code: 'store-unavailable', outagesMax: OUTAGES_MAX } as const;
    this.breaker = clock === undefined ? null : new Breaker({ ...about, clock, onTrouble: (is) => this.waitForLocks(is) });
    closeSync(openSync(file, 'a', FILE_MODE));
    this.db = new DatabaseSync(file);
    this.db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;');
    this.db.exec(SCHEMA);
    this.db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    this.gapTable = new GapTable(this.db);
    this.select = this.db.prepare('SELECT samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?');
    this.upsert = this.db.prepare(
      `INSERT INTO chunk (bed_id, metric, minute, count, min, max, mean, samples) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (bed_id, metric, minute) DO UPDATE SET
       count = excluded.count, min = excluded.min, max = excluded.max, mean = excluded.mean, samples = excluded.samples`,
    );
    this.saveOffset = this.db.prepare(
      'INSERT INTO read_through (partition, read_offset) VALUES (?, ?) ON CONFLICT (partition) DO UPDATE SET read_offset = excluded.read_offset',
    );
    this.loadOffset = this.db.prepare('SELECT read_offset FROM read_through WHERE partition = ?');
    this.newest = this.db.prepare(
      'SELECT minute, samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute >= ? ORDER BY minute DESC LIMIT 1',
    );
    this.range = this.db.prepare(
      'SELECT minute, samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute BETWEEN ? AND ? ORDER BY minute',
    );
  }

  override write(partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void> {
    const touched = new Map<string, { chunk: Chunk; sample: HistorySample; minute: number }>();
    return this.whileThere(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        for (const sample of batch.samples) {
          const minute = Math.floor(sample.atMs / MINUTE_MS);
          const key = `${sample.bedId}|${sample.metric}|${minute}`;
          let entry = touched.get(key);
          if (entry === undefined) {
            entry = { chunk: this.load(key, sample.bedId, sample.metric, minute), sample, minute };
            touched.set(key, entry);
          }
          addSamples(entry.chunk, sample.atMs - minute * MINUTE_MS, sample.value, sample.deviceId);
        }
        for (const { chunk, sample, minute } of touched.values()) {
          this.upsert.run(
            sample.bedId,
            sample.metric,
            minute,
            chunk.count,
            chunk.min,
            chunk.max,
            chunk.sum / chunk.count,
            encodeChunk(chunk),
          );
        }
        this.gapTable.write(batch);
        if (readThrough !== null) this.saveOffset.run(partition, readThrough);
        this.db.exec('COMMIT');
      } catch (error) {
        this.db.exec('ROLLBACK');
        for (const key of touched.keys()) this.cache.delete(key);
        throw error;
      }
    });
  }

  override readThrough(partition: number): Promise<string | null> {
    return this.outage(() => (this.loadOffset.get(partition)?.['read_offset'] as string | undefined) ?? null);
  }

  override latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]> {
    return this.outage(() =>
      METRIC_NAMES.flatMap((metric) => {
        const row = this.newest.get(bedId, metric, Math.floor(sinceMs / MINUTE_MS));
        if (row === undefined) return [];
        const last = decodeChunk(row['samples'] as Uint8Array).samples.at(-1)!;
        const atMs = (row['minute'] as number) * MINUTE_MS + last.offsetMs;
        return atMs < sinceMs ? [] : [{ metric, atMs, value: last.value }];
      }),
    );
  }

  override read({ bedId, metric, fromMs, toMs, everyMs, limit }: HistoryRange): Promise<readonly HistoryPoint[]> {
    return this.outage(() => {
      const points: HistoryPoint[] = [];
      const rows = this.range.iterate(bedId, metric, Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS));
      for (const row of rows) {
        const minuteMs = (row['minute'] as number) * MINUTE_MS;
        for (const { offsetMs, value } of decodeChunk(row['samples'] as Uint8Array).samples) {
          const atMs = minuteMs + offsetMs;
          if (atMs < fromMs || atMs >= toMs) continue;
          addPoint(points, atMs, value, fromMs, everyMs);
          if (points.length > limit) return points.slice(0, limit);
        }
      }
      return points;
    });
  }

  override gaps(range: Parameters<ObservationStore['gaps']>[0]): Promise<readonly HistoryGap[]> {
    return this.outage(() => this.gapTable.read(range));
  }

  close(): void {
    this.db.close();
  }

  private load(key: string, bedId: BedId, metric: MetricName, minute: number): Chunk {
    let chunk = this.cache.get(key);
    if (chunk === undefined) {
      const row = this.select.get(bedId, metric, minute);
      chunk = row === undefined ? emptyChunk() : decodeChunk(row['samples'] as Uint8Array);
    } else {
      this.cache.delete(key);
    }
    this.cache.set(key, chunk);
    if (this.cache.size > CACHE_MAX) this.cache.delete(this.cache.keys().next().value!);
    return chunk;
  }

  /** Reads are not held back: a file that is locked can be read. */
  private whileThere(run: () => void): Promise<void> {
    return this.breaker === null ? this.outage(run) : this.breaker.run(() => this.outage(run));
  }

  private waitForLocks(isTroubled: boolean): void {
    this.db.exec(`PRAGMA busy_timeout=${isTroubled ? TROUBLED_BUSY_TIMEOUT_MS : BUSY_TIMEOUT_MS}`);
  }

  private outage<T>(run: () => T): Promise<T> {
    try {
      return Promise.resolve(run());
    } catch (error) {
      return Promise.reject(new PlatformError('store-unavailable', {}, true, error));
    }
  }
}

/** Adds a sample to the last bucket, or starts the next one. Buckets are half-open and begin at `fromMs`. */
function addPoint(points: HistoryPoint[], atMs: number, value: number, fromMs: number, everyMs: number): void {
  const startMs = everyMs === 0 ? atMs : fromMs + Math.floor((atMs - fromMs) / everyMs) * everyMs;
  const last = points[points.length - 1];
  if (everyMs === 0 || last === undefined || last.atMs !== startMs) {
    points.push({ atMs: startMs as HistoryPoint['atMs'], value, min: value, max: value, count: 1 });
    return;
  }
  const count = last.count + 1;
  points[points.length - 1] = {
    atMs: last.atMs,
    value: last.value! + (value - last.value!) / count,
    min: Math.min(last.min!, value),
    max: Math.max(last.max!, value),
    count,
  };
}
