import type { IndexTable } from './index-table.js';
import { LogError } from './log-error.js';
import { type SegmentPlace, SegmentWriter } from './segment.js';

interface RollerOptions {
  readonly folder: string;
  readonly hubId: string;
  readonly keys: SegmentPlace['keys'];
  readonly segmentBytes: number;
}

/**
 * Hands out the segment to write to and changes to a new one when it is full.
 *
 * The next segment is prepared in the background once the current one is half full, so that appends do not wait
 * for 64 MiB of zeros. When there is no space for it the log is busy, not broken: what is written stays, and the
 * next append tries again.
 */
export class Roller {
  private next: Promise<SegmentWriter> | null = null;
  private failed = false;

  private constructor(
    private readonly options: RollerOptions,
    private readonly index: IndexTable,
    private current: SegmentWriter,
  ) {}

  static async start(options: RollerOptions, index: IndexTable, number: number): Promise<Roller> {
    const current = await SegmentWriter.prepare(place(options, number));
    await current.activate();
    index.addSegment(number, current.framesAt);
    return new Roller(options, index, current);
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
    if (this.current.hasRoom(plainBytes)) {
      if (this.next === null && this.current.writtenBytes * 2 > this.options.segmentBytes) this.prepareNext();
      return this.current;
    }
    if (this.next === null) this.prepareNext();
    const next = await this.next!.catch((e: unknown) => {
      this.next = null;
      throw e;
    });
    this.next = null;
    await this.fatal(this.current.seal());
    await this.fatal(next.activate());
    this.index.addSegment(next.place.number, next.framesAt);
    this.current = next;
    return next;
  }

  async close(): Promise<void> {
    const next = await this.next?.catch(() => null);
    await next?.discard();
    await (this.failed ? this.current.discard() : this.current.seal());
  }

  private prepareNext(): void {
    this.next = SegmentWriter.prepare(place(this.options, this.current.place.number + 1));
    this.next.catch(() => undefined);
  }
}

const place = (options: RollerOptions, number: number): SegmentPlace => ({
  folder: options.folder,
  hubId: options.hubId,
  number,
  bytes: options.segmentBytes,
  keys: options.keys,
});
