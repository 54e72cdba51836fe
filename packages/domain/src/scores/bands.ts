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
  return Math.max(...bands.map(([, points]) => points));
}

export function leastOf(bands: Bands): number {
  return Math.min(...bands.map(([, points]) => points));
}
