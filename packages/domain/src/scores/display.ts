import type { MetricName } from '@vigil/contracts';

/** Display steps in one unit of a metric: temperatures show one decimal, everything else that scores shows none. */
export function stepsPerUnit(metric: MetricName): number {
  return metric === 'temperature' ? 10 : 1;
}

/** What binary fractions leave over: 36.05 is stored a little below itself, and a half goes up all the same. */
const CRUMB = 1e-9;

/**
 * A value as a chart shows it, in whole display steps: rounded half up, once, from the value itself. Bands of early warning
 * scores are written for displayed values (whole numbers, tenths of a degree) and have gaps in between, so rounding comes
 * before scoring: 36.04 shows as 36.0 and 36.05 as 36.1.
 *
 * Source: docs/clinical.md "Scores" (RCP 2017 gives the bands; the direction of a half is a choice of this platform).
 */
export function inDisplaySteps(metric: MetricName, value: number): number {
  return halfUp(value, stepsPerUnit(metric));
}

/** The same for whoever knows already how many steps a unit has. */
export function halfUp(value: number, perUnit: number): number {
  return Math.floor(value * perUnit + 0.5 + CRUMB);
}
