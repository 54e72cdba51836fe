import type { LogRecord } from '../log-record.js';
import type { Range } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';

/** The index of what is not on the spool: worth something only now, and dropped instead of sent again. */
export const EPHEMERAL = -1;

export const ephemeral = (record: LogRecord, wallMs: number): SpoolEntry => ({ index: EPHEMERAL, record, wallMs });

/** What waits to be sent to one part of the log, oldest first. */
export class ShardQueue {
  private entries: SpoolEntry[] = [];
  /** Entries before this are gone; the array is compacted now and then. */
  private head = 0;
  /** Bytes of all bodies. */
  bytes = 0;

  get length(): number {
    return this.entries.length - this.head;
  }

  /** When the oldest was stored, wall time; null when there is none. */
  get oldestWallMs(): number | null {
    return this.entries[this.head]?.wallMs ?? null;
  }

  push(entry: SpoolEntry): void {
    this.entries.push(entry);
    this.bytes += entry.record.body.length;
  }

  /** Puts entries in front of the others, in their own order. */
  putBack(entries: readonly SpoolEntry[]): void {
    if (entries.length === 0) return;
    this.entries = [...entries, ...this.entries.slice(this.head)];
    this.head = 0;
    this.bytes += entries.reduce((sum, e) => sum + e.record.body.length, 0);
  }

  take(max: number): SpoolEntry[] {
    const taken = this.entries.slice(this.head, this.head + max);
    this.advance(taken.length);
    return taken;
  }

  /** Takes out what `mustGo`, from the oldest on, and returns it. */
  dropWhile(mustGo: (oldest: SpoolEntry) => boolean): SpoolEntry[] {
    let n = 0;
    for (let oldest = this.entries[this.head]; oldest !== undefined && mustGo(oldest); oldest = this.entries[this.head + n]) n++;
    return this.take(n);
  }

  private advance(n: number): void {
    for (let i = this.head; i < this.head + n; i++) this.bytes -= this.entries[i]!.record.body.length;
    this.head += n;
    if (this.head === this.entries.length || this.head > 4_096) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
  }
}

/** The places of entries as few ranges; they must ascend. What is not on the spool has none. */
export function rangesOf(entries: readonly SpoolEntry[]): Range[] {
  const ranges: Range[] = [];
  for (const { index } of entries) {
    if (index === EPHEMERAL) continue;
    const last = ranges.at(-1);
    if (last?.to === index) ranges[ranges.length - 1] = { from: last.from, to: index + 1 };
    else ranges.push({ from: index, to: index + 1 });
  }
  return ranges;
}
