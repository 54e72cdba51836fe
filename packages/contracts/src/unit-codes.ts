import { type MetricName, metricRow } from './metric.js';

/** One way of writing a unit of measure. */
interface UnitRow {
  /** UCUM. */
  readonly ucum: string;
  /** Metrics of this unit for which the spelling holds; all when absent. */
  readonly only?: readonly MetricName[];
}

const HEART: readonly MetricName[] = ['heartRate', 'pulseRate'];
const BREATH: readonly MetricName[] = ['respirationRate'];

/**
 * Spellings of units beside UCUM itself: MDC dimensions by number or reference id, and words of devices that can mean one
 * thing only. Left out on purpose: `F` and `C` (farad and coulomb in UCUM), `1` and fractions (0.97 may be 97 % or 0.97 %),
 * per cent of carbon dioxide (needs the air pressure).
 *
 * Source: docs/clinical.md, below table "Codes", for 264864, 264928, 266016, 262688, 268192; 265987 and 266560 are [M]. UCUM
 * annotations (`{beats}/min`) do not change a unit: https://ucum.org/ucum, 2.1 paragraph 6.
 */
const SPELLINGS: Readonly<Record<string, UnitRow>> = {
  '{beat}/min': { ucum: '/min', only: HEART },
  '{beats}/min': { ucum: '/min', only: HEART },
  'beats/min': { ucum: '/min', only: HEART },
  '264864': { ucum: '/min', only: HEART },
  MDC_DIM_BEAT_PER_MIN: { ucum: '/min', only: HEART },
  '{breath}/min': { ucum: '/min', only: BREATH },
  '{breaths}/min': { ucum: '/min', only: BREATH },
  'breaths/min': { ucum: '/min', only: BREATH },
  '264928': { ucum: '/min', only: BREATH },
  MDC_DIM_RESP_PER_MIN: { ucum: '/min', only: BREATH },
  bpm: { ucum: '/min' },
  '1/min': { ucum: '/min' },
  mmHg: { ucum: 'mm[Hg]' },
  '266016': { ucum: 'mm[Hg]' },
  MDC_DIM_MMHG: { ucum: 'mm[Hg]' },
  '265987': { ucum: 'kPa' },
  MDC_DIM_KILO_PASCAL: { ucum: 'kPa' },
  '262688': { ucum: '%' },
  MDC_DIM_PERCENT: { ucum: '%' },
  '°C': { ucum: 'Cel' },
  '℃': { ucum: 'Cel' },
  degC: { ucum: 'Cel' },
  '268192': { ucum: 'Cel' },
  MDC_DIM_DEGC: { ucum: 'Cel' },
  '°F': { ucum: '[degF]' },
  '℉': { ucum: '[degF]' },
  degF: { ucum: '[degF]' },
  '266560': { ucum: '[degF]' },
  MDC_DIM_FAHR: { ucum: '[degF]' },
  'l/min': { ucum: 'L/min' },
};

/**
 * The conversions there are: both units name their scale, so that nothing is guessed.
 *
 * Source: UCUM table of units: `m[Hg]` is 133.3220 kPa, `[degF]` is 5/9 K with its zero at 459.67.
 */
const CONVERSIONS: Readonly<Record<string, (value: number) => number>> = {
  'kPa mm[Hg]': (kPa) => kPa / 0.133322,
  '[degF] Cel': (degF) => ((degF - 32) * 5) / 9,
};

const SPELT: ReadonlyMap<string, UnitRow> = new Map(Object.entries(SPELLINGS));

/** How the values of a unit come to the metric's own. */
export interface UnitReading {
  /** UCUM code of what was said. */
  readonly ucum: string;
  /** Null when it is the metric's own unit. Gives values of the metric's resolution. */
  readonly convert: ((value: number) => number) | null;
}

/** How to read a unit of a metric, or null when it is not known or could mean more than one thing for it. */
export function unitOfCode(metric: MetricName, unit: string | number): UnitReading | null {
  const row = metricRow(metric);
  const said = String(unit);
  const spelt = SPELT.get(said);
  if (spelt?.only !== undefined && !spelt.only.includes(metric)) return null;
  const ucum = spelt?.ucum ?? said;
  if (ucum === row.unit) return { ucum, convert: null };
  const exact = Object.hasOwn(CONVERSIONS, `${ucum} ${row.unit}`) ? CONVERSIONS[`${ucum} ${row.unit}`] : undefined;
  if (exact === undefined || row.kind !== 'numeric') return null;
  const steps = Math.round(1 / row.resolution);
  return { ucum, convert: (value) => Math.round(exact(value) * steps) / steps };
}
