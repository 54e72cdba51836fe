/** Where a partition stands: `next` is the sequence number that the next event gets. */
export interface PartitionState {
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

/** What is known in memory of one segment: about 80 bytes for each MiB of log. */
export interface SegmentIndex {
  readonly number: number;
  readonly framesAt: number;
  readonly marks: Mark[];
  /** Behind the last durable frame. */
  end: number;
  /** Per partition: one past the last sequence number in this segment. */
  readonly next: Float64Array;
  firstEnqueuedMs: number;
  lastEnqueuedMs: number;
}

/** The distance of marks: what a reader reads at once at least. */
const MARK_BYTES = 1024 * 1024;

/** The sparse index: partitions, segments and, for every MiB, a mark. Single writer, grows with each commit. */
export class IndexTable {
  readonly partitions: PartitionState[];
  readonly segments: SegmentIndex[] = [];

  constructor(readonly partitionCount: number) {
    this.partitions = Array.from({ length: partitionCount }, () => ({ begin: 0, next: 0, lastEnqueuedMs: 0 }));
  }

  get lastEnqueuedMs(): number {
    return this.segments.at(-1)?.lastEnqueuedMs ?? 0;
  }

  addSegment(number: number, framesAt: number): void {
    const lastEnqueuedMs = this.lastEnqueuedMs;
    const next = this.nextNow();
    this.segments.push({ number, framesAt, marks: [], end: framesAt, next, firstEnqueuedMs: lastEnqueuedMs, lastEnqueuedMs });
  }

  /** Adds a frame behind the last one. Batches must continue their partitions; the caller has checked. */
  addFrame(at: number, end: number, batches: readonly BatchPlace[]): void {
    const segment = this.segments.at(-1)!;
    const mark = segment.marks.at(-1);
    if (mark === undefined) segment.firstEnqueuedMs = batches[0]?.enqueuedMs ?? segment.lastEnqueuedMs;
    if (mark === undefined || at - mark.at >= MARK_BYTES) {
      segment.marks.push({ at, next: this.nextNow(), enqueuedMs: batches[0]?.enqueuedMs ?? segment.lastEnqueuedMs });
    }
    segment.end = end;
    for (const { partition, firstSequence, count, enqueuedMs } of batches) {
      const state = this.partitions[partition]!;
      state.next = firstSequence + count;
      state.lastEnqueuedMs = enqueuedMs;
      segment.next[partition] = state.next;
      segment.lastEnqueuedMs = Math.max(segment.lastEnqueuedMs, enqueuedMs);
    }
  }

  /** The block that holds `sequence`, or null when it is not written yet. */
  findSequence(partition: number, sequence: number): BlockPlace | null {
    const segment = firstWhere(this.segments, (s) => s.next[partition]! > sequence);
    if (segment === null) return null;
    const { marks } = this.segments[segment]!;
    const after = firstWhere(marks, (m) => m.next[partition]! > sequence) ?? marks.length;
    return this.block(segment, Math.max(0, after - 1));
  }

  /** The first block that may hold an event enqueued after `ms`, or null when there is none yet. */
  findTime(ms: number): BlockPlace | null {
    const segment = firstWhere(this.segments, (s) => s.lastEnqueuedMs > ms);
    if (segment === null) return null;
    const { marks } = this.segments[segment]!;
    const after = firstWhere(marks, (m) => m.enqueuedMs > ms) ?? marks.length;
    return this.block(segment, Math.max(0, after - 1));
  }

  /** The block behind this one, or null at the end of the log. */
  following({ segment, mark }: BlockPlace): BlockPlace | null {
    if (mark + 1 < this.segments[segment]!.marks.length) return this.block(segment, mark + 1);
    for (let next = segment + 1; next < this.segments.length; next++) {
      if (this.segments[next]!.marks.length > 0) return this.block(next, 0);
    }
    return null;
  }

  private block(segment: number, mark: number): BlockPlace {
    const { number, marks, end } = this.segments[segment]!;
    return { segment, mark, number, from: marks[mark]!.at, to: marks[mark + 1]?.at ?? end };
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
  readonly segment: number;
  readonly mark: number;
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Binary search in items that first do not and then do. */
function firstWhere<T>(items: readonly T[], does: (item: T) => boolean): number | null {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (does(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low < items.length ? low : null;
}
