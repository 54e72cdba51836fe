import type { Aggregate } from '@vigil/contracts';
import { addWide, setWide, wideValue } from './wide.js';

/**
 * What of its readings a window keeps for one aggregate: a few whole numbers in a flat array, from `cells[at]` on. The first is
 * always the count. Everything is a sum, a smallest or a largest, so neither the order nor the grouping of readings shows.
 *
 * Bounds: a window takes at most 2^20 readings (12 a second for a day) of at most 2^17 steps (the widest metric has 3,500). Sums then stay
 * below 2^37, sums of squares below 2^54 at that corner and below 2^45 for values of a real metric; times within a window are below 2^27 ms, so their squares are exact
 * and are summed in wide numbers.
 */
export type Kept = 'count' | 'sum' | 'squares' | 'min' | 'max' | 'range' | 'first' | 'last' | 'slope' | 'sketch';

export const READINGS_PER_WINDOW_MAX = 2 ** 20;
export const VALUE_STEPS_MAX = 2 ** 16;

export const KEPT: Readonly<Record<Aggregate, Kept>> = {
  count: 'count',
  sum: 'sum',
  mean: 'sum',
  min: 'min',
  max: 'max',
  range: 'range',
  variance: 'squares',
  standardDeviation: 'squares',
  median: 'sketch',
  quantile: 'sketch',
  first: 'first',
  last: 'last',
  slope: 'slope',
};

/** Numbers per window or pane. Of `slope`: count, sum of times, sum of values, squares of times, times by values (wide each). */
export const CELLS: Readonly<Record<Kept, number>> = {
  ...{ count: 1, sum: 2, squares: 3, min: 2, max: 2, range: 3, first: 3, last: 3, slope: 7, sketch: 1 },
};

/** Adds one reading; `cells[at]` is 0 for a window that is new. Times of a slope count from `originMs`. */
export function addReading(kept: Kept, cells: number[], at: number, atMs: number, value: number, originMs: number): void {
  const isFirst = cells[at] === 0;
  cells[at] = cells[at]! + 1;
  switch (kept) {
    case 'count':
    case 'sketch':
      return;
    case 'sum':
      cells[at + 1] = cells[at + 1]! + value;
      return;
    case 'squares':
      cells[at + 1] = cells[at + 1]! + value;
      cells[at + 2] = cells[at + 2]! + value * value;
      return;
    case 'min':
      if (isFirst || value < cells[at + 1]!) cells[at + 1] = value;
      return;
    case 'max':
      if (isFirst || value > cells[at + 1]!) cells[at + 1] = value;
      return;
    case 'range':
      if (isFirst || value < cells[at + 1]!) cells[at + 1] = value;
      if (isFirst || value > cells[at + 2]!) cells[at + 2] = value;
      return;
    case 'first':
    case 'last':
      if (isFirst || (kept === 'first') === isBefore(atMs, value, cells, at)) setPoint(cells, at, atMs, value);
      return;
    case 'slope':
      addPoint(cells, at, atMs - originMs, value);
  }
}

function addPoint(cells: number[], at: number, sinceMs: number, value: number): void {
  cells[at + 1] = cells[at + 1]! + sinceMs;
  cells[at + 2] = cells[at + 2]! + value;
  addWide(cells, at + 3, sinceMs * sinceMs);
  addWide(cells, at + 5, sinceMs * value);
}

/** Two readings of one instant are told apart by their value, so that which came first never matters. */
function isBefore(atMs: number, value: number, cells: readonly number[], at: number): boolean {
  return atMs < cells[at + 1]! || (atMs === cells[at + 1]! && value < cells[at + 2]!);
}

function setPoint(cells: number[], at: number, atMs: number, value: number): void {
  cells[at + 1] = atMs;
  cells[at + 2] = value;
}

/** Adds what stands at `from[j]`, whose times count from the same instant. */
export function mergeCells(
  kept: Kept,
  { into, at }: { into: number[]; at: number },
  { from, j }: { from: readonly number[]; j: number },
): void {
  if (from[j] === 0) return;
  const isFirst = into[at] === 0;
  into[at] = into[at]! + from[j]!;
  switch (kept) {
    case 'count':
    case 'sketch':
      return;
    case 'sum':
    case 'squares':
      for (let i = 1; i < CELLS[kept]; i++) into[at + i] = into[at + i]! + from[j + i]!;
      return;
    case 'min':
      if (isFirst || from[j + 1]! < into[at + 1]!) into[at + 1] = from[j + 1]!;
      return;
    case 'max':
      if (isFirst || from[j + 1]! > into[at + 1]!) into[at + 1] = from[j + 1]!;
      return;
    case 'range':
      if (isFirst || from[j + 1]! < into[at + 1]!) into[at + 1] = from[j + 1]!;
      if (isFirst || from[j + 2]! > into[at + 2]!) into[at + 2] = from[j + 2]!;
      return;
    case 'first':
    case 'last':
      if (isFirst || (kept === 'first') === isBefore(from[j + 1]!, from[j + 2]!, into, at)) {
        setPoint(into, at, from[j + 1]!, from[j + 2]!);
      }
      return;
    case 'slope':
      mergeSlope(into, at, from, j);
  }
}

function mergeSlope(into: number[], at: number, from: readonly number[], j: number): void {
  into[at + 1] = into[at + 1]! + from[j + 1]!;
  into[at + 2] = into[at + 2]! + from[j + 2]!;
  setWide(into, at + 3, wideValue(into, at + 3) + wideValue(from, j + 3));
  setWide(into, at + 5, wideValue(into, at + 5) + wideValue(from, j + 5));
}

/**
 * The aggregate in whole steps of the metric (variance: squared; slope: per minute), or null where there are too few readings for
 * it. `median` and `quantile` are read from their sketch and not here.
 *
 * A division comes last and all before it is exact, so a comparison with a limit in whole steps is exact too: what is beyond
 * the limit is so by at least a 2^20th of a step, and doubles of this size are a thousand times finer.
 */
export function aggregateOf(aggregate: Aggregate, cells: readonly number[], at: number): number | null {
  const n = cells[at]!;
  if (aggregate === 'count') return n;
  if (n === 0) return null;
  switch (aggregate) {
    case 'sum':
    case 'min':
    case 'max':
      return cells[at + 1]!;
    case 'mean':
      return cells[at + 1]! / n;
    case 'range':
      return cells[at + 2]! - cells[at + 1]!;
    case 'first':
    case 'last':
      return cells[at + 2]!;
    case 'variance':
      return varianceOf(n, cells[at + 1]!, cells[at + 2]!);
    case 'standardDeviation': {
      const variance = varianceOf(n, cells[at + 1]!, cells[at + 2]!);
      return variance === null ? null : Math.sqrt(variance);
    }
    case 'slope':
      return slopeOf(cells, at);
    default:
      return null;
  }
}

/** Of a sample (n - 1). */
function varianceOf(n: number, sum: number, squares: number): number | null {
  if (n < 2) return null;
  const plain = n * squares;
  const spread = Number.isSafeInteger(plain)
    ? plain - sum * sum
    : Number(BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum));
  return spread / (n * (n - 1));
}

const MINUTE_MS = 60_000;

/** Least squares, steps per minute; null where all readings are of one instant. */
function slopeOf(cells: readonly number[], at: number): number | null {
  const [n, t, v] = [BigInt(cells[at]!), BigInt(cells[at + 1]!), BigInt(cells[at + 2]!)];
  const below = n * wideValue(cells, at + 3) - t * t;
  if (below === 0n) return null;
  return (Number(n * wideValue(cells, at + 5) - t * v) / Number(below)) * MINUTE_MS;
}

/**
 * The slope over several panes, each with times from its own start. Every pane is exact; they are added around the mean time
 * in their order, so the same panes give the same bits, and twenty BigInts a pane are saved.
 */
export function slopeOver(cells: readonly number[], first: number, last: number, stride: number): number | null {
  let [n, times, values] = [0, 0, 0];
  for (let at = first; at <= last; at += stride) {
    n += cells[at + 1]!;
    times += cells[at + 2]! + cells[at + 1]! * (cells[at]! - cells[first]!);
    values += cells[at + 3]!;
  }
  const [meanMs, mean] = [times / n, values / n];
  let [below, above] = [0, 0];
  for (let at = first; at <= last; at += stride) {
    const offMs = cells[at]! - cells[first]! - meanMs;
    const [count, t, v] = [cells[at + 1]!, cells[at + 2]!, cells[at + 3]!];
    below += cells[at + 4]! * 2 ** 32 + cells[at + 5]! + offMs * (2 * t + count * offMs);
    above += cells[at + 6]! * 2 ** 32 + cells[at + 7]! - mean * t + offMs * (v - mean * count);
  }
  return below <= 0 ? null : (above / below) * MINUTE_MS;
}
