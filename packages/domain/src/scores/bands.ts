/**
 * Points by value: each row is the highest value (in whole display steps, inclusive) that still scores so many points; the
 * last row has no upper end. Values are rounded to display precision before they meet a band (`inDisplaySteps`).
 */
export type Bands = readonly (readonly [highest: number, points: number])[];

/** The points of a value in whole display steps. */
export function pointsIn(bands: Bands, steps: number): number {
  for (const [highest, points] of bands) if (steps <= highest) return points;
  return bands[bands.length - 1]![1];
}

export function mostOf(bands: Bands): number {
  return rangeOf(bands)[1];
}

export function leastOf(bands: Bands): number {
  return rangeOf(bands)[0];
}

/** A part that is missing asks for its range each time a score is derived, and bands never change. */
const ranges = new WeakMap<Bands, readonly [least: number, most: number]>();

function rangeOf(bands: Bands): readonly [least: number, most: number] {
  const known = ranges.get(bands);
  if (known !== undefined) return known;
  const points = bands.map(([, each]) => each);
  const range = [Math.min(...points), Math.max(...points)] as const;
  ranges.set(bands, range);
  return range;
}
