/** Numbers as ascending ranges that do not touch, both ends inclusive. */
export type SeqRanges = readonly (readonly [number, number])[];

/** The ranges with one more; it may overlap those that are there. */
export function addRange(ranges: SeqRanges, [from, to]: readonly [number, number]): SeqRanges {
  const before = ranges.filter((range) => range[1] + 1 < from);
  const after = ranges.filter((range) => range[0] > to + 1);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const joined = [Math.min(from, touched[0]?.[0] ?? from), Math.max(to, touched.at(-1)?.[1] ?? to)] as const;
  return [...before, joined, ...after];
}

/** How many of the numbers lie in [from, to]. */
export function countWithin(ranges: SeqRanges, [from, to]: readonly [number, number]): number {
  return ranges.reduce((sum, [low, high]) => sum + Math.max(0, Math.min(high, to) - Math.max(low, from) + 1), 0);
}
