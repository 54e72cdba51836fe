import { eachCount, type Extent, extentOf, packCounts, type PackedCounts } from '../packed-counts.js';

/**
 * How often each value came, in whole steps of the metric. While at most `bucketsMax` different values came it is exact. Beyond that
 * neighbours share a bucket of 2, 4, 8 … steps, so a quantile is at most half a bucket out.
 *
 * Buckets of equal width and not of equal ratio (as DDSketch has): a metric has some thousand steps in all and a patient's own
 * values take some dozen of them, so the plain counts are small and exact, and they need no logarithm, whose last bit may
 * differ between machines.
 *
 * The width follows from the values alone, not from their order: the number of different buckets only ever grows.
 */
export interface Sketch {
  /** A bucket holds 2^shift steps. */
  shift: number;
  /** Ascending; the counts stand beside them. */
  readonly keys: number[];
  readonly counts: number[];
}

/** A sketch in which hardly anything more is expected may stand packed beside others that are not. */
export type AnySketch = Sketch | PackedCounts;

export function packSketch({ shift, keys, counts }: Sketch): PackedCounts {
  return packCounts(shift, keys, counts);
}

export function unpackSketch(packed: PackedCounts): Sketch {
  const sketch = { ...emptySketch(), shift: extentOf(packed)?.shift ?? 0 };
  eachCount(packed, (key, count) => {
    sketch.keys.push(key);
    sketch.counts.push(count);
  });
  return sketch;
}

export function emptySketch(): Sketch {
  return { shift: 0, keys: [], counts: [] };
}

export function addToSketch(sketch: Sketch, valueSteps: number, bucketsMax: number, times = 1): void {
  const { keys, counts } = sketch;
  const key = valueSteps >> sketch.shift;
  const at = lowerBound(keys, key);
  if (keys[at] === key) {
    counts[at] = counts[at]! + times;
    return;
  }
  keys.splice(at, 0, key);
  counts.splice(at, 0, times);
  while (keys.length > bucketsMax) widen(sketch);
}

/** Adds all that `from` has. The result is what one sketch of all values would be, whichever comes first. */
export function mergeSketch(into: Sketch, from: Sketch, bucketsMax: number): void {
  while (into.shift < from.shift) widen(into);
  for (let i = 0; i < from.keys.length; i++) {
    // Buckets of `from` are not wider than those of `into`: each lies in one of them.
    addToSketch(into, from.keys[i]! << from.shift, bucketsMax, from.counts[i]!);
  }
}

/** Neighbours share a bucket of twice the width. */
function widen(sketch: Sketch): void {
  const { keys, counts } = sketch;
  let kept = -1;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]! >> 1;
    if (kept >= 0 && keys[kept] === key) counts[kept] = counts[kept]! + counts[i]!;
    else {
      kept += 1;
      keys[kept] = key;
      counts[kept] = counts[i]!;
    }
  }
  keys.length = kept + 1;
  counts.length = kept + 1;
  sketch.shift += 1;
}

function lowerBound(keys: readonly number[], key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Room in which the buckets of several sketches are added up; used within one call only. */
const SCRATCH = new Float64Array(8_192);

/**
 * The `rank`-th smallest value (from 1) of all sketches together, in steps; the middle of its bucket. NaN where there are not so
 * many values.
 */
export function rankOf(sketches: readonly AnySketch[], from: number, to: number, rank: number): number {
  const span = spanOf(sketches, from, to);
  if (span === null) return NaN;
  const { shift, first, length } = span;
  SCRATCH.fill(0, 0, length);
  for (let i = from; i < to; i++) addUp(sketches[i]!, shift, first);
  let seen = 0;
  for (let i = 0; i < length; i++) {
    seen += SCRATCH[i]!;
    if (seen >= rank) return (first + i) * 2 ** shift + (2 ** shift - 1) / 2;
  }
  return NaN;
}

/** Every rank of these lies between the two, in steps; null where there are no values. Far cheaper than a rank. */
export function boundsOf(
  sketches: readonly AnySketch[],
  from: number,
  to: number,
): { readonly lowest: number; readonly highest: number } | null {
  const span = spanOf(sketches, from, to);
  if (span === null) return null;
  const { shift, first, length } = span;
  return { lowest: first * 2 ** shift, highest: (first + length) * 2 ** shift - 1 };
}

interface Span {
  /** Buckets of all together hold 2^shift steps. */
  readonly shift: number;
  readonly first: number;
  readonly length: number;
}

function spanOf(sketches: readonly AnySketch[], from: number, to: number): Span | null {
  let shift = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let i = from; i < to; i++) {
    const extent = extentOfAny(sketches[i]!);
    if (extent === null) continue;
    shift = Math.max(shift, extent.shift);
    low = Math.min(low, extent.first << extent.shift);
    high = Math.max(high, extent.last << extent.shift);
  }
  if (low === Infinity) return null;
  while ((high >> shift) - (low >> shift) >= SCRATCH.length) shift += 1;
  return { shift, first: low >> shift, length: (high >> shift) - (low >> shift) + 1 };
}

function extentOfAny(sketch: AnySketch): Extent | null {
  if (typeof sketch === 'string') return extentOf(sketch);
  const { shift, keys } = sketch;
  return keys.length === 0 ? null : { shift, first: keys[0]!, last: keys[keys.length - 1]! };
}

/** Adds the counts to `SCRATCH`, whose buckets hold 2^shift steps and begin with `first`. */
function addUp(sketch: AnySketch, shift: number, first: number): void {
  if (typeof sketch === 'string') {
    const own = extentOf(sketch)?.shift ?? 0;
    eachCount(sketch, (key, count) => {
      SCRATCH[((key << own) >> shift) - first]! += count;
    });
    return;
  }
  const { keys, counts, shift: own } = sketch;
  for (let k = 0; k < keys.length; k++) SCRATCH[((keys[k]! << own) >> shift) - first]! += counts[k]!;
}
