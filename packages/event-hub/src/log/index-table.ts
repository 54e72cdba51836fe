import type { ByteRange, IndexSummary, SequenceRange } from './index-file.js';

/** Where a partition stands: `next` is the sequence number that the next event gets. */
export interface PartitionState {
  /** The first event that can be read; `next` when there is none. */
  begin: number;
  next: number;
  lastEnqueuedMs: number;
}

/** A place in a segment from which reading may start. */
export interface Mark {
  /** Start of a frame. */
  readonly at: number;
  /** Per partition: the first sequence number at or behind this place. */
  readonly next: Float64Array;
  /** No event at or behind this place was enqueued earlier. */
  readonly enqueuedMs: number;
}

/** What is known in memory of one segment: some hundred bytes once it is sealed and its `.idx` file is written. */
export interface SegmentIndex {
  readonly number: number;
  readonly framesAt: number;
  /** Null when they are in the `.idx` file. */
  marks: Mark[] | null;
  /** Behind the last durable frame. */
  end: number;
  /** Per partition: the sequence number that came next when the segment began, and one past its last. */
  readonly first: Float64Array;
  readonly next: Float64Array;
  firstEnqueuedMs: number;
  lastEnqueuedMs: number;
  /** What a repair went on without: bytes of this segment, and the events that were there. */
  readonly holes: readonly ByteRange[];
  readonly lost: readonly SequenceRange[];
}

/** The distance of marks: what a reader reads at once at least. */
const MARK_BYTES = 1024 * 1024;

/** Where a log stands that has no segments: behind what retention removed, or at 0. */
export interface LogBase {
  readonly next: readonly number[];
  readonly lastMs: readonly number[];
  readonly lastEnqueuedMs: number;
}

/** The sparse index: partitions, segments and, for every MiB, a mark. Single writer, grows with each commit. */
export class IndexTable {
  readonly partitions: PartitionState[];
  readonly segments: SegmentIndex[] = [];
  /** What repairs went on without, in log order; usually nothing. */
  lost: readonly SequenceRange[] = [];
  /** Segments up to this one are being removed: that files of theirs are missing is no damage. */
  leavingUpTo = -1;
  private base: Float64Array;
  private baseMs: number;

  constructor(
    readonly partitionCount: number,
    base?: LogBase,
  ) {
    this.partitions = Array.from({ length: partitionCount }, (_, i) => {
      const next = base?.next[i] ?? 0;
      return { begin: next, next, lastEnqueuedMs: base?.lastMs[i] ?? 0 };
    });
    this.base = this.nextNow();
    this.baseMs = base?.lastEnqueuedMs ?? 0;
  }

  get lastEnqueuedMs(): number {
    return this.segments.at(-1)?.lastEnqueuedMs ?? this.baseMs;
  }

  addSegment(
    number: number,
    framesAt: number,
    holes: readonly ByteRange[] = [],
    lost: readonly SequenceRange[] = [],
  ): SegmentIndex {
    const { lastEnqueuedMs } = this;
    const segment: SegmentIndex = {
      ...{ number, framesAt, marks: [], end: framesAt, first: this.nextNow(), next: this.nextNow() },
      ...{ firstEnqueuedMs: lastEnqueuedMs, lastEnqueuedMs, holes, lost },
    };
    this.segments.push(segment);
    return segment;
  }

  /** Adds a segment that is sealed, or that was lost and left out. */
  addSealed(summary: IndexSummary, marks: Mark[] | null): SegmentIndex {
    const { number, head, bytes, firstEnqueuedMs, lastEnqueuedMs, holes, lost } = summary;
    const next = Float64Array.from(summary.next);
    const framesAt = Buffer.byteLength(head, 'base64');
    const segment: SegmentIndex = {
      ...{ number, framesAt, marks, end: bytes, first: Float64Array.from(summary.first), next },
      ...{ firstEnqueuedMs, lastEnqueuedMs, holes, lost },
    };
    this.segments.push(segment);
    this.partitions.forEach((state, i) => {
      state.next = next[i]!;
      state.lastEnqueuedMs = summary.lastMs[i]!;
    });
    this.lost = [...this.lost, ...lost];
    this.setBegin();
    return segment;
  }

  /** Adds a frame behind the last one. Batches must continue their partitions; the caller has checked. */
  addFrame(at: number, end: number, batches: readonly BatchPlace[]): void {
    const segment = this.segments.at(-1)!;
    const marks = segment.marks!;
    const enqueuedMs = batches[0]?.enqueuedMs ?? segment.lastEnqueuedMs;
    if (marks.length === 0) segment.firstEnqueuedMs = enqueuedMs;
    const mark = marks.at(-1);
    if (mark === undefined || at - mark.at >= MARK_BYTES) marks.push({ at, next: this.nextNow(), enqueuedMs });
    segment.end = end;
    for (const batch of batches) {
      const state = this.partitions[batch.partition]!;
      state.next = batch.firstSequence + batch.count;
      state.lastEnqueuedMs = batch.enqueuedMs;
      segment.next[batch.partition] = state.next;
      segment.lastEnqueuedMs = Math.max(segment.lastEnqueuedMs, batch.enqueuedMs);
    }
  }

  /** The segment that holds `sequence`, or null when it is not written yet. */
  segmentOf(partition: number, sequence: number): SegmentIndex | null {
    return this.segments[firstWhere(this.segments, (s) => s.next[partition]! > sequence)] ?? null;
  }

  /** The first segment that may hold an event enqueued after `ms`, or null when there is none yet. */
  segmentAfter(ms: number): SegmentIndex | null {
    return this.segments[firstWhere(this.segments, (s) => s.lastEnqueuedMs > ms)] ?? null;
  }

  /** The segment behind the one with this number, which may be dropped by now. */
  segmentBehind(number: number): SegmentIndex | null {
    return this.segments[firstWhere(this.segments, (s) => s.number > number)] ?? null;
  }

  /** The first sequence number at or behind `sequence` that was neither removed by retention nor lost. */
  firstKept(partition: number, sequence: number): number {
    let kept = Math.max(sequence, this.base[partition]!);
    for (const range of this.lost) {
      if (range.partition === partition && range.from <= kept && kept < range.to) kept = range.to;
    }
    return kept;
  }

  /** Forgets the oldest `count` segments; the partitions begin behind them. */
  drop(count: number): SegmentIndex[] {
    const dropped = this.segments.splice(0, count);
    const last = dropped.at(-1);
    if (last !== undefined) {
      this.base = Float64Array.from(last.next);
      this.baseMs = last.lastEnqueuedMs;
      this.lost = this.segments.flatMap((segment) => segment.lost);
      this.setBegin();
    }
    return dropped;
  }

  private setBegin(): void {
    this.partitions.forEach((state, i) => (state.begin = this.firstKept(i, this.base[i]!)));
  }

  private nextNow(): Float64Array {
    return Float64Array.from(this.partitions, (p) => p.next);
  }
}

export interface BatchPlace {
  readonly partition: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly enqueuedMs: number;
}

/** Whole frames, from one mark to the next. */
export interface BlockPlace {
  readonly segment: SegmentIndex;
  readonly from: number;
  readonly to: number;
}

/** The block of a segment that holds `sequence`; null in a segment without frames. */
export function blockOf(segment: SegmentIndex, marks: readonly Mark[], partition: number, sequence: number): BlockPlace | null {
  return blockBefore(segment, marks, (m) => m.next[partition]! > sequence);
}

/** The first block of a segment that may hold an event enqueued after `ms`; null in a segment without frames. */
export function blockAfter(segment: SegmentIndex, marks: readonly Mark[], ms: number): BlockPlace | null {
  return blockBefore(segment, marks, (m) => m.enqueuedMs > ms);
}

/** The first block of a segment that starts at `from` or behind it, or null. */
export function blockFrom(segment: SegmentIndex, marks: readonly Mark[], from: number): BlockPlace | null {
  const i = firstWhere(marks, (m) => m.at >= from);
  return i === marks.length ? null : { segment, from: marks[i]!.at, to: marks[i + 1]?.at ?? segment.end };
}

function blockBefore(segment: SegmentIndex, marks: readonly Mark[], isBehind: (mark: Mark) => boolean): BlockPlace | null {
  if (marks.length === 0) return null;
  const i = Math.max(0, firstWhere(marks, isBehind) - 1);
  return { segment, from: marks[i]!.at, to: marks[i + 1]?.at ?? segment.end };
}

/** Binary search in items that first do not and then do: where they begin to, or how many there are. */
function firstWhere<T>(items: readonly T[], does: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (does(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
