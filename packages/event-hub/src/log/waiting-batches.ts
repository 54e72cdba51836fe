import type { Batch } from './batch.js';
import type { LogError } from './log-error.js';

export interface Waiting {
  readonly batch: Batch;
  readonly done: (error: LogError | null) => void;
  readonly sinceMs: number;
}

/** One write takes at most this much. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;

/** Batches on their way to the disk, in the order in which they came. */
export class WaitingBatches {
  private waiting: Waiting[] = [];
  private pendingBytes = 0;

  /** Of what waits and of groups that are being written. */
  get bytes(): number {
    return this.pendingBytes;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(batch: Batch, done: Waiting['done']): void {
    this.waiting.push({ batch, done, sinceMs: performance.now() });
    this.pendingBytes += batch.bytes.length;
  }

  /** What goes out with the next write. Its bytes count until they are `stored`. */
  takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length && (count === 0 || bytes + this.waiting[count]!.batch.bytes.length <= GROUP_BYTES_MAX)) {
      bytes += this.waiting[count++]!.batch.bytes.length;
    }
    if (count < this.waiting.length) return this.waiting.splice(0, count);
    const all = this.waiting;
    this.waiting = [];
    return all;
  }

  stored(bytes: number): void {
    this.pendingBytes -= bytes;
  }

  /** All that waits, when nothing of it can be stored, nor of the group that is being written. */
  giveUp(): Waiting[] {
    const all = this.waiting;
    this.waiting = [];
    this.pendingBytes = 0;
    return all;
  }
}
