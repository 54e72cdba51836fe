import { type MetricName, METRIC_NAMES, metricRow } from '@vigil/contracts';
import { pewsBands, AGE_BANDS } from './bedside-pews.js';
import { type Bands, pointsIn } from './bands.js';
import { MEWS_BANDS } from './mews.js';
import { inDisplaySteps } from './display.js';
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
const PULSE: readonly Bands[] = [NEWS2_BANDS.pulse, MEWS_BANDS.pulse, SIRS_BANDS.pulse, ...ages.map((a) => a.pulse)];
const SYSTOLIC: readonly Bands[] = [
  ...[NEWS2_BANDS.systolic, MEWS_BANDS.systolic, QSOFA_BANDS.systolic],
  ...ages.map((a) => a.systolic),
];

/** Every table that the values of a metric meet anywhere. */
function bandsOf(metric: MetricName): readonly Bands[] {
  const { spo2Scale1, spo2Scale2Air, spo2Scale2Oxygen } = NEWS2_BANDS;
  switch (metric) {
    case 'heartRate':
    case 'pulseRate':
      return PULSE;
    case 'arterialSystolic':
    case 'nibpSystolic':
      return SYSTOLIC;
    case 'spo2':
      return [spo2Scale1, spo2Scale2Air, spo2Scale2Oxygen];
    case 'respirationRate':
      return [
        ...[NEWS2_BANDS.respirationRate, MEWS_BANDS.respirationRate, QSOFA_BANDS.respirationRate, SIRS_BREATHS],
        ...ages.map((a) => a.respirationRate),
      ];
    case 'temperature':
      return [NEWS2_BANDS.temperature, MEWS_BANDS.temperature, SIRS_BANDS.temperature];
    default:
      return MORE_THAN_AIR[metric] === undefined ? [] : [MORE_THAN_AIR[metric]];
  }
}

/**
 * A level for each value that a metric can show: values of one level score the same in every table, so that a reading whose
 * level has not changed changes no points. Made of the tables themselves, once.
 */
function levelsOf(metric: MetricName): Levels | null {
  const row = metricRow(metric);
  const bands = bandsOf(metric);
  if (row.kind !== 'numeric') return null;
  const [firstStep, lastStep] = row.plausible.map((value) => inDisplaySteps(metric, value)) as [number, number];
  const table = new Uint8Array(lastStep - firstStep + 1);
  let before = '';
  let level = 0;
  for (let step = firstStep; step <= lastStep; step += 1) {
    const points = bands.map((each) => pointsIn(each, step)).join();
    if (step > firstStep && points !== before) level += 1;
    before = points;
    table[step - firstStep] = level;
  }
  return { firstStep, table };
}

interface Levels {
  readonly firstStep: number;
  readonly table: Uint8Array;
}

/** Metrics that count for a score, but the coded one. */
const SCORED = new Set<MetricName>([
  ...(['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'temperature'] as const),
  ...(['nibpSystolic', 'nibpDiastolic', 'nibpMean', 'arterialSystolic', 'arterialDiastolic', 'arterialMean'] as const),
  ...(['oxygenFlow', 'inspiredOxygen'] as const),
]);
const LEVELS: Readonly<Partial<Record<MetricName, Levels | null>>> = Object.fromEntries(
  METRIC_NAMES.map((metric) => [metric, SCORED.has(metric) ? levelsOf(metric) : null]),
);

/** The level of a value in whole display steps; -1 for a metric that no score is made of. */
export function levelOf(metric: MetricName, steps: number): number {
  const levels = LEVELS[metric];
  if (levels === null || levels === undefined) return -1;
  const { firstStep, table } = levels;
  const at = steps - firstStep;
  return table[at < 0 ? 0 : at >= table.length ? table.length - 1 : at]!;
}
