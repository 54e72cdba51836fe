import { type Bands, leastOf, mostOf, pointsIn } from './bands.js';
import type { Known, PartAnswer } from './definition.js';

/** A part that is not there: anything that its bands allow. */
export function missing(part: string, max: number, min = 0): PartAnswer {
  return { part, points: null, min, max, value: null, known: null };
}

export function scored(part: string, known: Known<number | string>, points: number, stepsPerUnit = 1): PartAnswer {
  return { part, points, min: points, max: points, value: shown(known, stepsPerUnit), known };
}

/** The value is known, and what it scores is not: another part decides. */
export function between(part: string, known: Known<number | string>, [min, max]: readonly [number, number]): PartAnswer {
  if (min === max) return scored(part, known, min);
  return { part, points: null, min, max, value: shown(known, 1), known };
}

/** A number against bands. */
export function banded(part: string, known: Known | null, bands: Bands, stepsPerUnit = 1): PartAnswer {
  if (known === null) return missing(part, mostOf(bands), leastOf(bands));
  return scored(part, known, pointsIn(bands, known.value), stepsPerUnit);
}

function shown({ value }: Known<number | string>, stepsPerUnit: number): number | string {
  return typeof value === 'string' ? value : value / stepsPerUnit;
}
