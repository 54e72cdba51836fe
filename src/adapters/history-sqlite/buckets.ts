import type { EpochMs } from '@vigil/contracts';
import type { StoredPoint } from '../../ports/observation-store.js';

/** What some samples of a metric come to. */
export interface Stat {
  readonly count: number;
  readonly questionable: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** Means are the same to this part, however the sum was put together. */
const MEAN_PARTS = 1e6;

interface Open {
  readonly atMs: number;
  count: number;
  questionable: number;
  min: number;
  max: number;
  sum: number;
}

/** Puts samples and means, which come by time, into buckets of `everyMs` from `fromMs` on, half-open; 0: each is a point of its own. */
export class Buckets {
  private readonly done: StoredPoint[] = [];
  private open: Open | null = null;

  constructor(private readonly range: { readonly fromMs: number; readonly everyMs: number; readonly limit: number }) {}

  /** @returns false when there are as many points as may be, and this one is beyond them */
  add(atMs: number, { count, questionable, min, max, sum }: Stat): boolean {
    const { fromMs, everyMs, limit } = this.range;
    const startMs = everyMs === 0 ? atMs : fromMs + Math.floor((atMs - fromMs) / everyMs) * everyMs;
    if (this.open !== null && everyMs > 0 && this.open.atMs === startMs) {
      const { open } = this;
      open.count += count;
      open.questionable += questionable;
      open.sum += sum;
      open.min = Math.min(open.min, min);
      open.max = Math.max(open.max, max);
      return true;
    }
    this.close();
    if (this.done.length >= limit) return false;
    this.open = { atMs: startMs, count, questionable, min, max, sum };
    return true;
  }

  get points(): readonly StoredPoint[] {
    this.close();
    return this.done;
  }

  private close(): void {
    if (this.open === null) return;
    const { atMs, count, questionable, min, max, sum } = this.open;
    const value = count === 1 ? sum : Math.round((sum / count) * MEAN_PARTS) / MEAN_PARTS;
    this.done.push({ atMs: atMs as EpochMs, value, min, max, count, questionable });
    this.open = null;
  }
}

export function addTo(stat: Stat | undefined, { count, questionable, min, max, sum }: Stat): Stat {
  if (stat === undefined) return { count, questionable, min, max, sum };
  return {
    count: stat.count + count,
    questionable: stat.questionable + questionable,
    min: Math.min(stat.min, min),
    max: Math.max(stat.max, max),
    sum: stat.sum + sum,
  };
}
