import { eachCount, packCounts, type PackedCounts } from '../packed-counts.js';

/** Counts of values by bin, ascending: [bin, count, bin, count, …]. Plain integers, so that it is the same in any order (D3). */
export type Histogram = number[];
/** One that is full, or as good as, may stand packed beside others that are not. */
export type AnyHistogram = Histogram | PackedCounts;

export function packHistogram(histogram: Histogram): PackedCounts {
  const isBin = (_: number, i: number): boolean => i % 2 === 0;
  const isCount = (_: number, i: number): boolean => i % 2 === 1;
  return packCounts(0, histogram.filter(isBin), histogram.filter(isCount));
}

export function unpackHistogram(packed: PackedCounts): Histogram {
  const histogram: Histogram = [];
  eachCount(packed, (bin, count) => histogram.push(bin, count));
  return histogram;
}

export function addTo(histogram: Histogram, bin: number, count = 1): void {
  let at = histogram.length;
  // Readings lie close to the ones before: from the end is as good as any search for a few dozen bins.
  while (at > 0 && histogram[at - 2]! > bin) at -= 2;
  if (at > 0 && histogram[at - 2] === bin) histogram[at - 1]! += count;
  else histogram.splice(at, 0, bin, count);
}

export function addAll(to: Histogram, from: AnyHistogram): void {
  if (typeof from === 'string') {
    eachCount(from, (bin, count) => addTo(to, bin, count));
    return;
  }
  for (let i = 0; i < from.length; i += 2) addTo(to, from[i]!, from[i + 1]!);
}

export function total(histogram: Histogram): number {
  let sum = 0;
  for (let i = 1; i < histogram.length; i += 2) sum += histogram[i]!;
  return sum;
}

/**
 * The median in bins (a bin's number is its middle), as if the values of a bin lay evenly across it: to about half a bin's width.
 * The histogram is not empty.
 */
export function medianOf(histogram: Histogram): number {
  const half = total(histogram) / 2;
  let before = 0;
  for (let i = 0; i < histogram.length; i += 2) {
    const count = histogram[i + 1]!;
    if (before + count >= half) return histogram[i]! - 0.5 + (half - before) / count;
    before += count;
  }
  return histogram.at(-2) ?? 0;
}

/** Median of the distances from `middle`, in bins; values of one bin count with the distance of its middle. */
export function medianDeviation(histogram: Histogram, middle: number): number {
  const half = total(histogram) / 2;
  let low = 0;
  while (low < histogram.length && histogram[low]! < middle) low += 2;
  let high = low;
  low -= 2;
  let seen = 0;
  for (;;) {
    const below = low >= 0 ? middle - histogram[low]! : Infinity;
    const above = high < histogram.length ? histogram[high]! - middle : Infinity;
    const nearest = Math.min(below, above);
    if (nearest === Infinity) return 0;
    if (below <= above) {
      seen += histogram[low + 1]!;
      low -= 2;
    } else {
      seen += histogram[high + 1]!;
      high += 2;
    }
    if (seen >= half) return nearest;
  }
}
