import type { Clock } from '@vigil/clock';
import type { KeyPort, SealedSegments } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { codeOf, type GatewayLog } from '../log.js';
import { within } from '../within.js';
import type { GatewayMetrics } from '../metrics.js';
import { AgeMarks } from './age-marks.js';
import { loadCursor, saveCursor } from './cursor.js';
import type { SpoolDisk } from './disk.js';
import { recordBytes } from './frame.js';
import { type Range, type RangeSet } from './ranges.js';
import { type SpoolEntry, SpoolReader } from './reader.js';
import { recover, type Recovered, type Segment, segmentName } from './segments.js';
import { SegmentWriter, type Written } from './segment-writer.js';
import { SpoolKeys } from './spool-keys.js';

export interface SpoolOptions {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  /** Bytes of all segments at which nothing more is taken. */
  readonly bytesMax: number;
  /** Default 16 MiB, and never more than an eighth of `bytesMax`. */
  readonly segmentBytes?: number;
  /** Records waiting for the disk beyond this are refused, so that a full disk can't fill the memory. Default 32 MiB. */
  readonly waitingBytesMax?: number;
}

/** The spool can't take a record now and has not stored it. Worth trying again. */
export class SpoolOutage extends Error {
  override readonly name = 'SpoolOutage';
  readonly retryable = true;
  constructor(readonly code: 'spool-behind' | 'spool-closed') {
    super(code);
  }
}

interface Waiting {
  readonly records: readonly LogRecord[];
  readonly bytes: number;
  readonly done: (outage?: SpoolOutage) => void;
}

const GROUP_BYTES_MAX = 1024 * 1024;
const CURSOR_EVERY_MS = 200;
const RETRY_MS = [100, 200, 400, 800, 1_600, 3_200, 5_000];

/**
 * The gateway's memory of what it acknowledged: an append-only, sealed, checksummed log with group commit.
 *
 * Guarantees: `done` is called without an outage only after an fdatasync covered the records, in the order of `append`;
 * nothing that was acknowledged is deleted before `settle` named it; records come back by `read` in order. A failed
 * write, a full disk or the size bound withholds `done`: it is called when the records are stored at last.
 *
 * Not supported: eviction by age (at the bound, nothing is taken), and telling a damaged last record from a torn one.
 */
export class Spool {
  /** Called after the callbacks of a group with what became durable. The uplink listens here. */
  onDurable: (entries: readonly SpoolEntry[]) => void = () => undefined;

  private readonly writer: SegmentWriter;
  private readonly reader: SpoolReader;
  private readonly segmentKeys: SpoolKeys;
  private readonly segments: Segment[];
  private readonly groupBytesMax: number;
  private nextIndex: number;
  private unsettledCount: number;
  private bytes: number;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | null = null;
  private closed = false;
  private failures = 0;
  private withheld = false;
  private readonly ages = new AgeMarks();
  private roomMade: (() => void) | null = null;
  private cursorDue = false;
  private rollDue = false;
  private cursorWrite: Promise<void> = Promise.resolve();
  private reading: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: SpoolOptions,
    recovered: Recovered,
    private readonly settled: RangeSet,
  ) {
    const { disk, keys, gatewayId, bytesMax, segmentBytes = 16 * 1024 * 1024 } = options;
    const segmentMax = Math.min(segmentBytes, Math.ceil(bytesMax / 8));
    this.groupBytesMax = Math.min(GROUP_BYTES_MAX, segmentMax);
    this.writer = new SegmentWriter(disk, keys, gatewayId, segmentMax);
    this.reader = new SpoolReader({ disk, keys, gatewayId });
    this.segmentKeys = new SpoolKeys(disk, keys, gatewayId);
    this.segments = recovered.segments;
    for (const s of recovered.segments) {
      this.ages.add(s.first, s.wallMs);
      if (s.damage === null) this.segmentKeys.add(s.first, s.keyId);
    }
    this.nextIndex = recovered.nextIndex;
    this.bytes = recovered.segments.reduce((sum, s) => sum + s.bytes, 0);
    this.unsettledCount = this.unsettled().reduce((sum, r) => sum + r.to - r.from, 0);
  }

  /** @throws SealError `key-unknown` or `key-file` when segments are there that the key file did not seal */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { disk, log, metrics } = options;
    const settled = await loadCursor(disk);
    const recovered = await recover(disk, options.keys, options.gatewayId, log);
    // Without a segment the cursor alone knows which indexes were used.
    const lastSettled = settled.list().at(-1)?.to ?? 0;
    const nextIndex = recovered.segments.length === 0 ? Math.max(recovered.nextIndex, lastSettled) : recovered.nextIndex;
    settled.remove({ from: nextIndex, to: Number.MAX_SAFE_INTEGER });
    settled.add({ from: 0, to: recovered.segments[0]?.first ?? nextIndex });
    const spool = new Spool(options, { ...recovered, nextIndex }, settled);
    if (recovered.cutBytes > 0) {
      metrics.spoolCutBytes.inc(recovered.cutBytes);
      log.warn({ bytes: recovered.cutBytes }, 'spool ended in an unfinished record, which was never acknowledged');
    }
    await spool.deleteSettled();
    spool.gauge();
    return spool;
  }

  /** Stores records that belong together. Many calls may be open at once; they share one fdatasync. */
  append(records: readonly LogRecord[], done: (outage?: SpoolOutage) => void): void {
    const bytes = records.reduce((sum, r) => sum + recordBytes(r), 0);
    const { waitingBytesMax = 32 * 1024 * 1024 } = this.options;
    if (this.closed || this.waitingBytes + bytes > waitingBytesMax) {
      done(new SpoolOutage(this.closed ? 'spool-closed' : 'spool-behind'));
      return;
    }
    this.waiting.push({ records, bytes, done });
    this.waitingBytes += bytes;
    this.running ??= this.run();
  }

  /** Records that the log has not settled, ascending. */
  unsettled(): Range[] {
    return this.settled.missing({ from: 0, to: this.nextIndex });
  }

  /** How many those are, and when the oldest of them was appended (wall time; null when there is none). */
  pending(): { readonly count: number; readonly oldestWallMs: number | null } {
    const oldest = this.settled.list()[0]?.to ?? 0;
    if (this.unsettledCount === 0) return { count: 0, oldestWallMs: null };
    return { count: this.unsettledCount, oldestWallMs: this.ages.wallMsOf(oldest) };
  }

  /** The log has these for good. Segments that are wholly settled are deleted. */
  settle(ranges: readonly Range[]): void {
    for (const range of ranges) this.unsettledCount -= this.settled.add(range);
    if (!this.cursorDue) {
      this.cursorDue = true;
      this.options.clock.after(CURSOR_EVERY_MS, () => this.persist());
    }
  }

  /**
   * Reads up to `max` records of `wanted` from disk, oldest first, all from one segment. Damaged ones are counted,
   * their segment is kept aside, and they count as settled: nobody can send them.
   *
   * @returns the records, and the index up to which `wanted` is dealt with
   */
  read(wanted: Range, max: number): Promise<{ readonly entries: SpoolEntry[]; readonly upTo: number }> {
    const next = this.reading.then(() => this.readNow(wanted, max));
    this.reading = next.catch(() => undefined);
    return next;
  }

  /** For the rotation of the key-encryption key. */
  get sealed(): SealedSegments {
    return {
      keyIds: () => this.segmentKeys.keyIds(),
      active: () => this.writer.activeFirst,
      roll: () => this.roll(),
      rewrap: (first) => this.segmentKeys.rewrap(first),
    };
  }

  /** True while records wait because they can't be stored. */
  get isWithholding(): boolean {
    return this.withheld;
  }

  /** Resolves once everything appended is stored, or after `timeoutMs` of wall time. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.running !== null) await within(this.options.clock, timeoutMs, this.running);
  }

  /** Stores what was appended, waiting at most `timeoutMs` of wall time; the rest is refused. Then closes the files. */
  async close(timeoutMs: number): Promise<void> {
    this.closed = true;
    await this.drain(timeoutMs);
    const refused = this.waiting.splice(0);
    this.roomMade?.();
    for (const w of refused) w.done(new SpoolOutage('spool-closed'));
    await this.reading;
    await this.reader.close();
    await this.writer.finish();
    this.cursorDue = true;
    this.persist();
    await this.cursorWrite;
  }

  /** The next group begins a new segment; it never meets a write that is under way. */
  private roll(): void {
    if (this.running === null) void this.writer.finish();
    else this.rollDue = true;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.takeGroup();
      while (!(await this.store(group))) {
        if (this.closed) {
          for (const w of group) w.done(new SpoolOutage('spool-closed'));
          break;
        }
      }
    }
    // In the same turn as the last look at `waiting`, so that no append finds a loop that has just ended.
    this.running = null;
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let n = 0;
    do bytes += this.waiting[n++]!.bytes;
    while (n < this.waiting.length && bytes + this.waiting[n]!.bytes <= this.groupBytesMax);
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, n);
  }

  /** False when the group could not be stored now; the wait before the next try is over then. */
  private async store(group: readonly Waiting[]): Promise<boolean> {
    const { clock, metrics, log, bytesMax } = this.options;
    const records = group.length === 1 ? group[0]!.records : group.flatMap((w) => w.records);
    const bytes = group.reduce((sum, w) => sum + w.bytes, 0);
    if (this.bytes + bytes > bytesMax) {
      // The active segment may be settled too; only a finished one can be deleted.
      await this.writer.finish();
      this.cursorDue = true;
      this.persist();
      await this.cursorWrite;
    }
    if (this.bytes + bytes > bytesMax) {
      this.withhold('the spool is at its size bound');
      await this.room();
      return false;
    }
    const wallMs = clock.wallMs();
    const startedMs = performance.now();
    try {
      if (this.rollDue) await this.writer.finish();
      this.rollDue = false;
      const written = await this.writer.append(records, this.nextIndex, wallMs);
      this.account(written, wallMs);
    } catch (error) {
      metrics.spoolWriteErrors.inc();
      this.withhold("the spool can't be written", error);
      await this.room(RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]);
      return false;
    }
    metrics.syncSeconds.observe((performance.now() - startedMs) / 1_000);
    metrics.groupRecords.observe(records.length);
    if (this.withheld) log.info({}, 'spool takes data again');
    this.withheld = false;
    this.failures = 0;
    const first = this.nextIndex;
    this.ages.add(first, wallMs);
    this.nextIndex += records.length;
    this.unsettledCount += records.length;
    this.gauge();
    for (const w of group) w.done();
    this.onDurable(records.map((record, i) => ({ index: first + i, record, wallMs })));
    return true;
  }

  /** Says once that PUBACK is withheld, and not again before it is over. */
  private withhold(msg: string, error?: unknown): void {
    if (!this.withheld) this.options.log.error(error === undefined ? {} : { code: codeOf(error) }, `${msg}; PUBACK is withheld`);
    this.withheld = true;
    this.gauge();
  }

  /** Waits until a segment was deleted, the spool closes, or `timeoutMs` of wall time passed. */
  private async room(timeoutMs = 5_000): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(timeoutMs, resolve);
      this.roomMade = () => {
        cancel();
        resolve();
      };
      if (this.closed) this.roomMade();
    });
    this.roomMade = null;
  }

  private account({ segment: first, bytes, keyId }: Written, wallMs: number): void {
    const last = this.segments.at(-1);
    // A segment begun anew at the same index replaces the failed one.
    if (last?.first === first) {
      this.bytes += bytes - last.bytes;
      last.bytes = bytes;
    } else {
      this.segments.push({ first, bytes, wallMs });
      this.segmentKeys.add(first, keyId);
      this.bytes += bytes;
    }
  }

  private async readNow(wanted: Range, max: number): Promise<{ entries: SpoolEntry[]; upTo: number }> {
    const place = this.segments.findLastIndex((s) => s.first <= wanted.from);
    const segment = this.segments[place];
    if (segment === undefined) return { entries: [], upTo: Math.min(wanted.to, this.segments[0]?.first ?? wanted.to) };
    const to = Math.min(wanted.to, this.segments[place + 1]?.first ?? this.nextIndex);
    const { entries, damaged } = await this.reader.read(segment.first, { from: wanted.from, to }, max);
    for (const { range, code } of damaged) {
      const count = range.to - range.from;
      this.options.metrics.spoolLost.inc(count);
      this.options.log.error({ segment: segment.first, from: range.from, count, code }, 'spool records are damaged and lost');
    }
    if (damaged.length > 0) {
      await this.options.disk.keepAside(segmentName(segment.first)).catch(() => undefined);
      this.settle(damaged.map((d) => d.range));
    }
    const last = Math.max(entries.at(-1)?.index ?? -1, ...damaged.map((d) => d.range.to - 1), wanted.from - 1);
    return { entries, upTo: last + 1 };
  }

  private persist(): void {
    const { disk, log } = this.options;
    if (!this.cursorDue) return;
    this.cursorDue = false;
    this.cursorWrite = this.cursorWrite
      .then(async () => {
        await saveCursor(disk, this.settled.list());
        await this.deleteSettled();
        this.gauge();
      })
      .catch((error: unknown) => log.warn({ code: codeOf(error) }, 'spool cursor was not saved; records may be sent again'));
  }

  private async deleteSettled(): Promise<void> {
    for (let place = 0; place < this.segments.length;) {
      const segment = this.segments[place]!;
      const to = this.segments[place + 1]?.first ?? this.nextIndex;
      if (segment.first === this.writer.activeFirst || !this.settled.covers({ from: segment.first, to })) {
        place++;
        continue;
      }
      await this.segmentKeys.removeSegment(segment.first);
      this.segments.splice(this.segments.indexOf(segment), 1);
      this.bytes -= segment.bytes;
      this.roomMade?.();
    }
  }

  private gauge(): void {
    const { metrics, clock } = this.options;
    const { count, oldestWallMs } = this.pending();
    metrics.spoolBytes.set(this.bytes);
    metrics.spoolPending.set(count);
    metrics.spoolOldestSeconds.set(oldestWallMs === null ? 0 : Math.max(0, clock.wallMs() - oldestWallMs) / 1_000);
    metrics.spoolWithheld.set(this.withheld ? 1 : 0);
  }
}
