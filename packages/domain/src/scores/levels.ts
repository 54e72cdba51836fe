import { type AgeGroup, type MetricName, metricRow, ZERO_IS_NO_VALUE } from '@vigil/contracts';
import { pewsBands, AGE_BANDS } from './bedside-pews.js';
import { type Bands, pointsIn } from './bands.js';
import { MEWS_BANDS } from './mews.js';
import { inDisplaySteps, stepsPerUnit } from './display.js';
import { NEWS2_BANDS } from './news2.js';
import { QSOFA_BANDS, SIRS_BANDS, SIRS_BREATHS_MAX } from './sepsis.js';

const SIRS_BREATHS: Bands = [
  [SIRS_BREATHS_MAX, 0],
  [Infinity, 1],
];
/** From above 21 % on somebody breathes more than air, and from any flow on. */
const MORE_THAN_AIR: Readonly<Partial<Record<MetricName, Bands>>> = {
  inspiredOxygen: [
    [21, 0],
    [Infinity, 1],
  ],
  oxygenFlow: [
    [0, 0],
    [Infinity, 1],
  ],
};

const ages = AGE_BANDS.map(pewsBands);

/** Every table that the values of a metric meet in the scores of an adult. */
function bandsOfAdults(metric: MetricName, scale: 1 | 2): readonly Bands[] {
  const { spo2Scale1, spo2Scale2Air, spo2Scale2Oxygen } = NEWS2_BANDS;
  switch (metric) {
    case 'heartRate':
    case 'pulseRate':
      return [NEWS2_BANDS.pulse, MEWS_BANDS.pulse, SIRS_BANDS.pulse];
    case 'arterialSystolic':
    case 'nibpSystolic':
      return [NEWS2_BANDS.systolic, MEWS_BANDS.systolic, QSOFA_BANDS.systolic];
    case 'spo2':
      return scale === 1 ? [spo2Scale1] : [spo2Scale2Air, spo2Scale2Oxygen];
    case 'respirationRate':
      return [NEWS2_BANDS.respirationRate, MEWS_BANDS.respirationRate, QSOFA_BANDS.respirationRate, SIRS_BREATHS];
    case 'temperature':
      return [NEWS2_BANDS.temperature, MEWS_BANDS.temperature, SIRS_BANDS.temperature];
    default:
      return MORE_THAN_AIR[metric] === undefined ? [] : [MORE_THAN_AIR[metric]];
  }
}

/** … and in those of a child. */
function bandsOfChildren(metric: MetricName): readonly Bands[] {
  switch (metric) {
    case 'heartRate':
    case 'pulseRate':
      return ages.map((age) => age.pulse);
    case 'arterialSystolic':
    case 'nibpSystolic':
      return ages.map((age) => age.systolic);
    case 'respirationRate':
      return ages.map((age) => age.respirationRate);
    default:
      return [];
  }
}

/**
 * A level for each value that a metric can show: values of one level score the same in every table, so that a reading whose
 * level has not changed changes no points. Made of the tables themselves, once.
 */
function levelsOf(metric: MetricName, bands: readonly Bands[]): Uint8Array {
  const [firstStep, lastStep] = stepsOf(metric);
  const table = new Uint8Array(lastStep - firstStep + 1);
  let before = '';
  let level = 0;
  for (let step = firstStep; step <= lastStep; step += 1) {
    const points = bands.map((each) => pointsIn(each, step)).join();
    if (step > firstStep && points !== before) level += 1;
    before = points;
    table[step - firstStep] = level;
  }
  return table;
}

function stepsOf(metric: MetricName): readonly [number, number] {
  const row = metricRow(metric);
  const [first, last] = row.kind === 'numeric' ? row.plausible : [0, 0];
  return [inDisplaySteps(metric, first), inDisplaySteps(metric, last)];
}

/** Metrics that count for a score, but the coded one. */
const SCORED: readonly MetricName[] = [
  ...(['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'temperature'] as const),
  ...(['nibpSystolic', 'nibpDiastolic', 'nibpMean', 'arterialSystolic', 'arterialDiastolic', 'arterialMean'] as const),
  ...(['oxygenFlow', 'inspiredOxygen'] as const),
];

/** What of one metric counts for scores: how its values are shown, and the level of each of them. */
export interface Levels {
  readonly stepsPerUnit: number;
  readonly firstStep: number;
  readonly adult: Uint8Array;
  /** With SpO2 on scale 2. */
  readonly adultOnScale2: Uint8Array;
  readonly child: Uint8Array;
  /** Its 0 means that nothing was measured (D23). */
  readonly isZeroNone: boolean;
  /** It comes seldom, and how long it counts follows its interval. */
  readonly isCuff: boolean;
  /** The other way to measure the same thing: which of the two counts may change although neither value does. */
  readonly rival: MetricName | null;
  /** It is the one of the two that is preferred. */
  readonly isFirst: boolean;
  /** What a person who charts air overrules until it is said again. */
  readonly saysOxygen: boolean;
}
const RIVALS: Readonly<Partial<Record<MetricName, MetricName>>> = {
  heartRate: 'pulseRate',
  pulseRate: 'heartRate',
  arterialSystolic: 'nibpSystolic',
  nibpSystolic: 'arterialSystolic',
};
const LEVELS: ReadonlyMap<string, Levels> = new Map(
  SCORED.map((metric) => [
    metric,
    {
      stepsPerUnit: stepsPerUnit(metric),
      firstStep: stepsOf(metric)[0],
      adult: levelsOf(metric, bandsOfAdults(metric, 1)),
      adultOnScale2: levelsOf(metric, bandsOfAdults(metric, 2)),
      child: levelsOf(metric, bandsOfChildren(metric)),
      isZeroNone: ZERO_IS_NO_VALUE.has(metric),
      isCuff: metric.startsWith('nibp'),
      rival: RIVALS[metric] ?? null,
      isFirst: metric === 'heartRate' || metric === 'arterialSystolic',
      saysOxygen: MORE_THAN_AIR[metric] !== undefined,
    },
  ]),
);

/** Undefined for a metric that no score is made of. */
export function levelsFor(metric: MetricName): Levels | undefined {
  return LEVELS.get(metric);
}

/** For whom: which scores are made, and how. */
export interface LevelsFor {
  readonly ageGroup: AgeGroup;
  readonly spo2Scale: 1 | 2;
}

/** The level of a value in whole display steps. */
export function levelOf(levels: Levels, steps: number, { ageGroup, spo2Scale }: LevelsFor): number {
  const table = ageGroup !== 'adult' ? levels.child : spo2Scale === 1 ? levels.adult : levels.adultOnScale2;
  const at = steps - levels.firstStep;
  return table[at < 0 ? 0 : at >= table.length ? table.length - 1 : at]!;
}

/** Of an input whose values were told apart by the tables of somebody else: the next reading is news, whatever it says. */
export const NO_LEVEL = -1;
