import type { Cancel } from '@vigil/clock';
import type { SealedSegments } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { codeOf } from '../log.js';
import { within } from '../within.js';
import { AgeMarks } from './age-marks.js';
import { Chores } from './chores.js';
import { saveCursor } from './cursor.js';
import { DiskWatch } from './disk-watch.js';
import { Eviction } from './eviction.js';
import { recordBytes } from './frame.js';
import { type FormerSpool, formerSpool } from './former-spool.js';
import { HighWaterMark } from './mark.js';
import { type Range, RangeSet, sizeOf } from './ranges.js';
import type { SpoolEntry } from './reader.js';
import type { Recovered } from './recover.js';
import { SegmentTable } from './segment-table.js';
import type { SpoolPlace } from './segments.js';
import { SegmentWriter } from './segment-writer.js';
import { type ReadBack, SpoolReads } from './spool-reads.js';
import { SpoolKeys, STATE } from './spool-keys.js';
import { MAX_AGE_MS, SEGMENT_BYTES, SpoolOutage, type SpoolOptions } from './spool-options.js';
import { StateFile } from './state-file.js';
import { isUrgent, urgentPlaces } from './urgent-places.js';
import { type Waiting, WaitingGroups } from './waiting-groups.js';

export { SpoolOutage, type SpoolOptions } from './spool-options.js';

const GROUP_BYTES_MAX = 1024 * 1024;
const CURSOR_EVERY_MS = 200;
const MARK_EVERY_MS = 1_000;
const RETRY_MS = [100, 200, 400, 800, 1_600, 3_200, 5_000];

/**
 * The gateway's memory of what it acknowledged: an append-only, sealed, checksummed log with group commit.
 *
 * Guarantees: `done` is called without an outage only after an fdatasync covered the records, in the order of `append`;
 * nothing that was acknowledged goes before `settle` named it or a durable record declares it (`onGap`); records come back
 * by `read` in order. A failed write, a full disk or the size bound withholds `done`: it is called when the records are
 * stored at last. At the size bound numerics past their age limit make room; a full disk never costs a record.
 * Not supported: telling a damaged last record from a torn one when it is younger than the mark, about a second.
 */
export class Spool {
  /** Called after the callbacks of a group with what became durable. The uplink listens here. */
  onDurable: (entries: readonly SpoolEntry[]) => void = () => undefined;
  /** Places of numerics that are being read, wait or are sent: their segments are not evicted. The uplink sets it. */
  sending: () => readonly Range[] = () => [];

  private readonly place: SpoolPlace;
  private readonly writer: SegmentWriter;
  private readonly reads: SpoolReads;
  private readonly segmentKeys: SpoolKeys;
  private readonly table: SegmentTable;
  private readonly eviction: Eviction;
  private readonly watch: DiskWatch;
  private readonly mark: HighWaterMark;
  private readonly groupBytesMax: number;
  private nextIndex: number;
  private unsettledCount: number;
  /** Unsettled places of alarms and events. */
  private readonly ahead = new RangeSet();
  private readonly waiting = new WaitingGroups();
  private running: Promise<void> | null = null;
  private closed = false;
  private failures = 0;
  private withheld = false;
  private readonly ages = new AgeMarks();
  private roomMade: (() => void) | null = null;
  private cursorDue = false;
  private rollDue = false;
  private readonly chores: Chores;
  private stopMarking: Cancel = () => undefined;
  private readonly settled: RangeSet;

  private constructor(
    private readonly options: SpoolOptions,
    recovered: Recovered,
    { settled, epoch, removing }: { settled: RangeSet; epoch: number; removing: readonly number[] },
  ) {
    const { disk, anchor, keys, gatewayId, bytesMax, segmentBytes = SEGMENT_BYTES } = options;
    const segmentMax = Math.min(segmentBytes, Math.ceil(bytesMax / 8));
    this.settled = settled;
    this.chores = new Chores(options.log);
    this.groupBytesMax = Math.min(GROUP_BYTES_MAX, segmentMax);
    this.place = { disk, keys, gatewayId };
    this.segmentKeys = new SpoolKeys(disk, keys, gatewayId, async () => {
      await this.table.saveAllCopies();
      this.chores.add(() => this.mark.write(this.nextIndex));
      await this.chores.done();
    });
    this.table = new SegmentTable(
      {
        ...{ disk, keys: this.segmentKeys, state: new StateFile(disk, keys, gatewayId) },
        anchor: anchor === undefined ? null : new StateFile(anchor, keys, gatewayId),
        nextIndex: () => this.nextIndex,
        onTrouble: (error) => this.options.log.warn({ code: codeOf(error) }, 'the copy of the spool state was not written'),
      },
      { segments: recovered.segments, epoch, removing },
    );
    this.writer = new SegmentWriter({
      ...{ ...this.place, segmentBytes: segmentMax },
      begin: (segment) => this.table.begin(segment),
      finished: (finished) => this.chores.add(() => this.table.keepToc(this.place, finished)),
    });
    this.reads = new SpoolReads({
      ...{ spool: options, place: this.place, table: this.table, settled, ahead: this.ahead },
      tocOf: (first) => this.writer.tocOf(first),
      append: (records, done) => this.append(records, done),
      settle: (ranges) => this.settle(ranges),
      found: () => this.watch.found('spoolDamaged'),
    });
    this.mark = new HighWaterMark(anchor ?? disk, keys, gatewayId);
    this.watch = new DiskWatch(options);
    for (const s of recovered.segments) {
      this.ages.add(s.first, s.wallMs);
      if (s.damage === null) this.segmentKeys.add(s.first, s.keyId);
    }
    this.nextIndex = recovered.nextIndex;
    this.unsettledCount = sizeOf(this.unsettled());
    this.eviction = new Eviction({
      ...{ place: this.place, table: this.table, clock: options.clock, metrics: options.metrics, log: options.log },
      ...{ onGap: options.onGap, maxAgeMs: options.maxAgeMs ?? MAX_AGE_MS },
      activeFirst: () => this.writer.activeFirst,
      unsettled: (within) => this.settled.missing(within),
      sending: () => this.sending(),
      hold: (ranges) => this.reads.hold(ranges),
      drop: (ranges) => this.settle(ranges),
      write: (records) => this.write(records),
    });
  }

  /** @throws SealError `key-unknown` or `key-file` when segments are there that the key file did not seal */
  static async open(options: SpoolOptions): Promise<Spool> {
    const former = await formerSpool(options);
    const spool = new Spool(options, former.recovered, former);
    await spool.resume(former);
    spool.gauge();
    return spool;
  }

  /** Stores records that belong together. Many calls may be open at once; they share one fdatasync. */
  append(records: readonly LogRecord[], done: (outage?: SpoolOutage) => void): void {
    const bytes = records.reduce((sum, r) => sum + recordBytes(r), 0);
    const { waitingBytesMax = 32 * 1024 * 1024 } = this.options;
    if (this.closed || this.waiting.bytes + bytes > waitingBytesMax) {
      done(new SpoolOutage(this.closed ? 'spool-closed' : 'spool-behind'));
      return;
    }
    this.waiting.push({ records, bytes, done });
    this.running ??= this.run();
  }

  /** Records that the log has not settled, ascending. */
  unsettled(): Range[] {
    return this.settled.missing({ from: 0, to: this.nextIndex });
  }

  /** Those of them that are alarms or events, ascending: they go before the others. */
  urgent(): readonly Range[] {
    return this.ahead.list();
  }

  /** How many are unsettled, and when the oldest of them was appended (wall time; null when there is none). */
  pending(): { readonly count: number; readonly oldestWallMs: number | null } {
    const oldest = this.settled.list()[0]?.to ?? 0;
    if (this.unsettledCount === 0) return { count: 0, oldestWallMs: null };
    return { count: this.unsettledCount, oldestWallMs: this.ages.wallMsOf(oldest) };
  }

  /** The log has these for good. Segments that are wholly settled are deleted. */
  settle(ranges: readonly Range[]): void {
    for (const range of ranges) {
      this.unsettledCount -= this.settled.add(range);
      if (this.ahead.length > 0) this.ahead.remove(range);
    }
    if (this.cursorDue) return;
    this.cursorDue = true;
    this.options.clock.after(CURSOR_EVERY_MS, () => this.persist());
  }

  /**
   * Reads up to `max` records of `wanted` from disk, oldest first, all from one segment, and none that is settled. Damaged
   * ones are declared and their segment is kept aside; once the declaration is durable they count as settled.
   *
   * @returns the records, and the index up to which `wanted` is dealt with
   */
  read(wanted: Range, max: number): ReadBack {
    return this.reads.read(wanted, max);
  }

  /** The part of a range that one `read` deals with at most. */
  partOf(wanted: Range): Range {
    return this.table.partOf(wanted);
  }

  /** As `read`, and what is settled too while its segment is there; damaged records are left out and not declared. */
  reread(wanted: Range, max: number): ReadBack {
    return this.reads.reread(wanted, max);
  }

  /** For the rotation of the key-encryption key. */
  get sealed(): SealedSegments {
    const { writer, segmentKeys } = this;
    return {
      keyIds: () => segmentKeys.keyIds(),
      active: () => writer.activeFirst,
      roll: () => this.roll(),
      rewrap: (first) => segmentKeys.rewrap(first),
    };
  }

  /** Of all segments on the disk. */
  get bytes(): number {
    return this.table.bytes;
  }

  /** Index behind the newest durable record. */
  get endIndex(): number {
    return this.nextIndex;
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
    this.stopMarking();
    this.watch.stop();
    this.roomMade?.();
    for (const w of this.waiting.takeAll()) w.done(new SpoolOutage('spool-closed'));
    await this.reads.close();
    await this.writer.finish();
    this.cursorDue = true;
    this.persist();
    await this.chores.done();
    await this.mark.write(this.nextIndex).catch(() => undefined);
    await this.mark.close();
    await this.table.settled();
  }

  /** What only the new process can do: say what it found, go on with evictions, declare what is gone. */
  private async resume({ recovered, stateDamaged }: FormerSpool): Promise<void> {
    const { clock, log } = this.options;
    await this.table.save().catch((error: unknown) => log.error({ code: codeOf(error) }, "the spool state can't be written yet"));
    this.segmentKeys.add(STATE, this.table.stateKeyId);
    if (recovered.rolledBack) this.watch.found('spoolRolledBack');
    if (stateDamaged) this.watch.found('spoolDamaged');
    for (const { evicting } of this.table.list) this.settle(evicting ?? []);
    for (const range of await urgentPlaces(this.place, this.table, this.settled)) this.ahead.add(range);
    await this.eviction
      .finishBegun()
      .catch((error: unknown) => log.warn({ code: codeOf(error) }, 'an eviction is finished later'));
    await this.removeSettled().catch(() => undefined);
    // Behind it, because a declaration is appended, and two writers would give one place to two records.
    for (const [i, { first, gone }] of this.table.list.entries()) {
      if (gone !== null) void this.read({ from: first, to: this.table.endOf(i) }, 1).catch(() => undefined);
    }
    this.watch.start();
    this.stopMarking = clock.every(MARK_EVERY_MS, () => this.chores.add(() => this.mark.write(this.nextIndex)));
  }

  /** The next group begins a new segment; it never meets a write that is under way. */
  private roll(): void {
    if (this.running === null) void this.writer.finish();
    else this.rollDue = true;
  }

  private async run(): Promise<void> {
    while (!this.waiting.isEmpty) {
      const group = this.waiting.take(this.groupBytesMax);
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

  /** False when the group could not be stored now; the wait before the next try is over then. */
  private async store(group: readonly Waiting[]): Promise<boolean> {
    const { metrics, log } = this.options;
    const records = group.length === 1 ? group[0]!.records : group.flatMap((w) => w.records);
    const bytes = group.reduce((sum, w) => sum + w.bytes, 0);
    try {
      if (!(await this.hasRoomFor(bytes))) {
        this.withhold('the spool is at its size bound');
        await this.room();
        return false;
      }
      const startedMs = performance.now();
      await this.write(records, () => {
        metrics.syncSeconds.observe((performance.now() - startedMs) / 1_000);
        metrics.groupRecords.observe(records.length);
        if (this.withheld) log.info({}, 'spool takes data again');
        this.setWithheld(false);
        this.failures = 0;
        for (const w of group) w.done();
      });
    } catch (error) {
      metrics.spoolWriteErrors.inc();
      this.withhold("the spool can't be written", error);
      await this.room(RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]);
      return false;
    }
    return true;
  }

  /** Whether so many bytes stay below the size bound, after what may go for them went. */
  private async hasRoomFor(bytes: number): Promise<boolean> {
    const fits = (): boolean => this.table.bytes + bytes <= this.options.bytesMax;
    if (fits()) return true;
    // The active segment may be settled too; only a finished one can be deleted.
    await this.writer.finish();
    this.cursorDue = true;
    this.persist();
    await this.chores.done();
    while (!fits() && !this.closed) if (!(await this.eviction.makeRoom())) return false;
    return fits();
  }

  /** Durable when it calls `stored`, before anybody else hears of it. @throws whatever the disk throws */
  private async write(records: readonly LogRecord[], stored: () => void = () => undefined): Promise<void> {
    const wallMs = this.options.clock.wallMs();
    if (this.rollDue) await this.writer.finish();
    this.rollDue = false;
    const { segment, keyId } = await this.writer.append(records, this.nextIndex, wallMs);
    this.segmentKeys.add(segment, keyId);
    const first = this.nextIndex;
    this.ages.add(first, wallMs);
    this.nextIndex += records.length;
    this.unsettledCount += records.length;
    records.forEach((record, i) => isUrgent(record) && this.ahead.add({ from: first + i, to: first + i + 1 }));
    stored();
    this.gauge();
    this.onDurable(records.map((record, i) => ({ index: first + i, record, wallMs })));
  }

  /** Says once that PUBACK is withheld, and not again before it is over. */
  private withhold(msg: string, error?: unknown): void {
    if (!this.withheld) this.options.log.error(error === undefined ? {} : { code: codeOf(error) }, `${msg}; PUBACK is withheld`);
    this.setWithheld(true);
    this.gauge();
  }

  private setWithheld(active: boolean): void {
    if (active || this.withheld) this.watch.withheld(active);
    this.withheld = active;
  }

  /** Waits until a segment was deleted, the spool closes, or `timeoutMs` of wall time passed. */
  private async room(timeoutMs = 5_000): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(timeoutMs, resolve);
      this.roomMade = () => (cancel(), resolve());
    });
    this.roomMade = null;
  }

  private persist(): void {
    if (!this.cursorDue) return;
    this.cursorDue = false;
    this.chores.add(async () => {
      // A full disk may refuse the cursor, and takes it again after the removal.
      const saved = saveCursor(this.options.anchor ?? this.options.disk, this.settled.list());
      await saved.catch(() => undefined);
      await this.removeSettled();
      await saved;
      this.chores.areWell();
      this.gauge();
    });
  }

  private async removeSettled(): Promise<void> {
    // What is evicted goes with its eviction, behind its gaps.
    const done = this.table.list.filter(({ first, evicting }, i) => {
      const to = this.table.endOf(i);
      // One that holds nothing yet is being begun; the writer does not call it its own before its file is there.
      const isWritten = first !== this.writer.activeFirst && to > first;
      return evicting === null && isWritten && this.settled.covers({ from: first, to });
    });
    if ((await this.table.remove(done)) > 0) this.roomMade?.();
  }

  private gauge(): void {
    this.watch.gauge({ bytes: this.table.bytes, withheld: this.withheld, ...this.pending() });
  }
}
