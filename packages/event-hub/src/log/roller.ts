import type { Disk } from './disk.js';
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
}

/**
 * Hands out the segment to write to and changes to a new one when it is full.
 *
 * The next segment is prepared in the background once the current one is half full, so that appends do not wait
 * for 64 MiB of zeros. When there is no space for it the log is busy, not broken: what is written stays, and the
 * next append tries again.
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

  private constructor(
    private readonly options: RollerOptions,
    private readonly index: IndexTable,
    private readonly segmentKeys: SegmentKeys,
    private current: SegmentWriter,
  ) {}

  static async start(options: RollerOptions, index: IndexTable, segmentKeys: SegmentKeys, number: number): Promise<Roller> {
    const current = await SegmentWriter.prepare(place(options, number));
    await current.activate();
    index.addSegment(number, current.framesAt);
    segmentKeys.add(number, current.keyId);
    return new Roller(options, index, segmentKeys, current);
  }

  /** The segment that is written to. */
  get active(): number {
    return this.current.place.number;
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
    if (this.current.hasRoom(plainBytes) && !this.isRollDue) {
      if (this.next === null && this.current.writtenBytes * 2 > this.options.segmentBytes) this.prepareNext();
      return this.current;
    }
    if (this.next === null) this.prepareNext();
    const next = await this.next!;
    this.next = null;
    this.isNextReady = this.isRolling = false;
    this.isChanging = true;
    await this.fatal(this.current.seal());
    await this.fatal(next.activate());
    this.isChanging = false;
    this.tellSealed(true);
    this.index.addSegment(next.place.number, next.framesAt);
    this.segmentKeys.add(next.place.number, next.keyId);
    this.current = next;
    return next;
  }

  async close(): Promise<void> {
    const next = await this.next?.catch(() => null);
    await next?.discard();
    if (this.failed) return this.current.discard();
    await this.current.seal();
    // One without events is taken over by the next start.
    if (this.current.writtenBytes > this.current.framesAt) this.tellSealed(false);
  }

  private tellSealed(isFollowed: boolean): void {
    const segment = this.index.segments.at(-1)!;
    const summary = { ...summaryOf(this.options.hubId, this.current.head, segment, this.index), isFollowed };
    this.options.onSealed({ summary, producers: this.options.producers(), marks: segment.marks! }, segment);
  }

  private prepareNext(): void {
    const next = SegmentWriter.prepare(place(this.options, this.current.place.number + 1));
    this.next = next;
    next.then(
      () => {
        this.isNextReady = true;
        if (this.isRolling) this.onNextReady();
      },
      () => (this.next = null),
    );
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
