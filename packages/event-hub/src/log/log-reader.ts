import type { Batch } from './batch.js';
import type { BlockReader } from './block-reader.js';
import { blockAfter, blockFrom, blockOf, type IndexTable, type SegmentIndex } from './index-table.js';
import { LogError } from './log-error.js';
import type { MarkCache } from './mark-cache.js';
import { damagedAt } from './scan-frames.js';

export interface ReaderParts {
  readonly index: IndexTable;
  readonly blocks: BlockReader;
  readonly marks: MarkCache;
  readonly onDamage: (number: number, why: string) => void;
}

/**
 * Finds and reads what is no longer in memory. Retention may remove a segment in the middle of a read: then the read
 * begins again, and finds the log beginning later.
 */
export class LogReader {
  constructor(private readonly parts: ReaderParts) {}

  /** Batches of a partition, from the one that holds the first kept event at or behind `sequence`; empty at the end. */
  async read(partition: number, sequence: number): Promise<Batch[]> {
    const { index, blocks, marks } = this.parts;
    for (;;) {
      const from = index.firstKept(partition, sequence);
      const segment = index.segmentOf(partition, from);
      if (segment === null) return [];
      const batches = await this.unlessDropped(segment, async () => {
        const place = blockOf(segment, await marks.of(segment), partition, from);
        const found = place === null ? [] : await blocks.read(place);
        const wanted = found.filter((b) => b.partition === partition && b.firstSequence + b.count > from);
        const [first] = wanted;
        // What is written and not where the index says is damage: it is never passed over in silence.
        if (first === undefined || first.firstSequence > from) {
          throw damagedAt(segment.number, place?.from ?? 0, `partition ${partition} misses events`);
        }
        return wanted;
      });
      if (batches !== null) return batches;
    }
  }

  /** The first sequence number enqueued after `ms`; the next one to come when there is none yet. */
  async sequenceAfter(partition: number, ms: number): Promise<number> {
    const { index } = this.parts;
    let segment = index.segmentAfter(ms);
    while (segment !== null) {
      const current: SegmentIndex = segment;
      if (current.first[partition]! < current.next[partition]!) {
        const found = await this.unlessDropped(current, () => this.firstAfter(current, partition, ms));
        if (found !== null && found !== 'none') return found;
      }
      segment = index.segmentBehind(current.number);
    }
    return index.partitions[partition]!.next;
  }

  private async firstAfter(segment: SegmentIndex, partition: number, ms: number): Promise<number | 'none'> {
    const marks = await this.parts.marks.of(segment);
    for (let place = blockAfter(segment, marks, ms); place !== null; place = blockFrom(segment, marks, place.to)) {
      const found = (await this.parts.blocks.read(place)).find((b) => b.partition === partition && b.enqueuedMs > ms);
      if (found !== undefined) return found.firstSequence;
    }
    return 'none';
  }

  /** Null when retention took the segment away meanwhile. */
  private async unlessDropped<T>(segment: SegmentIndex, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!this.parts.index.segments.includes(segment)) return null;
      const why =
        error instanceof LogError ? error.message : `it can't be read: ${String((error as NodeJS.ErrnoException).code)}`;
      this.parts.onDamage(segment.number, why);
      throw error;
    }
  }
}
