import { type Disk, isFull } from './disk.js';
import type { SegmentSummary } from './index-file.js';
import type { IndexTable, SegmentIndex } from './index-table.js';
import { LogError } from './log-error.js';
import { summaryOf } from './log-walk.js';
import type { SegmentKeys } from './segment-keys.js';
import { type SegmentPlace, SegmentWriter } from './segment.js';

interface RollerOptions {
  readonly folder: string;
  readonly hubId: string;
  readonly keys: SegmentPlace['keys'];
  readonly segmentBytes: number;
  readonly disk: Disk;
  /** Producers as they stand, with all that is on disk. */
  readonly producers: () => SegmentSummary['producers'];
  /** Called when a segment is sealed and the next one is begun. */
  readonly onSealed: (written: SegmentSummary, segment: SegmentIndex) => void;
  /** Called when the first segment since a start without space is begun. */
  readonly onBegun: () => void;
}

/**
 * Hands out the segment to write to and changes to a new one when it is full.
 *
 * The next segment is prepared in the background once the current one is half full, so that appends do not wait
 * for 64 MiB of zeros. When there is no space for it the log is busy, not broken: what is written stays, and the
 * next append tries again. So does `seekSpace`, for a log that nobody appends to. A start without space begins no
 * segment: what is there can be read.
 *
 * After a change of the key-encryption key `roll` asks for a new segment however much room there is; the change waits
 * until that segment is prepared, and appends go on meanwhile.
 */
export class Roller {
  private next: Promise<SegmentWriter> | null = null;
  private isNextReady = false;
  private isRolling = false;
  private isChanging = false;
  private failed = false;
  private onNextReady: () => void = () => undefined;
  /** Null from a start without space until there is some. */
  private current: SegmentWriter | null = null;
  private lacksSpace = false;

  private constructor(
    private readonly options: RollerOptions,
    private readonly index: IndexTable,
    private readonly segmentKeys: SegmentKeys,
    private nextNumber: number,
  ) {}

  static async start(options: RollerOptions, index: IndexTable, segmentKeys: SegmentKeys, number: number): Promise<Roller> {
    const roller = new Roller(options, index, segmentKeys, number);
    const first = await roller.prepare().catch((error: unknown) => {
      if (!isFull(error)) throw error;
      return null;
    });
    roller.lacksSpace = first === null;
    if (first !== null) {
      await first.activate();
      roller.begin(first);
    }
    return roller;
  }

  /** The segment that is written to; null when there was no space for one since the start. */
  get active(): number | null {
    return this.current?.place.number ?? null;
  }

  /** True while events are refused for want of space for a segment. */
  get isOutOfSpace(): boolean {
    return this.lacksSpace;
  }

  /** Tries again to get space, when there was none. */
  seekSpace(): void {
    if (this.lacksSpace && this.next === null && !this.failed) this.prepareNext();
  }

  /** True when `segmentFor` would change segments although there is room. */
  get isRollDue(): boolean {
    return this.isRolling && this.isNextReady && !this.failed;
  }

  /**
   * Asks for a new segment and calls `onReady` when it can be changed to. A segment that was prepared before is used
   * first, although it is under the key of that time; whoever finds that asks again.
   */
  roll(onReady: () => void): void {
    // A change that is under way may do; if not, this is asked again.
    if (this.failed || this.isChanging) return;
    this.isRolling = true;
    this.onNextReady = onReady;
    if (this.next === null) this.prepareNext();
    else if (this.isNextReady) onReady();
  }

  /** True after a write to the log itself failed. */
  get hasFailed(): boolean {
    return this.failed;
  }

  /** Marks the log failed when `work` does: pages that an fdatasync could not write must not be tried again. */
  async fatal<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (e) {
      this.failed = true;
      throw e;
    }
  }

  async segmentFor(plainBytes: number): Promise<SegmentWriter> {
    if (this.failed) throw new LogError('failed', 'the log has failed before');
    const { current } = this;
    if (current !== null && current.hasRoom(plainBytes) && !this.isRollDue) {
      if (this.next === null && current.writtenBytes * 2 > this.options.segmentBytes) this.prepareNext();
      return current;
    }
    const next = await this.nextSegment();
    this.next = null;
    this.isNextReady = this.isRolling = false;
    this.isChanging = true;
    if (current !== null) await this.fatal(current.seal());
    await this.fatal(next.activate());
    this.isChanging = false;
    if (current !== null) this.tellSealed(current, true);
    this.begin(next);
    if (current === null) this.options.onBegun();
    return next;
  }

  async close(): Promise<void> {
    this.isRolling = false;
    const next = await this.next?.catch(() => null);
    await next?.discard();
    const { current } = this;
    if (current === null) return;
    if (this.failed) return current.discard();
    await current.seal();
    // One without events is taken over by the next start.
    if (current.writtenBytes > current.framesAt) this.tellSealed(current, false);
  }

  private begin(segment: SegmentWriter): void {
    const { number } = segment.place;
    this.index.addSegment(number, segment.framesAt);
    this.segmentKeys.add(number, segment.keyId);
    this.current = segment;
    this.nextNumber = number + 1;
  }

  private tellSealed({ head }: SegmentWriter, isFollowed: boolean): void {
    const segment = this.index.segments.at(-1)!;
    const summary = { ...summaryOf(this.options.hubId, head, segment, this.index), isFollowed };
    this.options.onSealed({ summary, producers: this.options.producers(), marks: segment.marks! }, segment);
  }

  private async nextSegment(): Promise<SegmentWriter> {
    if (this.next === null) this.prepareNext();
    try {
      return await this.next!;
    } catch (error) {
      this.lacksSpace = isFull(error);
      throw error;
    }
  }

  private prepareNext(): void {
    const next = this.prepare();
    this.next = next;
    next.then(
      () => {
        this.isNextReady = true;
        this.lacksSpace = false;
        if (this.isRolling) this.onNextReady();
      },
      () => (this.next = null),
    );
  }

  /** Asks for the free space first: what is written until the disk is full would be missing elsewhere meanwhile. */
  private async prepare(): Promise<SegmentWriter> {
    const { disk, folder, segmentBytes } = this.options;
    const freeBytes = await disk.freeBytes(folder).catch(() => Infinity);
    if (freeBytes < segmentBytes) throw Object.assign(new Error('no space for a segment'), { code: 'ENOSPC' });
    return SegmentWriter.prepare(place(this.options, this.nextNumber));
  }
}

const place = (options: RollerOptions, number: number): SegmentPlace => ({
  folder: options.folder,
  hubId: options.hubId,
  number,
  bytes: options.segmentBytes,
  keys: options.keys,
  disk: options.disk,
});
