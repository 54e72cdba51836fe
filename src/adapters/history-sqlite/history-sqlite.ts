import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
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
  type Reassign,
  type SampleRange,
  type StoredSample,
} from '../../ports/observation-store.js';
import { Breaker } from '../breaker/breaker.js';
import { Chunk, decodeChunk, deviceHash } from './chunk.js';
import { GAP_SCHEMA, GapTable } from './gap-table.js';
import { inLots } from './lots.js';
import { type Moved, placesOf, Reassigning } from './reassign.js';

const MINUTE_MS = 60_000;
/**
 * Another process may have the file locked. The wait blocks this one, alarms with it, and history can wait much better than they.
 */
const BUSY_TIMEOUT_MS = 250;
/** The same once it was found locked, each time that it is tried again. */
const TROUBLED_BUSY_TIMEOUT_MS = 20;
const OUTAGES_MAX = 2;
/**
 * Series (bed and metric) whose newest chunk is kept between writes: 5,000 beds with 12 metrics each, about 60 MB. With fewer places
 * than live series each write would read back what the one before has written.
 */
const SERIES_KEPT_MAX = 60_000;
/** Each series has a page of its own at its newest minute; SQLite's 2 MB hold those of 30 beds. */
const PAGE_CACHE_KIB = 65_536;
/**
 * Pages of the write-ahead log after which they are moved to where they belong, with the disk waited for, by whoever commits. The
 * same pages are written again for a minute, so the later the fewer; with SQLite's 1,000 it came with every commit of a full house.
 */
const MOVE_AT_PAGES = 16_384;

interface Touched {
  readonly bedId: BedId;
  readonly metric: MetricName;
  readonly minute: number;
  readonly chunk: Chunk;
}

/** What one write changes. */
interface TouchedChunks {
  readonly all: Set<Touched>;
  /** Those that are not kept as the newest of their series, by name. */
  readonly others: Map<string, Touched>;
}

const nameOf = ({ bedId, metric, minute }: Omit<Touched, 'chunk'>): string => `${bedId}|${metric}|${minute}`;

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
  private readonly reassigning: Reassigning;
  /** Newest chunks by `bed|metric`, in the order in which they began. */
  private readonly newestChunks = new Map<string, Touched>();

  /** How the file is, where there is a clock to judge it by; else it is asked each time. */
  readonly breaker: Breaker | null;

  constructor(file: string, clock?: Clock) {
    super();
    const about = { name: 'history', code: 'store-unavailable', outagesMax: OUTAGES_MAX } as const;
    this.breaker = clock === undefined ? null : new Breaker({ ...about, clock, onTrouble: (is) => this.waitForLocks(is) });
    closeSync(openSync(file, 'a', FILE_MODE));
    this.db = new DatabaseSync(file);
    this.db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;');
    this.db.exec(`PRAGMA cache_size=-${PAGE_CACHE_KIB}; PRAGMA wal_autocheckpoint=${MOVE_AT_PAGES}`);
    this.db.exec(SCHEMA);
    this.db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    this.gapTable = new GapTable(this.db);
    this.select = this.db.prepare('SELECT samples FROM chunk WHERE bed_id = ? AND metric = ? AND minute = ?');
    this.upsert = this.db.prepare(
      `INSERT INTO chunk (bed_id, metric, minute, count, min, max, mean, samples) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (bed_id, metric, minute) DO UPDATE SET
       count = excluded.count, min = excluded.min, max = excluded.max, mean = excluded.mean, samples = excluded.samples`,
    );
    this.reassigning = new Reassigning(this.db, (bed, metric, minute, { count, min, max, mean, encoded }) => {
      this.upsert.run(bed, metric, minute, count, min, max, mean, encoded);
    });
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

  /** Some beds at a time, each lot whole or not at all; the position goes with the last one, so a lot may come twice. */
  override async write(partition: number, batch: HistoryBatch, readThrough: string | null): Promise<void> {
    const lots = inLots(batch.samples);
    for (const samples of lots.slice(0, -1)) {
      await this.whileThere(() => this.store({ samples }, null));
      await turnOfOthers();
    }
    const position = readThrough === null ? null : ([partition, readThrough] as const);
    await this.whileThere(() => this.store({ ...batch, samples: lots.at(-1) ?? [] }, position));
  }

  /** Some chunks at a time, each whole at one place or at the other. */
  override async reassign(request: Reassign): Promise<number> {
    if (request.fromBedId === request.toBedId) return 0;
    let moved = 0;
    for (const metric of request.metrics ?? METRIC_NAMES) {
      let minute: number | null = Math.floor(request.fromMs / MINUTE_MS);
      while (minute !== null) {
        const fromMinute: number = minute;
        const some: Moved = await this.whileThere(() => this.moveSome(request, metric, fromMinute));
        moved += some.samples;
        minute = some.nextMinute;
        if (minute !== null) await turnOfOthers();
      }
    }
    return moved;
  }

  override detached(): ReturnType<ObservationStore['detached']> {
    return this.outage(() => this.reassigning.detached());
  }

  private moveSome(request: Reassign, metric: MetricName, fromMinute: number): Moved {
    // What is kept of both series would write back what has gone.
    for (const place of placesOf(request)) this.newestChunks.delete(`${place}|${metric}`);
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const moved = this.reassigning.some(request, metric, fromMinute);
      this.db.exec('COMMIT');
      return moved;
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private store(batch: HistoryBatch, position: readonly [partition: number, readThrough: string] | null): void {
    const touched: TouchedChunks = { all: new Set(), others: new Map() };
    this.db.exec('BEGIN IMMEDIATE');
    try {
      for (const sample of batch.samples) {
        const minute = Math.floor(sample.atMs / MINUTE_MS);
        const into = this.chunkOf(sample, minute, touched);
        into.chunk.add(sample.atMs - minute * MINUTE_MS, sample.value, deviceHash(sample.deviceId));
      }
      for (const { bedId, metric, minute, chunk } of touched.all) {
        this.upsert.run(bedId, metric, minute, chunk.count, chunk.min, chunk.max, chunk.mean, chunk.encoded);
      }
      this.gapTable.write(batch);
      if (position !== null) this.saveOffset.run(...position);
      this.db.exec('COMMIT');
    } catch (error) {
      for (const { bedId, metric } of touched.all) this.newestChunks.delete(`${bedId}|${metric}`);
      // A full disk ends the transaction by itself.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  override readThrough(partition: number): Promise<string | null> {
    return this.outage(() => (this.loadOffset.get(partition)?.['read_offset'] as string | undefined) ?? null);
  }

  override latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]> {
    return this.outage(() =>
      METRIC_NAMES.flatMap((metric) => {
        const row = this.newest.get(bedId, metric, Math.floor(sinceMs / MINUTE_MS));
        if (row === undefined) return [];
        const last = decodeChunk(row['samples'] as Uint8Array).at(-1)!;
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
        for (const { offsetMs, value } of decodeChunk(row['samples'] as Uint8Array)) {
          const atMs = minuteMs + offsetMs;
          if (atMs < fromMs || atMs >= toMs) continue;
          addPoint(points, atMs, value, fromMs, everyMs);
          if (points.length > limit) return points.slice(0, limit);
        }
      }
      return points;
    });
  }

  override samples({ bedId, fromMs, toMs, devices, limit }: SampleRange): Promise<readonly StoredSample[]> {
    const byHash = new Map(devices.map((deviceId) => [deviceHash(deviceId), deviceId]));
    return this.outage(() =>
      METRIC_NAMES.flatMap((metric) => {
        const found: StoredSample[] = [];
        for (const row of this.range.iterate(bedId, metric, Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS))) {
          const minuteMs = (row['minute'] as number) * MINUTE_MS;
          for (const { offsetMs, value, device } of decodeChunk(row['samples'] as Uint8Array)) {
            const atMs = minuteMs + offsetMs;
            if (atMs < fromMs || atMs >= toMs) continue;
            if (found.length === limit) return found;
            found.push({ metric, atMs, value, deviceId: byHash.get(device) ?? null });
          }
        }
        return found;
      }),
    );
  }

  override gaps(range: Parameters<ObservationStore['gaps']>[0]): Promise<readonly HistoryGap[]> {
    return this.outage(() => this.gapTable.read(range));
  }

  close(): void {
    this.db.close();
  }

  /** The chunk of the sample, which is in `touched` from now on. What comes for an earlier minute is looked up each time. */
  private chunkOf({ bedId, metric }: HistorySample, minute: number, touched: TouchedChunks): Touched {
    const series = `${bedId}|${metric}`;
    const newest = this.newestChunks.get(series);
    if (newest?.minute === minute) {
      touched.all.add(newest);
      return newest;
    }
    const known = touched.others.get(nameOf({ bedId, metric, minute }));
    if (known !== undefined) return known;
    const row = this.select.get(bedId, metric, minute);
    const found = { bedId, metric, minute, chunk: new Chunk(row?.['samples'] as Uint8Array | undefined) };
    touched.all.add(found);
    if (newest !== undefined && minute < newest.minute) touched.others.set(nameOf(found), found);
    else this.keepNewest(series, found, touched);
    return found;
  }

  private keepNewest(series: string, chunk: Touched, touched: TouchedChunks): void {
    this.forget(series, touched);
    if (this.newestChunks.size >= SERIES_KEPT_MAX) this.forget(this.newestChunks.keys().next().value!, touched);
    this.newestChunks.set(series, chunk);
  }

  /** What this write has changed and not stored yet must not be read back from the file. */
  private forget(series: string, touched: TouchedChunks): void {
    const chunk = this.newestChunks.get(series);
    if (chunk === undefined) return;
    if (touched.all.has(chunk)) touched.others.set(nameOf(chunk), chunk);
    this.newestChunks.delete(series);
  }

  /** Reads are not held back: a file that is locked can be read. */
  private whileThere<T>(run: () => T): Promise<T> {
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
