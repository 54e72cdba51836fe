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

  /** When the oldest was stored, wall time; null when there is none. What is not on the spool counts where nothing else waits. */
  get oldestWallMs(): number | null {
    return (this.oldestStored() ?? this.entries[this.head])?.wallMs ?? null;
  }

  /** Its place on the spool; null when nothing of it waits. */
  get oldestIndex(): number | null {
    return this.oldestStored()?.index ?? null;
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

  /** Of what is on the spool. */
  places(): Range[] {
    return rangesOf(this.entries.slice(this.head));
  }

  /** Puts what is not on the spool in front of what is, behind others of its kind. */
  putFirst(entry: SpoolEntry): void {
    this.entries.splice(this.head + this.leading(), 0, entry);
    this.bytes += entry.record.body.length;
  }

  /** At most so many of the oldest, and none from place `before` of the spool on. */
  take(max: number, before = Infinity): SpoolEntry[] {
    let n = 0;
    for (let next = this.entries[this.head]; n < max && next !== undefined && next.index < before;)
      next = this.entries[this.head + ++n];
    const taken = this.entries.slice(this.head, this.head + n);
    this.advance(n);
    return taken;
  }

  /** Takes out what was stored before `wallMs` and returns it. What is not on the spool stands in nobody's way. */
  dropOlder(wallMs: number): SpoolEntry[] {
    const front = this.take(this.leading());
    const isOld = (entry: SpoolEntry | undefined): boolean => entry !== undefined && entry.wallMs < wallMs;
    let n = 0;
    while (isOld(this.entries[this.head + n])) n++;
    const dropped = [...front.filter(isOld), ...this.take(n)];
    this.putBack(front.filter((entry) => !isOld(entry)));
    return dropped;
  }

  /** Takes out what is behind place `index` of the spool and returns it; the places must ascend. */
  takeAfter(index: number): SpoolEntry[] {
    let end = this.entries.length;
    while (end > this.head && this.entries[end - 1]!.index > index) end--;
    const taken = this.entries.splice(end);
    for (const { record } of taken) this.bytes -= record.body.length;
    return taken;
  }

  private oldestStored(): SpoolEntry | undefined {
    return this.entries[this.head + this.leading()];
  }

  /** How many in front are not on the spool. */
  private leading(): number {
    let n = 0;
    while (this.entries[this.head + n]?.index === EPHEMERAL) n++;
    return n;
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

/** The places of entries as few ranges, as long as they ascend. What is not on the spool has none. */
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
