import { BedId, EncounterId, FeedMove, Patient, PatientId } from '@vigil/contracts';
import type { FeedKnown, KnownPatient, KnownPlace, KnownStay } from './known.js';

/** Times of the tests, in minutes of event time; now is minute 100. */
export const at = (minute: number): number => minute * 60_000;
export const visitOf = (value: string) => ({ system: 'his', value });

export const ANNA = Patient.parse({
  ...{ patientId: 'pat-anna', mrn: 'M1', familyName: 'MÜLLER', givenName: 'Anna', birthDate: '1960-01-02', sex: 'female' },
});
const { familyName, givenName, birthDate, sex } = ANNA;
const SAID = { familyName, givenName, birthDate, sex };

/** Anna's message; `said` replaces what is different. */
export function move(kind: FeedMove['kind'], said: Readonly<Record<string, unknown>> = {}): FeedMove {
  return FeedMove.parse({
    ...{ v: 1, source: 'hl7', messageId: 'm-1', kind, atMs: at(90), identifiers: [{ system: 'mrn', value: 'M1' }] },
    ...{ person: SAID, visit: visitOf('V1'), place: null, fromPlace: null, merged: [] },
    ...said,
  });
}

/** A stay that began in minute 10, in icu-1, under visit number V1. */
export function stayOf(facts: Partial<Omit<KnownStay, 'bedId'>> & { readonly bedId?: string } = {}): KnownStay {
  const { bedId = 'icu-1', ...rest } = facts;
  return {
    ...{ encounterId: EncounterId.parse('enc-anna'), patientId: ANNA.patientId, bedId: BedId.parse(bedId) },
    ...{ admittedMs: at(10), inBedSinceMs: at(10), dischargedMs: null, before: null, visit: visitOf('V1') },
    ...rest,
  };
}

export function person(
  stay: KnownStay | null = null,
  facts: Partial<Patient> = {},
  mergedInto: string | null = null,
): KnownPatient {
  return { patient: { ...ANNA, ...facts }, mergedInto: mergedInto === null ? null : PatientId.parse(mergedInto), stay };
}

export const bed = (bedId: string, taken: KnownStay | null = null): KnownPlace => ({ bedId: BedId.parse(bedId), taken });

/** Somebody else's stay. */
export const bruno = stayOf({ encounterId: EncounterId.parse('enc-bruno'), patientId: PatientId.parse('pat-bruno') });

export function known(facts: Partial<FeedKnown> = {}): FeedKnown {
  return {
    ...{ identifiers: [{ system: 'mrn', value: 'M1' }], patients: [], confirmed: false, merged: [], stay: null },
    ...{ place: 'none' as const, from: 'none' as const, waitsForEarlier: false, nowMs: at(100) },
    ...facts,
  };
}

/** Anna is on record and lies somewhere; the message names her visit. */
export function lies(stay: KnownStay, facts: Partial<FeedKnown> = {}): FeedKnown {
  const open = stay.dischargedMs === null ? stay : null;
  return known({ patients: [person(open)], stay, ...facts });
}
