import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import type { Clock } from '@vigil/clock';
import { type BedId, METRIC_NAMES } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  type CountRange,
  type HistoryBatch,
  type HistoryGap,
  type HistoryRange,
  type LatestSample,
  ObservationStore,
  type Reassign,
  type SampleCount,
  type SampleRange,
  type StoredPoint,
  type StoredSample,
} from '../../ports/observation-store.js';
import type { HistoryRetention } from '../../ports/history-retention.js';
import { Breaker } from '../breaker/breaker.js';
import { OPENING_BUSY_TIMEOUT_MS, useWal } from '../sqlite-file/use-wal.js';
import { deviceHash } from './chunk.js';
import { addQuality, CHUNK_SCHEMA, ChunkTable, MINUTE_MS } from './chunk-table.js';
import { Compaction, FIRST, PACK_AFTER_MS, type Packed } from './compaction.js';
import { eraseHours, eraseSome } from './erase.js';
import { GAP_SCHEMA, GapTable } from './gap-table.js';
import { HOUR_SCHEMA, HourTable } from './hour-table.js';
import { inLots } from './lots.js';
import { OpenChunks } from './open-chunks.js';
import { Reading } from './reading.js';
import { HOUR_MS } from './packed-hour.js';
import { type Moved, placesOf, Reassigning } from './reassign.js';

/**
 * Another process may have the file locked. The wait blocks this one, alarms with it, and history can wait much better than they.
 */
const BUSY_TIMEOUT_MS = 250;
/** The same once it was found locked, each time that it is tried again. */
const TROUBLED_BUSY_TIMEOUT_MS = 20;
const OUTAGES_MAX = 2;
/** Each series has a page of its own at its newest minute; SQLite's 2 MB hold those of 30 beds. */
const PAGE_CACHE_KIB = 65_536;
/**
 * Pages of the write-ahead log after which they are moved to where they belong, with the disk waited for, by whoever commits. The
 * same pages are written again for a minute, so the later the fewer; with SQLite's 1,000 it came with every commit of a full house.
 */
const MOVE_AT_PAGES = 16_384;

/** Readings of patients are for the user who runs the platform. SQLite gives its side files the same mode. */
const FILE_MODE = 0o600;

const SCHEMA = `
${CHUNK_SCHEMA}
${HOUR_SCHEMA}CREATE TABLE IF NOT EXISTS read_through (partition INTEGER PRIMARY KEY, read_offset TEXT NOT NULL);
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
  readonly chunks: ChunkTable;
  readonly hours: HourTable;
  private readonly compaction: Compaction;
  private readonly open: OpenChunks;
  private readonly reading: Reading;
  /** Changes with each commit of another connection, and with none of this one. */
  private readonly dataVersion: StatementSync;
  private seenVersion: number | null = null;
  private readonly saveOffset: StatementSync;
  private readonly loadOffset: StatementSync;
  private readonly gapTable: GapTable;
  private readonly reassigning: Reassigning;

  /** How the file is, where there is a clock to judge it by; else it is asked each time. */
  readonly breaker: Breaker | null;

  constructor(file: string, clock?: Clock) {
    super();
    const about = { name: 'history', code: 'store-unavailable', outagesMax: OUTAGES_MAX } as const;
    this.breaker = clock === undefined ? null : new Breaker({ ...about, clock, onTrouble: (is) => this.waitForLocks(is) });
    closeSync(openSync(file, 'a', FILE_MODE));
    this.db = new DatabaseSync(file);
    this.db.exec(`PRAGMA busy_timeout=${OPENING_BUSY_TIMEOUT_MS}`);
    useWal(this.db);
    // What is let go, packed or erased is overwritten: nothing of a patient stays in pages that are free.
    this.db.exec('PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON');
    this.db.exec(`PRAGMA cache_size=-${PAGE_CACHE_KIB}; PRAGMA wal_autocheckpoint=${MOVE_AT_PAGES}`);
    // One of several processes that open it at once changes it; the others wait.
    this.db.exec('BEGIN IMMEDIATE');
    this.db.exec(SCHEMA);
    addQuality(this.db);
    this.db.exec('COMMIT');
    this.db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    this.gapTable = new GapTable(this.db);
    this.chunks = new ChunkTable(this.db);
    this.open = new OpenChunks(this.chunks);
    this.hours = new HourTable(this.db);
    this.reading = new Reading(this);
    this.reassigning = new Reassigning(this.db, this.chunks, this.hours);
    this.compaction = new Compaction(this.db, this, (series) => this.open.forget(series));
    this.dataVersion = this.db.prepare('PRAGMA data_version');
    this.saveOffset = this.db.prepare(
      'INSERT INTO read_through (partition, read_offset) VALUES (?, ?) ON CONFLICT (partition) DO UPDATE SET read_offset = excluded.read_offset',
    );
    this.loadOffset = this.db.prepare('SELECT read_offset FROM read_through WHERE partition = ?');
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
      const forget = (): void => {
        for (const bed of placesOf(request)) this.open.forget({ bed, metric });
      };
      const hours = (from: number): Moved => this.reassigning.someHours(request, metric, from);
      const minutes = (from: number): Moved => this.reassigning.some(request, metric, from);
      moved += await this.stepwise(Math.floor(request.fromMs / HOUR_MS), forget, hours);
      moved += await this.stepwise(Math.floor(request.fromMs / MINUTE_MS), forget, minutes);
    }
    return moved;
  }

  /** One transaction after another, with others in between. @returns samples */
  private async stepwise(from: number, forget: () => void, some: (from: number) => Moved): Promise<number> {
    let samples = 0;
    let next: number | null = from;
    while (next !== null) {
      const at: number = next;
      const done: Moved = await this.whileThere(() => {
        forget();
        return this.inTransaction(() => some(at));
      });
      samples += done.samples;
      next = done.next;
      if (next !== null) await turnOfOthers();
    }
    return samples;
  }

  override detached(): ReturnType<ObservationStore['detached']> {
    return this.outage(() => this.reassigning.detached());
  }

  private store(batch: HistoryBatch, position: readonly [partition: number, readThrough: string] | null): void {
    try {
      this.inTransaction(() => {
        for (const { bedId, metric, atMs, value, deviceId, quality } of batch.samples)
          this.open.add({ bed: bedId, metric }, atMs, { value, device: deviceHash(deviceId), quality });
        this.open.store();
        this.gapTable.write(batch);
        if (position !== null) this.saveOffset.run(...position);
      });
      this.open.done();
    } catch (error) {
      this.open.undone();
      throw error;
    }
  }

  private inTransaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      this.followOthers();
      const done = work();
      this.db.exec('COMMIT');
      return done;
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** What another process has written since makes what is kept here an old picture, which must not be written back. */
  private followOthers(): void {
    const version = Number(this.dataVersion.get()?.['data_version']);
    if (version !== this.seenVersion) this.open.forgetAll();
    this.seenVersion = version;
  }

  override readThrough(partition: number): Promise<string | null> {
    return this.outage(() => (this.loadOffset.get(partition)?.['read_offset'] as string | undefined) ?? null);
  }

  override latest(bedId: BedId, sinceMs: number): Promise<readonly LatestSample[]> {
    return this.outage(() => METRIC_NAMES.flatMap((metric) => this.reading.latest(bedId, metric, sinceMs) ?? []));
  }

  override read(range: HistoryRange): Promise<readonly StoredPoint[]> {
    return this.outage(() => this.reading.points(range));
  }

  override samples({ bedId, fromMs, toMs, devices, limit }: SampleRange): Promise<readonly StoredSample[]> {
    const byHash = new Map(devices.map((deviceId) => [deviceHash(deviceId), deviceId]));
    return this.outage(() =>
      METRIC_NAMES.flatMap((metric) => {
        const found: StoredSample[] = [];
        for (const { atMs, value, device, quality } of this.reading.samples({ bed: bedId, metric }, { fromMs, toMs })) {
          if (found.length === limit) return found;
          found.push({ metric, atMs, value, deviceId: byHash.get(device) ?? null, quality });
        }
        return found;
      }),
    );
  }

  override counts(range: CountRange): Promise<readonly SampleCount[]> {
    return this.outage(() => METRIC_NAMES.flatMap((metric) => this.reading.counts(metric, range)));
  }

  /** Some chunks at a time; a crash in between leaves the rest, which the next call takes. */
  override async erase({ bedId, fromMs, toMs }: Parameters<ObservationStore['erase']>[0]): Promise<number> {
    if (fromMs >= toMs) return 0;
    let erased = 0;
    for (const metric of METRIC_NAMES) {
      const series = { bed: bedId, metric };
      const forget = (): void => this.open.forget(series);
      const hours = (from: number): Moved => eraseHours(this.hours, series, { fromMs, toMs }, from);
      const minutes = (from: number): Moved => eraseSome(this.chunks, series, { fromMs, toMs }, from);
      erased += await this.stepwise(Math.floor(fromMs / HOUR_MS), forget, hours);
      erased += await this.stepwise(Math.floor(fromMs / MINUTE_MS), forget, minutes);
    }
    await this.whileThere(() => this.inTransaction(() => this.gapTable.erase(bedId, fromMs, toMs)));
    // The write-ahead log holds older pages until it is begun anew; while somebody reads it stays, and the next erasure cuts it.
    await this.whileThere(() => this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    return erased;
  }

  override gaps(range: Parameters<ObservationStore['gaps']>[0]): Promise<readonly HistoryGap[]> {
    return this.outage(() => this.gapTable.read(range));
  }

  /**
   * Packs hours that are over and lets go of what is beyond its time; a little at a time, with others in between. May be called
   * again at any moment, and a crash in between leaves the same answers.
   *
   * @param stepMs the end of what is kept moves on by so much event time at most
   * @returns hours that were packed, and rows of which something was let go
   * @throws PlatformError('store-unavailable')
   */
  async compact(
    retention: HistoryRetention,
    { nowMs, stepMs }: { readonly nowMs: number; readonly stepMs: number },
  ): Promise<{ readonly packed: number; readonly letGo: number }> {
    let packed = 0;
    let place: Packed['next'] = { ...FIRST, minute: 0 };
    while (place !== null && this.db.isOpen) {
      const at: NonNullable<Packed['next']> = place;
      const done: Packed = await this.whileThere(() =>
        this.inTransaction(() => this.compaction.packNext(at, nowMs - PACK_AFTER_MS)),
      );
      packed += done.hours;
      place = done.next;
      await turnOfOthers();
    }
    if (!this.db.isOpen) return { packed, letGo: 0 };
    const until = await this.whileThere(() => this.compaction.due(retention, { nowMs, stepMs }));
    let letGo = 0;
    for (let series = this.hours.after(FIRST); series !== undefined; series = this.hours.after(series)) {
      const of = series;
      letGo += await this.whileThere(() => this.inTransaction(() => this.compaction.letGo(of, until)));
      await turnOfOthers();
      if (!this.db.isOpen) return { packed, letGo };
    }
    await this.whileThere(() => this.inTransaction(() => this.compaction.keepHorizons(until)));
    return { packed, letGo };
  }

  close(): void {
    this.db.close();
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
