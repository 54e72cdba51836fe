import type { Range } from '../spool/ranges.js';
import type { SpoolEntry } from '../spool/reader.js';

/** Entries in memory at most; older ones are read from the spool again. */
const ENTRIES_MAX = 20_000;
const BYTES_MAX = 32 * 1024 * 1024;

/** What was just stored and is still in memory, oldest first. Bounded: what falls out is handed back as places. */
export class LiveQueue {
  private entries: SpoolEntry[] = [];
  /** Entries before this are gone; the array is compacted now and then. */
  private head = 0;
  private bytes = 0;

  get length(): number {
    return this.entries.length - this.head;
  }

  /** Adds entries behind the others and returns the places that no longer fit, oldest first. */
  push(added: readonly SpoolEntry[]): Range[] {
    for (const entry of added) {
      this.entries.push(entry);
      this.bytes += entry.record.body.length;
    }
    return this.drop(() => this.length > ENTRIES_MAX || this.bytes > BYTES_MAX);
  }

  /** Puts entries that were taken back in front, in their old order. */
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

  /** Takes out what was stored before `wallMs` and returns its places. */
  dropOlder(wallMs: number): Range[] {
    return this.drop((oldest) => oldest.wallMs < wallMs);
  }

  private drop(mustGo: (oldest: SpoolEntry) => boolean): Range[] {
    const dropped: Range[] = [];
    for (let oldest = this.entries[this.head]; oldest !== undefined && mustGo(oldest); oldest = this.entries[this.head]) {
      const last = dropped.at(-1);
      if (last?.to === oldest.index) dropped[dropped.length - 1] = { from: last.from, to: oldest.index + 1 };
      else dropped.push({ from: oldest.index, to: oldest.index + 1 });
      this.advance(1);
    }
    return dropped;
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
