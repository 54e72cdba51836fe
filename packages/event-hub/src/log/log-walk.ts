import { join } from 'node:path';
import type { KeyPort } from '@vigil/sealed-records';
import type { Batch } from './batch.js';
import { type Disk, isMissing, readWhole } from './disk.js';
import {
  baseName,
  type ByteRange,
  indexName,
  type IndexSummary,
  readIndex,
  type SegmentSummary,
  type SequenceRange,
} from './index-file.js';
import { IndexTable, type SegmentIndex } from './index-table.js';
import { forEach, type Inventory, takeInventory } from './inventory.js';
import { LogError } from './log-error.js';
import { findBase, SEGMENT_EVENTS_MAX } from './lost-base.js';
import { type ProducerEntry, ProducerTable } from './producer-table.js';
import { scanFrames } from './scan-frames.js';
import { type OpenedHead, openHead } from './segment-head.js';
import { segmentName } from './segment.js';
import { between, inOrder, without } from './sequence-ranges.js';

export interface LogPlace {
  readonly folder: string;
  readonly hubId: string;
  readonly partitionCount: number;
  readonly keys: KeyPort;
  readonly disk: Disk;
}

/** Something that is not as it was written. */
export interface Problem {
  readonly number: number;
  /**
   * `frames`: `holes` are damaged. `head`: the first bytes are, and are known. `size`: longer than it was. `missing`:
   * no such file. `unreadable`: its head is damaged and not known. `base`: the file that says where the log begins
   * behind this segment is damaged or missing, and no `.idx` file says it either.
   */
  readonly kind: 'frames' | 'head' | 'size' | 'missing' | 'unreadable' | 'base';
  readonly holes: readonly ByteRange[];
  /** Events that would be missing. Where nothing tells how many they are, as many as they can be. */
  readonly lost: SequenceRange[];
}

/** A segment as the walk has found it, and as its `.idx` file should be. */
export interface WalkedSegment {
  readonly number: number;
  summary: IndexSummary;
  readonly index: SegmentIndex;
  /** Null while what is in the `.idx` file is right. */
  producers: ProducerEntry[] | null;
  isToWrite: boolean;
}

export interface Tail {
  readonly number: number;
  /** Where its last record starts. */
  readonly lastAt: number;
  /** Behind its last record. */
  readonly end: number;
  readonly tornBytes: number;
}

export interface Walk {
  readonly inventory: Inventory;
  readonly index: IndexTable;
  readonly segments: WalkedSegment[];
  readonly problems: readonly Problem[];
  /** `.idx` files that were damaged or missing where one should be. */
  readonly rebuilt: readonly number[];
  readonly producers: ProducerTable;
  /** The segment that was written to when the process ended without sealing it. */
  readonly tail: Tail | null;
  /** The key-encryption key that each segment depends on; null where what lies beside it is damaged. */
  readonly keyIds: ReadonlyMap<number, string | null>;
}

export interface WalkOptions {
  /** Read every record, not only what no `.idx` file tells of. */
  readonly isFull: boolean;
  readonly onSegment?: (done: number, of: number) => void;
}

/** No event takes fewer bytes in the log; bounds how many there can be in bytes that can't be read. */
const EVENT_BYTES_MIN = 32;

/**
 * Goes through a log from its first segment to its last and holds everything against everything else: names, `.idx`
 * files, sizes, heads, and that sequence numbers go on from each segment to the next. Records are read where no `.idx`
 * file tells of them, or all. Changes nothing.
 *
 * What is not as it was written becomes a `Problem`, and the walk goes on behind it, so that all of them and the exact
 * events that are missing are known at the end.
 *
 * @throws LogError when the keys do not open a segment that is unharmed, or a later version wrote it
 */
export async function walkLog(place: LogPlace, options: WalkOptions): Promise<Walk> {
  const inventory = await takeInventory(place.disk, place.folder, place.hubId);
  const { damagedBase } = inventory;
  if (damagedBase === null || inventory.base !== null) return new Walker(place, inventory, options).run();
  const base = await findBase(place, inventory, damagedBase);
  const walk = await new Walker(place, { ...inventory, base }, options).run();
  return { ...walk, problems: [{ number: damagedBase, kind: 'base', holes: [], lost: [] }, ...walk.problems] };
}

class Walker {
  private readonly index: IndexTable;
  private readonly segments: WalkedSegment[] = [];
  private readonly problems: Problem[] = [];
  private readonly rebuilt: number[] = [];
  private readonly producers = new ProducerTable();
  /** The segment behind which `producers` stand; -1 at the beginning of the log. */
  private producersAt = -1;
  private readonly keyIds = new Map<number, string | null>();
  private tail: Walk['tail'] = null;
  /** Partitions of which events may be missing that no later record has told of yet, and how many at most. */
  private readonly unsure = new Set<number>();
  private unsureEvents = 0;

  constructor(
    private readonly place: LogPlace,
    private readonly inventory: Inventory,
    private readonly options: WalkOptions,
  ) {
    this.index = new IndexTable(place.partitionCount, inventory.base ?? undefined);
  }

  async run(): Promise<Walk> {
    const { inventory, index, segments, problems, rebuilt, producers, keyIds } = this;
    const { base, numbers } = inventory;
    if (base !== null) producers.restore(await this.producersIn(baseName(base.number)));
    if (inventory.damagedBase !== null) rebuilt.push(inventory.damagedBase);
    const heads = await this.openHeads();
    for (const [i, number] of numbers.entries()) {
      await this.visit(number, heads.get(number) ?? null, number === numbers.at(-1));
      this.options.onSegment?.(i + 1, numbers.length);
    }
    const last = segments.at(-1)?.summary ?? base;
    if (last !== null && last.isFollowed) this.addGone(last.number + 1, null, 'missing', SEGMENT_EVENTS_MAX);
    this.settleUnsure();
    await this.producersUpTo(segments.at(-1)?.number ?? -1);
    return { inventory, index, segments, problems, rebuilt, producers, keyIds, tail: this.tail };
  }

  private async openHeads(): Promise<Map<number, OpenedHead | 'unreadable'>> {
    const heads = new Map<number, OpenedHead | 'unreadable'>();
    await forEach([...this.inventory.segments], async (number) => {
      const summary = this.inventory.indexes.get(number) ?? null;
      if (summary?.state === 'gone') return;
      try {
        heads.set(number, await openHead(this.place, number, summary));
      } catch (error) {
        // Beside a running hub retention may have removed it since; it is missing, and the next look does not know it.
        if (!isMissing(error)) throw error;
      }
    });
    return heads;
  }

  private async visit(number: number, head: OpenedHead | 'unreadable' | null, isLast: boolean): Promise<void> {
    const known = this.inventory.indexes.get(number);
    const isBackwards = known?.first.some((first, i) => first < this.index.partitions[i]!.next) ?? false;
    const summary = known === undefined || isBackwards ? null : known;
    if (known === null || isBackwards || (known === undefined && !isLast)) this.rebuilt.push(number);
    if (summary !== null) this.expectFirst(number, summary.first);
    if (summary?.state === 'gone') return this.addSealed(summary);
    if (head === null) return this.addGone(number, summary, 'missing', SEGMENT_EVENTS_MAX);
    if (head === 'unreadable') return this.addGone(number, null, 'unreadable', SEGMENT_EVENTS_MAX);
    this.keyIds.set(number, head.keyId);
    if (head.isDamaged) this.problems.push({ number, kind: 'head', holes: [{ from: 0, to: head.framesAt }], lost: [] });
    if (summary !== null && !this.options.isFull && head.bytes >= summary.bytes) {
      if (head.bytes > summary.bytes) this.tooLong(summary, head);
      return this.addSealed(summary);
    }
    await this.scan(number, head, summary, isLast && known === undefined);
  }

  private tooLong({ number, bytes }: IndexSummary, head: OpenedHead): void {
    this.problems.push({ number, kind: 'size', holes: [{ from: bytes, to: head.bytes }], lost: [] });
  }

  private addSealed(summary: IndexSummary): void {
    const index = this.index.addSealed(summary, null);
    this.segments.push({ number: summary.number, summary, index, producers: null, isToWrite: false });
  }

  /** A segment of which nothing can be had. */
  private addGone(number: number, summary: IndexSummary | null, kind: 'missing' | 'unreadable', eventsMax: number): void {
    const now = this.index.partitions.map((state) => state.next);
    const first = summary?.first ?? now;
    const next = summary?.next ?? now;
    const all = between(first, next);
    const lost = all.flatMap((range) => without(range, summary?.lost ?? []));
    this.problems.push({ number, kind, holes: [], lost });
    if (summary === null) this.isUnsure(eventsMax);
    const { lastEnqueuedMs } = this.index;
    const gone: IndexSummary = {
      ...{ hubId: this.place.hubId, number, state: 'gone', isFollowed: false, head: '', bytes: 0 },
      ...{ first, next, holes: [], lost: all },
      lastMs: summary?.lastMs ?? this.index.partitions.map((state) => state.lastEnqueuedMs),
      firstEnqueuedMs: summary?.firstEnqueuedMs ?? lastEnqueuedMs,
      lastEnqueuedMs: summary?.lastEnqueuedMs ?? lastEnqueuedMs,
    };
    const index = this.index.addSealed(gone, []);
    this.segments.push({ number, summary: gone, index, producers: this.producers.snapshot(), isToWrite: true });
  }

  private async scan(number: number, head: OpenedHead, summary: IndexSummary | null, isTail: boolean): Promise<void> {
    const { folder, disk } = this.place;
    await this.producersUpTo(this.segments.at(-1)?.number ?? -1);
    const file = await readWhole(disk, join(folder, segmentName(number)));
    if (file === null) return this.addGone(number, summary, 'missing', SEGMENT_EVENTS_MAX);
    if (summary !== null && file.length > summary.bytes) this.tooLong(summary, head);
    const bytes = file.subarray(head.framesAt, summary === null ? file.length : Math.min(file.length, summary.bytes));
    const index = this.index.addSegment(number, head.framesAt, summary?.holes ?? [], summary?.lost ?? []);
    const lost: SequenceRange[] = [];
    const lastAt = new Map<number, number>();
    let lastFrameAt = head.framesAt;
    const scanned = scanFrames(
      { number, opener: head.opener, bytes, from: head.framesAt, holes: index.holes },
      (at, end, batches) => {
        const fault = this.fault(batches);
        if (fault !== null) return fault;
        lost.push(...this.gaps(batches).flatMap((gap) => without(gap, summary?.lost ?? [])));
        lastFrameAt = at;
        for (const { partition } of batches) lastAt.set(partition, at);
        this.index.addFrame(at, end, batches);
        for (const batch of batches) this.producers.observe(batch);
        return null;
      },
    );
    this.producersAt = number;
    const size = summary?.bytes ?? file.length;
    const holes = [...scanned.damaged];
    if (isTail) {
      const { rest, end } = scanned;
      this.tail = {
        number,
        lastAt: lastFrameAt,
        end,
        tornBytes: rest === null ? 0 : rest.to - rest.from,
      };
      index.end = end;
    } else {
      if (scanned.end < size) holes.push({ from: scanned.end, to: size });
      index.end = size;
    }
    if (summary !== null) lost.push(...this.skipTo(summary.next).flatMap((gap) => without(gap, summary.lost)));
    else if (holes.length > 0) this.unsureBehind(holes, lastAt);
    this.addScanned(index, head, { holes, lost, summary });
  }

  private addScanned(
    index: SegmentIndex,
    head: OpenedHead,
    found: { holes: readonly ByteRange[]; lost: SequenceRange[]; summary: IndexSummary | null },
  ): void {
    const { holes, lost, summary } = found;
    const { number } = index;
    const isHarmed = holes.length > 0 || lost.length > 0;
    if (isHarmed) this.problems.push({ number, kind: 'frames', holes, lost });
    const fresh = summaryOf(this.place.hubId, head.head, index, this.index);
    this.segments.push({
      ...{ number, index, producers: this.producers.snapshot(), isToWrite: isHarmed || summary === null },
      summary: {
        ...fresh,
        ...(summary === null ? {} : timesOf(summary)),
        holes: [...index.holes, ...holes].sort((a, b) => a.from - b.from),
        lost: inOrder([...index.lost, ...lost]),
      },
    });
  }

  /** Why a frame that opens can't belong here: a copy of an older one, or of a hub of another shape. */
  private fault(batches: readonly Batch[]): string | null {
    const next = new Map<number, number>();
    for (const { partition, firstSequence, count } of batches) {
      const state = this.index.partitions[partition];
      if (state === undefined) return `there is no partition ${partition}`;
      const expected = next.get(partition);
      if (expected === undefined ? firstSequence < state.next : firstSequence !== expected) return 'it does not continue the log';
      next.set(partition, firstSequence + count);
    }
    return null;
  }

  /** What is missing between the log so far and these batches. */
  private gaps(batches: readonly Batch[]): SequenceRange[] {
    const found: SequenceRange[] = [];
    const seen = new Set<number>();
    for (const { partition, firstSequence } of batches) {
      if (seen.has(partition)) continue;
      seen.add(partition);
      this.unsure.delete(partition);
      found.push(...between([this.index.partitions[partition]!.next], [firstSequence]).map((range) => ({ ...range, partition })));
    }
    return found;
  }

  /** The next segment begins here. What is missing before it was in the segment before, or in one that is gone. */
  private expectFirst(number: number, first: readonly number[]): void {
    this.unsure.clear();
    const lost = between(
      this.index.partitions.map((state) => state.next),
      first,
    );
    if (lost.length === 0) return;
    const before = this.segments.at(-1);
    if (before === undefined || before.number < number - 1) this.addGone(number - 1, null, 'missing', 0);
    this.lose(this.segments.at(-1)!, lost);
  }

  private lose(segment: WalkedSegment, lost: readonly SequenceRange[]): void {
    const problem = this.problems.find(({ number }) => number === segment.number);
    if (problem === undefined) this.problems.push({ number: segment.number, kind: 'frames', holes: [], lost: [...lost] });
    else problem.lost.push(...lost);
    const next = [...segment.summary.next];
    for (const { partition, to } of lost) {
      next[partition] = segment.index.next[partition] = this.index.partitions[partition]!.next = to;
    }
    segment.summary = { ...segment.summary, next, lost: inOrder([...segment.summary.lost, ...lost]) };
    segment.isToWrite = true;
  }

  /** Moves the partitions on to where the segment ended; returns what was passed over. */
  private skipTo(next: readonly number[]): SequenceRange[] {
    const segment = this.index.segments.at(-1)!;
    const passed = between(segment.next, next);
    for (const { partition, to } of passed) segment.next[partition] = this.index.partitions[partition]!.next = to;
    return passed;
  }

  /** Nothing says which events were in these bytes, for partitions that have none behind them. */
  private unsureBehind(holes: readonly ByteRange[], lastAt: ReadonlyMap<number, number>): void {
    const bytes = holes.reduce((sum, { from, to }) => sum + to - from, 0);
    const lastHole = holes.at(-1)!.from;
    this.isUnsure(Math.ceil(bytes / EVENT_BYTES_MIN), (partition) => (lastAt.get(partition) ?? -1) < lastHole);
  }

  private isUnsure(eventsMax: number, is: (partition: number) => boolean = () => true): void {
    if (eventsMax === 0) return;
    this.unsureEvents += eventsMax;
    for (let p = 0; p < this.place.partitionCount; p++) if (is(p)) this.unsure.add(p);
  }

  /** The log ends, and nothing has told how many events there were: their numbers are never given out again. */
  private settleUnsure(): void {
    if (this.unsure.size === 0) return;
    const lost = [...this.unsure].map((partition) => {
      const from = this.index.partitions[partition]!.next;
      return { partition, from, to: from + this.unsureEvents };
    });
    this.lose(this.segments.at(-1)!, lost);
  }

  /** Brings `producers` to where they stood at the end of a segment that was not read. */
  private async producersUpTo(number: number): Promise<void> {
    if (number === this.producersAt) return;
    const segment = this.segments.at(-1);
    if (segment !== undefined && segment.producers === null) {
      this.producers.restore(await this.producersIn(indexName(number)));
    }
    this.producersAt = number;
  }

  private async producersIn(name: string): Promise<ProducerEntry[]> {
    try {
      return [...(await readIndex(this.place.disk, this.place.folder, name)).producers];
    } catch (error) {
      // Only what retention has left can be damaged here; then a send that is repeated now may be stored twice.
      if (error instanceof LogError) return [];
      throw error;
    }
  }
}

/** What the `.idx` file of a segment says, that is all there is in the log so far. */
export function summaryOf(hubId: string, head: Buffer, segment: SegmentIndex, { partitions }: IndexTable): IndexSummary {
  const { number, end, first, next, firstEnqueuedMs, lastEnqueuedMs, holes, lost } = segment;
  return {
    ...{ hubId, number, state: 'kept', isFollowed: false, head: head.toString('base64'), bytes: end },
    ...{ first: [...first], next: [...next], lastMs: partitions.map((state) => state.lastEnqueuedMs) },
    ...{ firstEnqueuedMs, lastEnqueuedMs, holes: [...holes], lost: [...lost] },
  };
}

/** What a segment's records no longer tell when some of them are lost. */
const timesOf = ({ isFollowed, lastMs, firstEnqueuedMs, lastEnqueuedMs }: IndexSummary): Partial<IndexSummary> => ({
  ...{ isFollowed, lastMs, firstEnqueuedMs, lastEnqueuedMs },
});

/** All that is to be written of a walked segment. */
export async function indexOf({ disk, folder }: LogPlace, segment: WalkedSegment): Promise<SegmentSummary> {
  const { summary, producers, index, number } = segment;
  if (producers !== null && index.marks !== null) return { summary, producers, marks: index.marks };
  const written = await readIndex(disk, folder, indexName(number));
  return { summary, producers: producers ?? written.producers, marks: index.marks ?? written.marks };
}
