import { type FeedMove, Patient } from '@vigil/contracts';
import { normalisedMrn, normalisedName } from '../person-names.js';
import { type FeedCommand, type FeedDecision, quarantine } from './decision.js';
import type { FeedKnown, KnownPatient } from './known.js';

type Person = FeedMove['person'];
type Field = keyof Person;
const FIELDS = ['familyName', 'givenName', 'birthDate', 'sex'] as const satisfies readonly Field[];

/** The one who is meant: records that went into others are followed to who survives. */
export function meant(patients: readonly KnownPatient[]): KnownPatient | 'nobody' | 'several' {
  if (patients.length === 0) return 'nobody';
  const found = new Map(patients.map((each) => [each.patient.patientId, each]));
  const own = [...found.values()].filter((each) => each.mergedInto === null);
  const isFollowed = patients.every(({ mergedInto }) => mergedInto === null || found.has(mergedInto));
  return own.length === 1 && isFollowed ? own[0]! : 'several';
}

/**
 * Fields in which the person of the message is another than the one on record, where both say something. Form, case and spaces of
 * names do not count, accents do; `unknown` says nothing.
 */
export function differing(said: Person, known: Patient): readonly Field[] {
  return FIELDS.filter((field) => says(said, field) && says(known, field) && folded(said, field) !== folded(known, field));
}

/**
 * True where an update is of the same person. One thing may be new, if all the rest is said and agrees; the given name may not,
 * because twins share everything else.
 */
export function maySucceed(said: Person, known: Patient): boolean {
  const [first, ...more] = differing(said, known);
  if (first === undefined) return true;
  return more.length === 0 && first !== 'givenName' && FIELDS.every((field) => says(said, field) && says(known, field));
}

/** What an update changes on the record. What says nothing overwrites nothing. */
export function news(said: Person, known: Patient): Person {
  return Object.fromEntries(
    FIELDS.flatMap((field) => (says(said, field) && said[field] !== known[field] ? [[field, said[field]]] : [])),
  );
}

/** Records a person who is not on record yet, or says why nobody can. A sex that was not said is unknown; all else must be said. */
export function recorded(
  move: FeedMove,
  known: FeedKnown,
): Extract<FeedCommand, { do: 'recordPatient' }> | Extract<FeedDecision, { do: 'quarantine' }> {
  const { identifiers } = known;
  if (identifiers.length === 0) return quarantine('no-identifier');
  if (new Set(identifiers.map(({ value }) => normalisedMrn(value))).size > 1) return quarantine('ambiguous-patient');
  const { familyName, givenName, birthDate, sex = 'unknown' } = move.person;
  const patient = Patient.omit({ patientId: true }).safeParse({
    ...{ mrn: identifiers[0]!.value, familyName, givenName, birthDate, sex },
  });
  return patient.success ? { do: 'recordPatient', patient: patient.data } : quarantine('missing-field');
}

function says(person: Person, field: Field): boolean {
  return person[field] !== undefined && person[field] !== 'unknown';
}

function folded(person: Person, field: Field): string {
  return normalisedName(person[field]!);
}
