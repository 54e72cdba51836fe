import type { Clock } from '@vigil/clock';
import type { KeyPort, SealedSegments } from '@vigil/sealed-records';
import type { ScannedEvent } from '../wire/event.js';
import { type OffsetForm, type Offsets, offsetsOf } from '../wire/offset.js';
import type { ProducerMark } from '../wire/producer-mark.js';
import { type Batch, buildBatch } from './batch.js';
import { BlockReader } from './block-reader.js';
import type { CommitFacts } from './commit-facts.js';
import { DamageList, type SegmentDamage } from './damage-list.js';
import { type Disk, nodeDisk } from './disk.js';
import { type Dropped, dropOldest } from './drop-oldest.js';
import { IdleTimer } from './idle-timer.js';
import type { SequenceRange } from './index-file.js';
import type { IndexTable, PartitionState } from './index-table.js';
import { IndexWriter } from './index-writer.js';
import { LogError } from './log-error.js';
import { LogReader } from './log-reader.js';
import type { LogPlace } from './log-walk.js';
import { MarkCache } from './mark-cache.js';
import type { ProducerTable } from './producer-table.js';
import { type Recovered, recover } from './recovery.js';
import { Roller } from './roller.js';
import { Scrubber } from './scrubber.js';
import type { SegmentFacts } from './segment-facts.js';
import { SegmentKeys } from './segment-keys.js';
import { type TailBudget, tailBudgetOf } from './tail-budget.js';
import { TailCache } from './tail-cache.js';
import { type Waiting, WaitingBatches } from './waiting-batches.js';

export interface LogOptions {
  readonly folder: string;
  readonly hubId: string;
  readonly partitionCount: number;
  readonly keys: KeyPort;
  readonly clock: Clock;
  /** The file system of this machine by default. */
  readonly disk?: Disk;
  readonly segmentBytes: number;
  /** Memory for the newest events; of this log alone, or shared with others. */
  readonly tailCacheBytes: number | TailBudget;
  /** How offsets look; decimal by default. */
  readonly offsets?: OffsetForm;
  /** Bytes that may wait for the disk; beyond it appends are refused as busy. */
  readonly pendingBytesMax: number;
  /** Called once when a write fails. The log takes nothing more; the process should end and start again. */
  readonly onFailure: (error: LogError) => void;
  readonly onCommit?: (commit: CommitFacts) => void;
  /** Go on without what is damaged; without this, damage stops the start. */
  readonly isRepair?: boolean;
  /** Called when something is found damaged while the log is open, once for each segment. */
  readonly onDamage?: (damage: SegmentDamage) => void;
  /** Wall time in which everything on disk is read once in the background; without it nothing is. */
  readonly scrubPassMs?: number;
}

interface LogParts {
  readonly roller: Roller;
  readonly reader: LogReader;
  readonly tail: TailCache;
  readonly segmentKeys: SegmentKeys;
  readonly writer: IndexWriter;
  readonly damage: DamageList;
  readonly place: LogPlace;
}

/** What a start has found: a write that a crash cut off, indexes made anew, a repair. */
export type StartFacts = Pick<Recovered, 'tornBytes' | 'rebuilt' | 'repaired'>;

/** Of the log that consumers read who are behind. */
const BLOCK_BYTES_KEPT = 24 * 1024 * 1024;
/** After this long without appends an empty record says that the one before was whole. */
const IDLE_MS = 1_000;

/**
 * The durable log of one hub; all its partitions share the segments.
 *
 * Guarantees: `done(null)` is called only after the batch is on disk. Readers see a batch only then. Per partition,
 * sequence numbers are gap-free and never used twice, and times never go back. Everything that arrives while one
 * write is under way goes out with the next (group commit). After a failed write nothing more is accepted and the
 * failed write is never retried, because the state of its pages is unknown.
 */
export class HubLog {
  private readonly waking: (Set<() => void> | undefined)[] = [];
  readonly offsets: Offsets;
  private readonly waiting = new WaitingBatches();
  /** Sequence numbers given out, ahead of `index.partitions` by what waits. */
  private readonly given: number[];
  /** Per partition: bytes that are on disk since the start. */
  readonly bytesIn: Float64Array;
  private givenMs: number;
  private committing: Promise<void> | null = null;
  private refusal: LogError | null = null;
  private held: LogError | null = null;

  private dropping: Promise<unknown> = Promise.resolve();
  private readonly idle: IdleTimer;
  private isMarkDue = false;
  private scrubber: Scrubber | null = null;
  /** Bytes that were read in the background to see whether they are as they were written. */
  scrubbedBytes = 0;

  private constructor(
    private readonly options: LogOptions,
    private readonly index: IndexTable,
    private readonly parts: LogParts,
    /** What the start has found. */
    readonly started: StartFacts,
    /** Knows the sends of idempotent producers again. */
    readonly producers: ProducerTable,
  ) {
    this.offsets = offsetsOf(options.offsets);
    this.given = index.partitions.map((p) => p.next);
    this.givenMs = index.lastEnqueuedMs;
    this.bytesIn = new Float64Array(index.partitionCount);
    parts.writer.onFailure = (cause) => this.fail(cause);
    this.idle = new IdleTimer(options.clock, IDLE_MS, () => this.mark());
  }

  /** @throws LogError `corrupt` when the disk does not hold what was acknowledged */
  static async open(options: LogOptions): Promise<HubLog> {
    const place = { ...options, disk: options.disk ?? nodeDisk };
    const { index, nextSegment, keyIds, producers, toWrite, ...started } = await recover(place);
    const writer = new IndexWriter(place);
    const segmentKeys = new SegmentKeys(place, keyIds);
    const seals = { producers: () => producers.snapshot(), onSealed: writer.add.bind(writer), onBegun: () => writer.addLast() };
    const roller = await Roller.start({ ...place, ...seals }, index, segmentKeys, nextSegment);
    const damage = new DamageList(place, (found) => options.onDamage?.(found));
    const isThere = (number: number): boolean => index.segments.some((segment) => segment.number === number);
    // A repair and an index made anew have read all of the segment.
    await damage.load((number) => options.isRepair !== true && isThere(number) && !started.rebuilt.includes(number));
    const isKept = (number: number): boolean => number > index.leavingUpTo && isThere(number);
    const onDamage = (number: number, why: string): void => void (isKept(number) && damage.add(number, why));
    const blocks = new BlockReader(options.folder, options.hubId, options.keys, place.disk, BLOCK_BYTES_KEPT);
    const marks = new MarkCache(place, onDamage);
    const reader = new LogReader({ index, blocks, marks, onDamage });
    const tail = new TailCache(options.partitionCount, tailBudgetOf(options.tailCacheBytes));
    const log = new HubLog(options, index, { roller, reader, tail, segmentKeys, writer, damage, place }, started, producers);
    writer.addFound(toWrite, index.segments, nextSegment - 1);
    if (roller.active !== null) writer.addLast();
    await writer.idle();
    log.scrub(onDamage);
    return log;
  }

  /** Bytes that a crash had left half written. They were never acknowledged. */
  get tornBytes(): number {
    return this.started.tornBytes;
  }

  /** For the rotation of the key-encryption key. */
  get sealed(): SealedSegments {
    const { roller, segmentKeys } = this.parts;
    return {
      keyIds: () => segmentKeys.keyIds(),
      active: () => roller.active,
      // The change of segments goes through the commits, so that it never meets a write; without any, it is one.
      roll: () => roller.roll(() => void (this.committing ??= this.commitAll())),
      rewrap: (segment) => segmentKeys.rewrap(segment),
    };
  }

  /** What is durable in a partition. */
  state(partition: number): Readonly<PartitionState> {
    return this.index.partitions[partition]!;
  }

  /** Oldest first; the last one is written to. */
  segments(): SegmentFacts[] {
    return this.index.segments.map(({ number, framesAt, end, firstEnqueuedMs, lastEnqueuedMs }) => {
      return { number, bytes: end, firstEnqueuedMs: end > framesAt ? firstEnqueuedMs : null, lastEnqueuedMs };
    });
  }

  /** Refuses appends with this error until null is set; what is stored stays and can be read. */
  hold(reason: LogError | null): void {
    this.held = reason;
  }

  /** Are appends refused because there is no space for a segment? */
  get isOutOfSpace(): boolean {
    return this.parts.roller.isOutOfSpace;
  }

  /** Looks whether there is space by now, when there was none. Appends do so too. */
  seekSpace(): void {
    this.parts.roller.seekSpace();
  }

  /** Bytes that wait for the disk. */
  get backlogBytes(): number {
    return this.waiting.bytes;
  }

  /**
   * Appends events in order. `done` is called once, now or later, with null or with why nothing of it was stored.
   * With the mark of an idempotent producer, a batch that is here or on its way is not appended again.
   */
  append(
    partition: number,
    events: readonly ScannedEvent[],
    done: (error: LogError | null) => void,
    producer: ProducerMark | null = null,
  ): void {
    if (this.refusal === null && this.waiting.bytes > this.options.pendingBytesMax) {
      return done(new LogError('busy', 'too much waits for the disk'));
    }
    if (this.refusal !== null) return done(this.refusal);
    if (this.held !== null) return done(this.held);
    const settle = producer === null ? done : this.producers.admit(partition, producer, events, done);
    if (settle === null) return;
    this.givenMs = Math.max(this.givenMs, this.options.clock.wallMs());
    const batch = buildBatch(partition, this.given[partition]!, this.givenMs, events, producer, this.offsets);
    this.given[partition] = batch.firstSequence + batch.count;
    this.waiting.add(batch, settle);
    this.committing ??= this.commitAll();
  }

  /** Calls `wake` after each commit to `partition`, until the returned function is called. */
  onAppended(partition: number, wake: () => void): () => void {
    const set = (this.waking[partition] ??= new Set());
    set.add(wake);
    return () => set.delete(wake);
  }

  /** The durable batch that holds `sequence` if it is still in memory. */
  cached(partition: number, sequence: number): Batch | null {
    return this.parts.tail.find(partition, sequence);
  }

  /**
   * Batches of a partition from disk, starting with the one that holds `firstKept(sequence)`; empty when it is not
   * written yet.
   *
   * @throws LogError `corrupt` when the disk gives back something else than was written
   */
  read(partition: number, sequence: number): Promise<Batch[]> {
    return this.parts.reader.read(partition, sequence);
  }

  /** The first sequence number enqueued after `ms`; the next one to come when there is none yet. */
  sequenceAfter(partition: number, ms: number): Promise<number> {
    return this.parts.reader.sequenceAfter(partition, ms);
  }

  /** The first sequence number at or behind `sequence` that was neither removed by retention nor lost to damage. */
  firstKept(partition: number, sequence: number): number {
    return this.index.firstKept(partition, sequence);
  }

  /** What repairs went on without and is not yet removed by retention. */
  get lost(): readonly SequenceRange[] {
    return this.index.lost;
  }

  /** What was found damaged since the start. */
  get damage(): readonly SegmentDamage[] {
    return this.parts.damage.all();
  }

  /**
   * Removes the oldest `count` sealed segments, or as many as there are; safe while they are read. Begin sequence
   * numbers are on disk before a file goes.
   */
  dropOldest(count: number): Promise<Dropped> {
    const { place, writer, segmentKeys, damage } = this.parts;
    const drop = async (): Promise<Dropped> => {
      const dropped = await dropOldest({ place, index: this.index, writer, segmentKeys }, count);
      for (const number of dropped.numbers) damage.clear(number);
      return dropped;
    };
    const dropped = this.dropping.then(drop, drop);
    this.dropping = dropped.catch(() => undefined);
    return dropped;
  }

  /** Commits what waits, then refuses more. */
  async close(): Promise<void> {
    this.refusal ??= new LogError('closed', 'the hub is stopping');
    this.idle.stop();
    await this.scrubber?.stop();
    await this.dropping;
    // Last, because a change of segments may have become due meanwhile; the roller begins none from here on.
    while (this.committing !== null) await this.committing;
    this.parts.tail.close();
    await this.parts.roller.close();
    await this.parts.writer.idle();
    await this.parts.damage.saved();
  }

  private scrub(onDamage: (number: number, why: string) => void): void {
    const { clock, scrubPassMs } = this.options;
    if (scrubPassMs === undefined) return;
    const { place, writer, damage } = this.parts;
    this.scrubber = new Scrubber({
      ...{ place, clock, passMs: scrubPassMs, onDamage },
      segments: () => this.index.segments.slice(0, -1).filter(({ number }) => writer.isWritten(number)),
      onClean: (number) => damage.clear(number),
      onRead: (bytes) => (this.scrubbedBytes += bytes),
    });
    this.scrubber.start();
  }

  /** A record with a good one behind it is never taken for a write that a crash interrupted. */
  private mark(): void {
    if (this.refusal !== null) return;
    this.isMarkDue = true;
    this.committing ??= this.commitAll();
  }

  private async commitAll(): Promise<void> {
    // What else arrived with the same read of the sockets joins the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.waiting.isEmpty || this.parts.roller.isRollDue || this.isMarkDue) {
      const group = this.waiting.takeGroup();
      let flushMs: number | null;
      try {
        flushMs = await this.store(group);
      } catch (cause) {
        this.refuse(group, cause);
        continue;
      }
      // Outside the try: what is on disk is never told to be refused.
      if (group.length > 0 && flushMs !== null) this.tell(group, flushMs);
    }
    this.committing = null;
  }

  /** Writes a group, or the record that closes a burst. Answers how long it took; null when there was nothing to write. */
  private async store(group: readonly Waiting[]): Promise<number | null> {
    const batches = group.map((w) => w.batch);
    const bytes = bytesOf(group);
    const isMark = this.isMarkDue && group.length === 0;
    this.isMarkDue = false;
    const segment = await this.parts.roller.segmentFor(bytes);
    if (group.length === 0 && (!isMark || segment.writtenBytes === segment.framesAt)) return null;
    const startMs = performance.now();
    const { at, end } = await this.parts.roller.fatal(segment.write(batches.map((b) => b.bytes)));
    await this.parts.roller.fatal(segment.flush());
    const flushMs = performance.now() - startMs;
    this.index.addFrame(at, end, batches);
    return flushMs;
  }

  /** Tells everyone of what is on disk now: first who sent it, then who reads it. */
  private tell(group: readonly Waiting[], flushMs: number): void {
    this.idle.touch();
    const bytes = bytesOf(group);
    this.waiting.stored(bytes);
    const woken = new Set<number>();
    let events = 0;
    for (const { batch, done } of group) {
      this.parts.tail.add(batch);
      woken.add(batch.partition);
      this.bytesIn[batch.partition]! += batch.bytes.length;
      events += batch.count;
      done(null);
    }
    const latencyMs = performance.now() - group[0]!.sinceMs;
    this.options.onCommit?.({ batches: group.length, events, bytes, flushMs, latencyMs });
    for (const partition of woken) this.waking[partition]?.forEach((wake) => wake());
  }

  /** Nothing of this group and of what waits behind it is stored: sequence numbers are taken back. */
  private refuse(group: readonly Waiting[], cause: unknown): void {
    const all = [...group, ...this.waiting.giveUp()];
    this.index.partitions.forEach((state, partition) => (this.given[partition] = state.next));
    const code = this.parts.roller.hasFailed ? 'failed' : 'busy';
    const error = new LogError(code, code === 'busy' ? 'no space for a new log segment' : 'writing the log failed', cause);
    if (code === 'failed') {
      this.stopWith(error);
    }
    for (const { done } of all) done(error);
  }

  /** A write apart from the commits has failed: the disk can't be trusted with more. */
  private fail(cause: unknown): void {
    this.stopWith(new LogError('failed', 'writing the log failed', cause));
  }

  private stopWith(error: LogError): void {
    if (this.refusal?.code === 'failed') return;
    this.refusal = error;
    this.options.onFailure(error);
  }
}

const bytesOf = (group: readonly Waiting[]): number => group.reduce((sum, { batch }) => sum + batch.bytes.length, 0);
