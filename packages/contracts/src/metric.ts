import { z } from 'zod';

/**
 * The metrics this platform understands, one row each.
 *
 * `unit` is UCUM and part of the contract: a sender converts, we never guess.
 * `plausible` is what a working sensor can report, both ends inclusive, in `unit`. It rejects broken data and says
 * nothing about the patient; alarm limits are part of a rule set.
 * `resolution` is the step to which values are rounded before they are added up, so that sums are exact (D3).
 * `nominalIntervalMs` is how often a bedside monitor sends the metric when its profile says nothing else.
 *
 * Source: docs/clinical.md, table "Codes" (LOINC, MDC, UCUM) and table "Plausible ranges". Rows marked [M] there are
 * common knowledge that still wants checking against the standard before it is used for interchange.
 */
export const METRICS = {
  heartRate: numeric('Heart rate', 'HR', '8867-4', 147842, '/min', 0.1, [0, 350], 1_000),
  pulseRate: numeric('Pulse rate', 'PR', '8889-8', 149530, '/min', 0.1, [0, 350], 1_000),
  spo2: numeric('Oxygen saturation', 'SpO₂', '59408-5', 150456, '%', 0.1, [0, 100], 1_000),
  respirationRate: numeric('Respiration rate', 'RR', '9279-1', 151562, '/min', 0.1, [0, 150], 1_000),
  temperature: numeric('Temperature', 'Temp', '8310-5', 150344, 'Cel', 0.1, [25, 45], 60_000),
  nibpSystolic: numeric('Cuff pressure, systolic', 'NIBP sys', '8480-6', 150021, 'mm[Hg]', 0.1, [20, 300], 900_000),
  nibpDiastolic: numeric('Cuff pressure, diastolic', 'NIBP dia', '8462-4', 150022, 'mm[Hg]', 0.1, [10, 250], 900_000),
  nibpMean: numeric('Cuff pressure, mean', 'NIBP mean', '8478-0', 150023, 'mm[Hg]', 0.1, [15, 280], 900_000),
  arterialSystolic: numeric('Arterial pressure, systolic', 'ART sys', '76215-3', 150037, 'mm[Hg]', 0.1, [20, 300], 1_000),
  arterialDiastolic: numeric('Arterial pressure, diastolic', 'ART dia', '76213-8', 150038, 'mm[Hg]', 0.1, [10, 250], 1_000),
  arterialMean: numeric('Arterial pressure, mean', 'ART mean', '76214-6', 150039, 'mm[Hg]', 0.1, [15, 280], 1_000),
  etco2: numeric('End-tidal CO₂', 'etCO₂', '19891-1', 151708, 'mm[Hg]', 0.1, [0, 150], 1_000),
  oxygenFlow: numeric('Oxygen flow', 'O₂ flow', '3151-8', null, 'L/min', 0.1, [0, 80], 3_600_000),
  inspiredOxygen: numeric('Inspired oxygen', 'FiO₂', '3150-6', null, '%', 0.1, [21, 100], 3_600_000),
  consciousness: coded('Consciousness', 'ACVPU', '67775-7', null, ['A', 'C', 'V', 'P', 'U'], 14_400_000),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as [MetricName, ...MetricName[]];
export const MetricName = z.enum(METRIC_NAMES);

interface RowBase {
  readonly label: string;
  /** What a tile prints. */
  readonly short: string;
  readonly loinc: string;
  /** Code in IEEE 11073-10101 (MDC); null where clinical.md gives none. */
  readonly mdc: number | null;
  readonly unit: string;
  readonly nominalIntervalMs: number;
}

export interface NumericRow extends RowBase {
  readonly kind: 'numeric';
  readonly resolution: number;
  readonly plausible: readonly [number, number];
}

export interface CodedRow extends RowBase {
  readonly kind: 'coded';
  /** ACVPU: alert, new confusion, responds to voice, responds to pain, unresponsive. */
  readonly codes: readonly string[];
}

export type MetricRow = NumericRow | CodedRow;

/** The row as its general type, for code that treats all metrics alike. */
export function metricRow(metric: MetricName): MetricRow {
  return METRICS[metric];
}

/** Zero from a rate channel means "no value", never a standstill of the heart (decisions.md, D23). */
export const ZERO_IS_NO_VALUE: ReadonlySet<MetricName> = new Set(['heartRate', 'pulseRate']);

// prettier-ignore
function numeric(
  label: string, short: string, loinc: string, mdc: number | null, unit: string, resolution: number,
  plausible: readonly [number, number], nominalIntervalMs: number,
): NumericRow {
  return { kind: 'numeric', label, short, loinc, mdc, unit, resolution, plausible, nominalIntervalMs };
}

function coded(
  label: string,
  short: string,
  loinc: string,
  mdc: number | null,
  codes: readonly string[],
  everyMs: number,
): CodedRow {
  return { kind: 'coded', label, short, loinc, mdc, unit: '{score}', codes, nominalIntervalMs: everyMs };
}
