import type { LogRecord } from '../log-record.js';
import type { SpoolOutage } from './spool-options.js';

export interface Waiting {
  readonly records: readonly LogRecord[];
  /** Before sealing. */
  readonly bytes: number;
  readonly done: (outage?: SpoolOutage) => void;
}

/** What waits for the disk, in order. */
export class WaitingGroups {
  private waiting: Waiting[] = [];
  bytes = 0;

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  push(added: Waiting): void {
    this.waiting.push(added);
    this.bytes += added.bytes;
  }

  /** Takes the oldest, and as many behind it as fit into one group. */
  take(bytesMax: number): Waiting[] {
    let bytes = 0;
    let n = 0;
    do bytes += this.waiting[n++]!.bytes;
    while (n < this.waiting.length && bytes + this.waiting[n]!.bytes <= bytesMax);
    this.bytes -= bytes;
    return this.waiting.splice(0, n);
  }

  takeAll(): Waiting[] {
    this.bytes = 0;
    return this.waiting.splice(0);
  }
}
