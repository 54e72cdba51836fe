import { type EvidencePart, type MetricName, metricRow } from '@vigil/contracts';
import { categoryOf, codeOf, CUFF_METRICS, NO_VALUE, profileOf, quantityOf, SNOMED, UCUM } from './codings.js';
import type { Draft, OutValue, ReadingDraft, ScoreDraft, SeriesDraft } from './draft.js';
import { DEVICE_SYSTEM, OBSERVATION_SYSTEM } from './identity.js';

/** JSON of a FHIR R4 resource. */
export type FhirJson = { readonly resourceType: string } & Readonly<Record<string, unknown>>;

/** Whose it is there: references that the server gave, e.g. `Patient/17`. */
export interface OutSubject {
  readonly patient: string;
  /** Null where the stay is not known there; the patient is, always. */
  readonly encounter: string | null;
  /** Null where the server has none; the device is then named by identifier. */
  readonly device: string | null;
}

/** Distance of the values of a series, and their step. */
const PERIOD_MS = 1_000;
const FACTOR = 0.1;
const QUESTIONABLE = 'The device marked this as questionable.';

/**
 * The Observation of a draft (FHIR R4). Vital signs follow their profiles; a series can't, because every vital-signs profile closes
 * `value[x]`, so it goes as category `procedure` without one. What the device marked as questionable is `preliminary` and says so.
 * It names no person by name and has no performer, because none was there.
 */
export function observationOf(draft: Draft, identity: string, subject: OutSubject): FhirJson {
  switch (draft.is) {
    case 'reading':
      return readingOf(draft, identity, subject);
    case 'series':
      return seriesOf(draft, identity, subject);
    case 'score':
      return scoreOf(draft, identity, subject);
  }
}

function readingOf(draft: ReadingDraft, identity: string, subject: OutSubject): FhirJson {
  const isQuestionable = draft.values.some(({ quality }) => quality === 'questionable');
  return {
    resourceType: 'Observation',
    meta: { profile: [profileOf(draft.name)] },
    ...head(identity, isQuestionable),
    category: [categoryOf('vital-signs')],
    code: codeOf(draft.name),
    ...about(draft, subject),
    effectiveDateTime: instant(draft.atMs),
    ...(draft.name === 'cuffPressure' ? { component: cuffParts(draft.values) } : single(draft.name, draft.values)),
    ...notes(isQuestionable),
  };
}

function single(name: MetricName, values: readonly OutValue[]): object {
  return { valueQuantity: quantityOf(name, values[0]!.value) };
}

/** Systolic and diastolic are there always, with a reason where there is no value; the mean only where it was measured. */
function cuffParts(values: readonly OutValue[]): readonly object[] {
  return CUFF_METRICS.flatMap((metric): object[] => {
    const value = values.find((each) => each.metric === metric);
    if (value !== undefined) return [{ code: codeOf(metric), valueQuantity: quantityOf(metric, value.value) }];
    return metric === 'nibpMean' ? [] : [{ code: codeOf(metric), dataAbsentReason: NO_VALUE }];
  });
}

function seriesOf(draft: SeriesDraft, identity: string, subject: OutSubject): FhirJson {
  const { unit } = metricRow(draft.name);
  const data = draft.values.map((value) => (value === null ? 'E' : String(Math.round(value / FACTOR))));
  return {
    resourceType: 'Observation',
    ...head(identity, draft.isQuestionable),
    category: [categoryOf('procedure')],
    code: codeOf(draft.name),
    ...about(draft, subject),
    effectivePeriod: { start: instant(draft.slotMs), end: instant(draft.slotMs + (draft.values.length - 1) * PERIOD_MS) },
    valueSampledData: {
      origin: { value: 0, unit, system: UCUM, code: unit },
      period: PERIOD_MS,
      factor: FACTOR,
      dimensions: 1,
      data: data.join(' '),
    },
    ...notes(draft.isQuestionable),
  };
}

/** SNOMED CT 1104051000000101, as UK Core and the Norwegian profiles have it [M]; LOINC has no code for NEWS2 that is verified. */
function scoreOf(draft: ScoreDraft, identity: string, subject: OutSubject): FhirJson {
  return {
    resourceType: 'Observation',
    ...head(identity, false),
    category: [categoryOf('survey')],
    code: { coding: [{ system: SNOMED, code: '1104051000000101' }], text: 'NEWS2 (charted)' },
    ...about(draft, subject),
    effectiveDateTime: instant(draft.atMs),
    valueInteger: draft.total,
    component: draft.parts.map(partOf),
  };
}

function partOf({ part, points }: EvidencePart): object {
  const code = { text: `NEWS2 points: ${part}` };
  return points === null ? { code, dataAbsentReason: NO_VALUE } : { code, valueInteger: points };
}

function head(identity: string, isQuestionable: boolean): object {
  return {
    identifier: [{ system: OBSERVATION_SYSTEM, value: identity }],
    status: isQuestionable ? 'preliminary' : 'final',
  };
}

function about({ deviceId }: Draft, { patient, encounter, device }: OutSubject): object {
  const named = { type: 'Device', identifier: { system: DEVICE_SYSTEM, value: deviceId } };
  return {
    subject: { reference: patient },
    ...(encounter === null ? {} : { encounter: { reference: encounter } }),
    ...(deviceId === null ? {} : { device: device === null ? named : { reference: device } }),
  };
}

const notes = (isQuestionable: boolean): object => (isQuestionable ? { note: [{ text: QUESTIONABLE }] } : {});

/** Event time with its offset, to the millisecond. */
const instant = (atMs: number): string => new Date(atMs).toISOString();
