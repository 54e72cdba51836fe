import { METRICS, type MetricName, metricRow } from '@vigil/contracts';

export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
/** IEEE 11073-10101 in FHIR. Source: terminology.hl7.org, "Known external code systems". */
export const MDC = 'urn:iso:std:iso:11073:10101';
export const SNOMED = 'http://snomed.info/sct';
const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';
const ABSENT_REASONS = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
const PROFILES = 'http://hl7.org/fhir/StructureDefinition';

export interface Coding {
  readonly system: string;
  readonly code: string;
}
export interface CodeableConcept {
  readonly coding: readonly Coding[];
  readonly text?: string;
}

/** What one Observation is of: a metric, or the pressures of one cuff measurement, which are one in FHIR. */
export type ObservedName = MetricName | 'cuffPressure';

export const CUFF_METRICS = ['nibpSystolic', 'nibpDiastolic', 'nibpMean'] as const satisfies readonly MetricName[];

/** A metric that a device measures and that goes out as a number. */
export function observedName(metric: MetricName): ObservedName {
  return (CUFF_METRICS as readonly MetricName[]).includes(metric) ? 'cuffPressure' : metric;
}

/** LOINC 85354-9 and MDC 150020 (MDC_PRESS_BLD_NONINV), the panel of a cuff. Source: docs/clinical.md, "Codes". */
const CUFF_CODE: CodeableConcept = {
  coding: [
    { system: LOINC, code: '85354-9' },
    { system: MDC, code: '150020' },
  ],
};

/**
 * Profiles that FHIR R4 has for single vital signs; the others are plain vital signs.
 * Source: FHIR R4, "Vital signs profiles" (hl7.org/fhir/R4/observation-vitalsigns.html).
 */
const PROFILE_OF: Partial<Record<ObservedName, string>> = {
  heartRate: 'heartrate',
  respirationRate: 'resprate',
  temperature: 'bodytemp',
  spo2: 'oxygensat',
  cuffPressure: 'bp',
};

/** LOINC first, then MDC where the metric has one. Oxygen saturation carries 2708-6 too, which its profile requires. */
export function codeOf(name: ObservedName): CodeableConcept {
  if (name === 'cuffPressure') return CUFF_CODE;
  const { loinc, mdc } = metricRow(name);
  const loincs = name === 'spo2' ? ['2708-6', METRICS.spo2.loinc] : [loinc];
  return {
    coding: [...loincs.map((code) => ({ system: LOINC, code })), ...(mdc === null ? [] : [{ system: MDC, code: String(mdc) }])],
  };
}

export function profileOf(name: ObservedName): string {
  return `${PROFILES}/${PROFILE_OF[name] ?? 'vitalsigns'}`;
}

export function categoryOf(code: 'vital-signs' | 'survey' | 'procedure'): CodeableConcept {
  return { coding: [{ system: CATEGORIES, code }] };
}

/** There was no value, and nobody can tell why. */
export const NO_VALUE: CodeableConcept = { coding: [{ system: ABSENT_REASONS, code: 'unknown' }] };

export interface FhirQuantity {
  readonly value: number;
  readonly unit: string;
  readonly system: string;
  readonly code: string;
}

/** In the unit of its metric, rounded to the metric's resolution (0.1). */
export function quantityOf(metric: MetricName, value: number): FhirQuantity {
  const { unit } = metricRow(metric);
  return { value: Math.round(value * 10) / 10, unit, system: UCUM, code: unit };
}
