import { isFull } from './disk.js';
import { type SegmentSummary, writeIndex } from './index-file.js';
import type { SegmentIndex } from './index-table.js';
import type { LogPlace } from './log-walk.js';

interface Waiting {
  readonly written: SegmentSummary;
  /** Lets go of its marks once they are in the file. */
  readonly segment: SegmentIndex;
}

/**
 * Writes `.idx` files apart from the path of what is appended, one after the other.
 *
 * Without space for one the segment's marks stay in memory and it is tried again with the next; nothing depends on it
 * but the time of the next start. Any other failure is a disk that can't be trusted.
 */
export class IndexWriter {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;
  private last: Waiting | null = null;

  /** Called when a write fails for another reason than want of space. */
  onFailure: (error: unknown) => void = () => undefined;

  constructor(private readonly place: LogPlace) {}

  add(written: SegmentSummary, segment: SegmentIndex): void {
    this.waiting.push({ written, segment });
    this.running ??= this.writeAll();
  }

  /**
   * Adds what a start has found to be written. What is written of the segment `last` says that another one follows; a
   * start that finds none refuses to go on. So it waits for `addLast`.
   */
  addFound(found: readonly SegmentSummary[], segments: readonly SegmentIndex[], last: number): void {
    const known = new Map(segments.map((segment) => [segment.number, segment]));
    for (const written of found) {
      const { number } = written.summary;
      if (number === last) this.last = { written, segment: known.get(number)! };
      else this.add(written, known.get(number)!);
    }
  }

  /** A segment was begun behind the last one that the start has found. */
  addLast(): void {
    if (this.last !== null) this.add(this.last.written, this.last.segment);
    this.last = null;
  }

  /** Has this segment an `.idx` file? */
  isWritten(number: number): boolean {
    return !this.waiting.some(({ segment }) => segment.number === number);
  }

  /** Resolves when all is written, or nothing more can be. */
  async idle(): Promise<void> {
    if (this.running === null && this.waiting.length > 0) this.running = this.writeAll();
    await this.running;
  }

  private async writeAll(): Promise<void> {
    try {
      for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
        const { written, segment } = next;
        await writeIndex(this.place.disk, this.place.folder, written);
        segment.marks = null;
        this.waiting = this.waiting.filter((other) => other !== next);
      }
    } catch (error) {
      if (!isFull(error)) {
        this.waiting = [];
        this.onFailure(error);
      }
    } finally {
      this.running = null;
    }
  }
}
