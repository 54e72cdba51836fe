import type { StayInBed } from '../ports/care-relations.js';
import type { Span } from '../access/visible-time.js';

/** A time in which one patient lay in the bed, or nobody. */
export interface Part extends Span {
  /** Null: nobody lay there, or not known who. */
  readonly stay: StayInBed | null;
}

/** Where the rest begins of a page that ends with this point: where its bucket ends, which a stay's end may have cut short. Pure. */
export function afterPoint(atMs: number, everyMs: number, parts: readonly Span[]): number {
  const part = parts.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  return Math.min(atMs + Math.max(1, everyMs), part?.toMs ?? Infinity);
}

/**
 * The spans, cut where a stay begins or ends: no mean is of two patients, and each value is of one stay. Pure.
 *
 * @param spans what may be looked at, in order
 * @param stays of patients whom the caller treats, oldest first; they don't overlap each other
 */
export function partsOf(spans: readonly Span[], stays: readonly StayInBed[]): readonly Part[] {
  return spans.flatMap(({ fromMs, toMs }) => {
    const parts: Part[] = [];
    let atMs = fromMs;
    const add = (untilMs: number, stay: StayInBed | null): void => {
      const endMs = Math.min(untilMs, toMs);
      if (atMs < endMs) parts.push({ fromMs: atMs, toMs: endMs, stay });
      atMs = Math.max(atMs, endMs);
    };
    for (const stay of stays) {
      add(stay.admittedMs, null);
      if ((stay.dischargedMs ?? toMs) > atMs) add(stay.dischargedMs ?? toMs, stay);
    }
    add(toMs, null);
    return parts;
  });
}
