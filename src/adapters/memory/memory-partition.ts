import { type LogEvent, readLogEvent } from '@vigil/contracts';
import type { Located, Malformed } from '../../ports/event-log.js';

interface Stored {
  readonly content: { readonly event: LogEvent } | { readonly raw: unknown };
  readonly hubAtMs: number;
}

export interface MemoryBatch {
  readonly events: readonly Located[];
  readonly malformed: readonly Malformed[];
  /** Index to read on from. */
  readonly next: number;
}

/** One partition of the memory log. Offsets do not look like numbers, so that nobody calculates with them. */
export class MemoryPartition {
  private readonly stored: Stored[] = [];
  private readonly wakers = new Set<() => void>();

  constructor(readonly number: number) {}

  get end(): number {
    return this.stored.length;
  }

  add(content: Stored['content'], hubAtMs: number): void {
    this.stored.push({ content, hubAtMs });
    for (const wake of this.wakers) wake();
  }

  onAdded(wake: () => void): () => void {
    this.wakers.add(wake);
    return () => void this.wakers.delete(wake);
  }

  /** When the event at this index came; null when there is none yet. */
  addedWallMs(index: number): number | null {
    return this.stored[index]?.hubAtMs ?? null;
  }

  /** The index after the event with this offset. */
  after(offset: string): number {
    return Number.parseInt(offset.slice(1), 36) + 1;
  }

  read(from: number, countMax: number): MemoryBatch {
    const events: Located[] = [];
    const malformed: Malformed[] = [];
    const until = Math.min(from + countMax, this.stored.length);
    for (let sequence = from; sequence < until; sequence++) {
      const { content, hubAtMs } = this.stored[sequence]!;
      const at = { offset: `@${sequence.toString(36)}`, sequence };
      const read = 'event' in content ? content : readLogEvent(content.raw);
      if ('event' in read) events.push({ event: read.event, partition: this.number, ...at, hubAtMs });
      else malformed.push({ ...read.unreadable, ...at, hubAtMs, body: 'raw' in content ? content.raw : null });
    }
    return { events, malformed, next: until };
  }
}
