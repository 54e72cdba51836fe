import { METRIC_NAMES, type MetricName } from './metric.js';

/**
 * The names under which devices send what METRICS holds: IEEE 11073-10101 (MDC) by number or reference id, and LOINC.
 *
 * Source: docs/clinical.md, table "Codes"; rows marked [M] there, and here, are common knowledge that wants checking against
 * the standard before it is used for interchange. What is not in the table is refused, never guessed.
 */
interface CodeRow {
  readonly metric: MetricName;
  readonly mdc?: number;
  readonly refId?: string;
  readonly loinc?: string;
}

// prettier-ignore
const CODES: readonly CodeRow[] = [
  { metric: 'heartRate', mdc: 147842, refId: 'MDC_ECG_HEART_RATE', loinc: '8867-4' },
  { metric: 'pulseRate', mdc: 149530, refId: 'MDC_PULS_OXIM_PULS_RATE', loinc: '8889-8' /* LOINC [M] */ },
  { metric: 'pulseRate', mdc: 149546, refId: 'MDC_PULS_RATE_NON_INV' },
  { metric: 'pulseRate', mdc: 149522, refId: 'MDC_BLD_PULS_RATE_INV' },
  { metric: 'spo2', mdc: 150456, refId: 'MDC_PULS_OXIM_SAT_O2', loinc: '59408-5' },
  { metric: 'spo2', loinc: '2708-6' },
  { metric: 'respirationRate', mdc: 151562, refId: 'MDC_RESP_RATE', loinc: '9279-1' },
  { metric: 'respirationRate', mdc: 151578, refId: 'MDC_TTHOR_RESP_RATE' },
  { metric: 'respirationRate', mdc: 151594, refId: 'MDC_CO2_RESP_RATE' },
  { metric: 'temperature', mdc: 150344, refId: 'MDC_TEMP', loinc: '8310-5' },
  { metric: 'temperature', mdc: 188496, refId: 'MDC_TEMP_AXIL' },
  { metric: 'nibpSystolic', mdc: 150021, refId: 'MDC_PRESS_BLD_NONINV_SYS', loinc: '8480-6' },
  { metric: 'nibpDiastolic', mdc: 150022, refId: 'MDC_PRESS_BLD_NONINV_DIA', loinc: '8462-4' },
  { metric: 'nibpMean', mdc: 150023, refId: 'MDC_PRESS_BLD_NONINV_MEAN', loinc: '8478-0' },
  { metric: 'nibpSystolic', mdc: 150301, refId: 'MDC_PRESS_CUFF_SYS', loinc: '76534-7' },
  { metric: 'nibpDiastolic', mdc: 150302, refId: 'MDC_PRESS_CUFF_DIA', loinc: '76535-4' },
  { metric: 'nibpMean', mdc: 150303, refId: 'MDC_PRESS_CUFF_MEAN', loinc: '76536-2' /* LOINC [M] */ },
  { metric: 'arterialSystolic', mdc: 150033, refId: 'MDC_PRESS_BLD_ART_SYS' },
  { metric: 'arterialDiastolic', mdc: 150034, refId: 'MDC_PRESS_BLD_ART_DIA' },
  { metric: 'arterialMean', mdc: 150035, refId: 'MDC_PRESS_BLD_ART_MEAN' },
  { metric: 'arterialSystolic', mdc: 150037, refId: 'MDC_PRESS_BLD_ART_ABP_SYS', loinc: '76215-3' },
  { metric: 'arterialDiastolic', mdc: 150038, refId: 'MDC_PRESS_BLD_ART_ABP_DIA', loinc: '76213-8' },
  { metric: 'arterialMean', mdc: 150039, refId: 'MDC_PRESS_BLD_ART_ABP_MEAN', loinc: '76214-6' /* LOINC [M] */ },
  { metric: 'etco2', mdc: 151708, refId: 'MDC_AWAY_CO2_ET', loinc: '19891-1' /* both [M] */ },
  { metric: 'oxygenFlow', loinc: '3151-8' },
  { metric: 'inspiredOxygen', loinc: '3150-6' /* [M] */ },
  { metric: 'consciousness', loinc: '67775-7' /* [M] */ },
];

/**
 * Codes that name no site of measurement. Monitors send the plain pressure codes for cuff and artery alike (docs/clinical.md,
 * "Traps seen"), so they are refused with a word of their own.
 */
export const AMBIGUOUS_CODES: ReadonlySet<string> = new Set(
  ['150016', '150017', '150018', '150019'].concat(
    ['', '_SYS', '_DIA', '_MEAN'].map((part) => `MDC_PRESS_BLD${part}`),
    '85354-9',
  ),
);

const BY_CODE: ReadonlyMap<string, MetricName> = new Map([
  ...METRIC_NAMES.map((name) => [name, name] as const),
  ...CODES.flatMap(({ metric, mdc, refId, loinc }) =>
    [mdc?.toString(), refId, loinc].flatMap((code) => (code === undefined ? [] : [[code, metric] as const])),
  ),
]);

/** The metric of a Vigil name, an MDC code (number or its digits), an MDC reference id or a LOINC code; null for any other. */
export function metricOfCode(code: string | number): MetricName | null {
  return BY_CODE.get(String(code)) ?? null;
}

/** Every code that is understood, for tables and tests. */
export function metricCodes(): readonly (readonly [code: string, metric: MetricName])[] {
  return [...BY_CODE];
}
