import { type Bands, mostOf, pointsIn } from './bands.js';
import type { AgeBand, Given, Known, PartAnswer, ScoreDefinition } from './definition.js';
import { between, missing } from './part.js';

/**
 * Candidate bands of bedside PEWS by age: [4 at or below, 2 at or below, 1 at or below, 1 from, 2 from, 4 from]. The columns of
 * the source are read as 0, 1, 2 and 4 points [M]. To be signed off against the charts of the hospital before it is used.
 *
 * Source: Parshuram CS et al. Crit Care 2009;13:R135, table 1 [V], as in docs/clinical.md.
 */
type Edges = readonly [number, number, number, number, number, number];
// prettier-ignore
const EDGES: Readonly<Record<AgeBand, Readonly<Record<'pulse' | 'respirationRate' | 'systolic', Edges>>>> = {
  '0-3 mo': { pulse: [80, 90, 110, 150, 180, 190], respirationRate: [15, 19, 29, 61, 81, 91], systolic: [45, 50, 60, 80, 100, 130] },
  '3-12 mo': { pulse: [70, 80, 100, 150, 170, 180], respirationRate: [15, 19, 24, 51, 71, 81], systolic: [60, 70, 80, 100, 120, 150] },
  '1-4 y': { pulse: [60, 70, 90, 120, 150, 170], respirationRate: [12, 15, 19, 41, 61, 71], systolic: [65, 75, 90, 110, 125, 160] },
  '4-12 y': { pulse: [50, 60, 70, 110, 130, 151], respirationRate: [10, 14, 19, 31, 41, 51], systolic: [70, 80, 90, 120, 140, 170] },
  '>12 y': { pulse: [40, 49, 60, 100, 120, 140], respirationRate: [9, 10, 11, 17, 23, 30], systolic: [75, 85, 100, 130, 150, 190] },
};
export const AGE_BANDS = Object.keys(EDGES) as AgeBand[];

/** The bands of one age, in the form that all scores share. */
export function pewsBands(age: AgeBand): Readonly<Record<'pulse' | 'respirationRate' | 'systolic', Bands>> {
  const { pulse, respirationRate, systolic } = EDGES[age];
  return { pulse: bandsOf(pulse), respirationRate: bandsOf(respirationRate), systolic: bandsOf(systolic) };
}

function bandsOf([low4, low2, low1, high1, high2, high4]: Edges): Bands {
  return [
    [low4, 4],
    [low2, 2],
    [low1, 1],
    [high1 - 1, 0],
    [high2 - 1, 1],
    [high4 - 1, 2],
    [Infinity, 4],
  ];
}

const BANDS = Object.fromEntries(AGE_BANDS.map((age) => [age, pewsBands(age)])) as Record<AgeBand, ReturnType<typeof pewsBands>>;

/**
 * Bedside PEWS (candidate): 0 to 26, of which three parts have bands here. Not supported: capillary refill, respiratory effort,
 * saturation and oxygen therapy, for which docs/clinical.md has no bands; they stay missing, so that it is always a range.
 */
export const BEDSIDE_PEWS: ScoreDefinition = {
  score: 'bedsidePews',
  kind: 'points',
  ageGroups: ['paediatric', 'neonate'],
  parts: (given) => [
    byAge('pulse', given.pulse, given),
    byAge('respirationRate', given.respirationRate, given),
    byAge('systolic', given.systolic, given),
    missing('capillaryRefill', 4),
    missing('respiratoryEffort', 4),
    missing('spo2', 2),
    missing('oxygenTherapy', 4),
  ],
};

/** Over all the bands that the child can be in: one answer where they agree, a range where they don't. */
function byAge(part: 'pulse' | 'respirationRate' | 'systolic', known: Known | null, { ageBands }: Given): PartAnswer {
  if (known === null) return missing(part, mostOf(BANDS['0-3 mo'][part]));
  // Without an age every band may be the one.
  const points = (ageBands.length === 0 ? AGE_BANDS : ageBands).map((age) => pointsIn(BANDS[age][part], known.value));
  return between(part, known, [Math.min(...points), Math.max(...points)]);
}
