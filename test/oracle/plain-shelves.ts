import type { LogEventOf, Priority } from '@vigil/contracts';
import type { AlarmBook, Away } from './alarm-book.js';
import type { BedHistory } from './bed-history.js';

const HOUR_MS = 3_600_000;
const RANK = { low: 0, medium: 1, high: 2 };

interface Shelf extends Away {
  readonly id: string;
  readonly fromMs: number;
}

/** Conditions of a stay that a person has put away for a while, as docs/adr/0061-shelving.md tells it. */
export class PlainShelves {
  private readonly now = new Map<string, Shelf>();
  private over: string[] = [];

  constructor(private readonly history: BedHistory) {}

  of(code: string): Away | null {
    return this.now.get(code) ?? null;
  }

  set({ shelfId: id, conditionCode, priority, atMs, toMs }: LogEventOf<'conditionShelved'>, book: AlarmBook): void {
    if (this.over.includes(id) || [...this.now.values()].some((shelf) => shelf.id === id)) return;
    const shelf = { id, priority, fromMs: atMs, toMs: Math.min(toMs, atMs + (priority === 'high' ? 2 : 12) * HOUR_MS) };
    const other = this.now.get(conditionCode);
    const isEarlier = other !== undefined && (other.fromMs > atMs || (other.fromMs === atMs && other.id > id));
    if (/noData$/.test(conditionCode) || isEarlier) {
      this.note(id);
      return;
    }
    if (other !== undefined) this.note(other.id);
    this.now.set(conditionCode, shelf);
    book.putAway(conditionCode, atMs);
  }

  /** The alarm of the condition has this priority now: what is more urgent than what was put away ends the shelf. */
  risen(code: string, priority: Priority): void {
    const shelf = this.now.get(code);
    if (shelf !== undefined && RANK[priority] > RANK[shelf.priority]) this.end(code);
  }

  ended({ shelfId }: LogEventOf<'conditionUnshelved'>): void {
    for (const [code, { id }] of [...this.now]) if (id === shelfId) this.end(code);
    this.note(shelfId);
  }

  /** Of a stay that is not here any more. */
  drop(): void {
    for (const code of [...this.now.keys()]) this.end(code);
  }

  settle(): void {
    for (const [code, { toMs }] of [...this.now]) if (this.history.clockMs >= toMs) this.end(code);
  }

  note(id: string): void {
    if (!this.over.includes(id)) this.over = [...this.over, id].slice(-32);
  }

  private end(code: string): void {
    this.note(this.now.get(code)!.id);
    this.now.delete(code);
  }
}
