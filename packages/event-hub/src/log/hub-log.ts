import type { Clock } from '@vigil/clock';
import type { KeyPort, SealedSegments } from '@vigil/sealed-records';
import type { ScannedEvent } from '../wire/event.js';
import type { ProducerMark } from '../wire/producer-mark.js';
import { type Batch, buildBatch } from './batch.js';
import { BlockReader } from './block-reader.js';
import { type Disk, nodeDisk } from './disk.js';
import type { IndexTable, PartitionState } from './index-table.js';
import { LogError } from './log-error.js';
import type { ProducerTable } from './producer-table.js';
import { recover } from './recovery.js';
import { Roller } from './roller.js';
import type { SegmentFacts } from './segment-facts.js';
import { SegmentKeys } from './segment-keys.js';
import { TailCache } from './tail-cache.js';

export interface LogOptions {
  readonly folder: string;
  readonly hubId: string;
  readonly partitionCount: number;
  readonly keys: KeyPort;
  readonly clock: Clock;
  /** The file system of this machine by default. */
  readonly disk?: Disk;
  readonly segmentBytes: number;
  readonly tailCacheBytes: number;
  /** Bytes that may wait for the disk; beyond it appends are refused as busy. */
  readonly pendingBytesMax: number;
  /** Called once when a write fails. The log takes nothing more; the process should end and start again. */
  readonly onFailure: (error: LogError) => void;
  readonly onCommit?: (commit: CommitFacts) => void;
}

export interface CommitFacts {
  readonly batches: number;
  readonly events: number;
  readonly bytes: number;
  readonly flushMs: number;
  /** From the arrival of the oldest batch of the group until it was on disk. */
  readonly latencyMs: number;
}

interface Waiting {
  readonly batch: Batch;
  readonly done: (error: LogError | null) => void;
  /** On the clock of `performance`. */
  readonly sinceMs: number;
}

/** One write takes at most this much. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;
const BLOCKS_KEPT = 16;

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
  private waiting: Waiting[] = [];
  private pendingBytes = 0;
  /** Sequence numbers given out, ahead of `index.partitions` by what waits. */
  private readonly given: number[];
  /** Per partition: bytes that are on disk since the start. */
  readonly bytesIn: Float64Array;
  private givenMs: number;
  private committing: Promise<void> | null = null;
  private refusal: LogError | null = null;
  private held: LogError | null = null;

  private constructor(
    private readonly options: LogOptions,
    private readonly index: IndexTable,
    private readonly roller: Roller,
    private readonly blocks: BlockReader,
    private readonly tail: TailCache,
    private readonly segmentKeys: SegmentKeys,
    readonly tornBytes: number,
    /** Knows the sends of idempotent producers again. */
    readonly producers: ProducerTable,
  ) {
    this.given = index.partitions.map((p) => p.next);
    this.givenMs = index.lastEnqueuedMs;
    this.bytesIn = new Float64Array(index.partitionCount);
  }

  /** @throws LogError `corrupt` when the disk does not hold what was acknowledged */
  static async open(options: LogOptions): Promise<HubLog> {
    const disk = options.disk ?? nodeDisk;
    const place = { ...options, disk };
    const { index, nextSegment, tornBytes, keyIds, producers } = await recover(place);
    const segmentKeys = new SegmentKeys(place, keyIds);
    const roller = await Roller.start(place, index, segmentKeys, nextSegment);
    const blocks = new BlockReader(options.folder, options.hubId, options.keys, disk, BLOCKS_KEPT);
    const tail = new TailCache(options.partitionCount, options.tailCacheBytes);
    return new HubLog(options, index, roller, blocks, tail, segmentKeys, tornBytes, producers);
  }

  /** For the rotation of the key-encryption key. */
  get sealed(): SealedSegments {
    const { roller, segmentKeys } = this;
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
    return this.index.segments.map(({ number, marks, end, lastEnqueuedMs }) => {
      return { number, bytes: end, firstEnqueuedMs: marks[0]?.enqueuedMs ?? null, lastEnqueuedMs };
    });
  }

  /** Refuses appends with this error until null is set; what is stored stays and can be read. */
  hold(reason: LogError | null): void {
    this.held = reason;
  }

  /** Bytes that wait for the disk. */
  get backlogBytes(): number {
    return this.pendingBytes;
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
    if (this.refusal === null && this.pendingBytes > this.options.pendingBytesMax) {
      return done(new LogError('busy', 'too much waits for the disk'));
    }
    if (this.refusal !== null) return done(this.refusal);
    if (this.held !== null) return done(this.held);
    const settle = producer === null ? done : this.producers.admit(partition, producer, events, done);
    if (settle === null) return;
    this.givenMs = Math.max(this.givenMs, this.options.clock.wallMs());
    const batch = buildBatch(partition, this.given[partition]!, this.givenMs, events, producer);
    this.given[partition] = batch.firstSequence + batch.count;
    this.waiting.push({ batch, done: settle, sinceMs: performance.now() });
    this.pendingBytes += batch.bytes.length;
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
    return this.tail.find(partition, sequence);
  }

  /** Batches of a partition from disk, starting with the one that holds `sequence`; empty when it is not written yet. */
  async read(partition: number, sequence: number): Promise<Batch[]> {
    const place = this.index.findSequence(partition, Math.max(sequence, this.state(partition).begin));
    if (place === null) return [];
    const batches = await this.blocks.read(place);
    return batches.filter((b) => b.partition === partition && b.firstSequence + b.count > sequence);
  }

  /** The first sequence number enqueued after `ms`; the next one to come when there is none yet. */
  async sequenceAfter(partition: number, ms: number): Promise<number> {
    for (let place = this.index.findTime(ms); place !== null; place = this.index.following(place)) {
      const found = (await this.blocks.read(place)).find((b) => b.partition === partition && b.enqueuedMs > ms);
      if (found !== undefined) return found.firstSequence;
    }
    return this.state(partition).next;
  }

  /** Commits what waits, then refuses more. */
  async close(): Promise<void> {
    this.refusal ??= new LogError('closed', 'the hub is stopping');
    while (this.committing !== null) await this.committing;
    await this.roller.close();
  }

  private async commitAll(): Promise<void> {
    // What else arrived with the same read of the sockets joins the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0 || this.roller.isRollDue) {
      const group = this.takeGroup();
      try {
        await this.commit(group);
      } catch (cause) {
        this.refuse(group, cause);
      }
    }
    this.committing = null;
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length && (count === 0 || bytes + this.waiting[count]!.batch.bytes.length <= GROUP_BYTES_MAX)) {
      bytes += this.waiting[count++]!.batch.bytes.length;
    }
    if (count === this.waiting.length) {
      const all = this.waiting;
      this.waiting = [];
      return all;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    const batches = group.map((w) => w.batch);
    const bytes = batches.reduce((sum, b) => sum + b.bytes.length, 0);
    const segment = await this.roller.segmentFor(bytes);
    if (group.length === 0) return;
    const startMs = performance.now();
    const { at, end } = await this.roller.fatal(segment.write(batches.map((b) => b.bytes)));
    await this.roller.fatal(segment.flush());
    const flushMs = performance.now() - startMs;
    this.index.addFrame(at, end, batches);
    this.pendingBytes -= bytes;
    const woken = new Set<number>();
    let events = 0;
    for (const { batch, done } of group) {
      this.tail.add(batch);
      woken.add(batch.partition);
      this.bytesIn[batch.partition]! += batch.bytes.length;
      events += batch.count;
      done(null);
    }
    const latencyMs = performance.now() - group[0]!.sinceMs;
    this.options.onCommit?.({ batches: batches.length, events, bytes, flushMs, latencyMs });
    for (const partition of woken) this.waking[partition]?.forEach((wake) => wake());
  }

  /** Nothing of this group and of what waits behind it is stored: sequence numbers are taken back. */
  private refuse(group: readonly Waiting[], cause: unknown): void {
    const all = [...group, ...this.waiting];
    this.waiting = [];
    this.pendingBytes = 0;
    this.index.partitions.forEach((state, partition) => (this.given[partition] = state.next));
    const code = this.roller.hasFailed ? 'failed' : 'busy';
    const error = new LogError(code, code === 'busy' ? 'no space for a new log segment' : 'writing the log failed', cause);
    if (code === 'failed') {
      this.refusal = error;
      this.options.onFailure(error);
    }
    for (const { done } of all) done(error);
  }
}
