import { PatientId, type Patient } from '@vigil/contracts';
import { decideFeed } from './decide.js';
import type { FeedDecision } from './decision.js';
import { ANNA, bed, known, lies, move, person, stayOf, visitOf } from './test-kit.js';
import type { FeedKnown } from './known.js';

const said = move('admit').person;
const outcome = (decision: FeedDecision): string =>
  decision.do === 'apply' ? 'apply' : decision.do === 'ignore' ? `ignore ${decision.why}` : decision.reason;
const other: Partial<Patient> = { patientId: PatientId.parse('pat-other'), mrn: 'M2' };
const into = (facts: Partial<FeedKnown> = {}): FeedKnown => known({ patients: [person()], place: bed('icu-1'), ...facts });

describe('who is meant is never guessed', () => {
  test.each<[string, Partial<Patient>, string]>([
    ['another family name', { familyName: 'MEIER' }, 'person-differs'],
    ['another given name', { givenName: 'Anne' }, 'person-differs'],
    ['another birth date', { birthDate: '1960-02-01' }, 'person-differs'],
    ['another sex', { sex: 'male' }, 'person-differs'],
    ['an accent that is not there', { familyName: 'MULLER' }, 'person-differs'],
    ['another case and more spaces', { familyName: ' müller ' }, 'apply'],
    ['a sex that is unknown here', { sex: 'unknown' }, 'apply'],
  ])('%s on record: %s', (_what, facts, expected) => {
    expect(outcome(decideFeed(move('admit'), into({ patients: [person(null, facts)] })))).toBe(expected);
  });

  test('what is not said does not differ', () => {
    expect(outcome(decideFeed(move('discharge', { person: {} }), lies(stayOf())))).toBe('apply');
  });

  test('a discharge of who differs ends nobody’s stay', () => {
    const decision = decideFeed(move('discharge', { person: { ...said, familyName: 'MEIER' } }), lies(stayOf()));
    expect(outcome(decision)).toBe('person-differs');
  });

  test('once a person has said who is meant, names are not compared', () => {
    const facts = into({ patients: [person(null, { familyName: 'MEIER' })], confirmed: true });
    expect(outcome(decideFeed(move('admit'), facts))).toBe('apply');
  });

  test('two records of their own are nobody', () => {
    expect(outcome(decideFeed(move('admit'), into({ patients: [person(), person(null, other)] })))).toBe('ambiguous-patient');
  });

  test('a record that went into another is that other', () => {
    const gone = person(null, { ...other, familyName: 'UNKNOWN' }, ANNA.patientId);
    const decision = decideFeed(move('admit'), into({ patients: [gone, person()] }));
    expect(decision).toMatchObject({ do: 'apply', commands: [{ do: 'admit', patientId: ANNA.patientId }] });
  });

  test('a record that went into one that is not there is nobody', () => {
    expect(outcome(decideFeed(move('admit'), into({ patients: [person(null, {}, 'pat-gone')] })))).toBe('ambiguous-patient');
  });

  test.each<[string, Partial<FeedKnown>, string]>([
    ['another patient’s', {}, 'ambiguous-patient'],
    ['somebody’s whom no identifier names', { identifiers: [], patients: [] }, 'no-identifier'],
  ])('a visit that is %s', (_whose, facts, expected) => {
    const stay = stayOf({ patientId: PatientId.parse('pat-bruno') });
    expect(outcome(decideFeed(move('discharge'), into({ stay, ...facts })))).toBe(expected);
  });

  test('what follows one that waits, waits, whatever it says', () => {
    expect(outcome(decideFeed(move('discharge'), lies(stayOf(), { waitsForEarlier: true })))).toBe('waits-for-earlier');
  });
});

describe('an update', () => {
  const update = (facts: object, stored: Partial<Patient> = {}): FeedDecision =>
    decideFeed(move('update', { person: { ...said, ...facts } }), known({ patients: [person(null, stored)] }));

  test.each<[string, object, Partial<Patient>]>([
    ['the family name', { familyName: 'SCHMIDT' }, {}],
    ['the birth date', { birthDate: '1960-01-03' }, {}],
    ['the sex', { sex: 'other' }, {}],
    ['the spelling', { familyName: 'Müller' }, {}],
    ['a sex that was unknown', { sex: 'female' }, { sex: 'unknown' }],
  ])('may tell %s, if all the rest agrees', (_what, facts, stored) => {
    expect(update(facts, stored)).toEqual({
      do: 'apply',
      commands: [{ do: 'updatePatient', patientId: ANNA.patientId, person: facts }],
    });
  });

  test.each<[string, object, Partial<Patient>]>([
    ['the given name, because of twins', { givenName: 'Berta' }, {}],
    ['two things at once', { familyName: 'SCHMIDT', birthDate: '1960-01-03' }, {}],
    ['one thing, where the rest is not said', { familyName: 'SCHMIDT', birthDate: undefined }, {}],
    ['one thing, where the rest is not known', { familyName: 'SCHMIDT' }, { sex: 'unknown' }],
  ])('may not tell %s', (_what, facts, stored) => {
    expect(outcome(update(facts, stored))).toBe('person-differs');
  });

  test('never overwrites with nothing', () => {
    expect(outcome(decideFeed(move('update', { person: { sex: 'unknown' } }), known({ patients: [person()] })))).toBe(
      'ignore no-change',
    );
  });

  test('moves nobody, and is nothing to us where nobody is known', () => {
    expect(outcome(decideFeed(move('update'), lies(stayOf(), { place: bed('icu-2') })))).toBe('ignore no-change');
    expect(outcome(decideFeed(move('update'), known({ place: 'unknown' })))).toBe('ignore not-our-unit');
  });
});

describe('a merge', () => {
  const from = person(null, other);
  const merge = (facts: Partial<FeedKnown>): FeedDecision => decideFeed(move('merge', { visit: null }), known(facts));

  test.each<[string, Partial<FeedKnown>, string]>([
    ['of records without stays', { patients: [person()], merged: [from] }, 'apply'],
    ['in mid-stay', { patients: [person()], merged: [person(stayOf(), other)] }, 'apply'],
    ['of two open stays', { patients: [person(stayOf())], merged: [person(stayOf(), other)] }, 'merge-of-two-stays'],
    ['of a record we have not', { patients: [person()] }, 'ignore not-our-unit'],
    ['of a record with itself', { patients: [person()], merged: [person()] }, 'ignore no-change'],
    ['said again', { patients: [person()], merged: [person(null, other, ANNA.patientId), person()] }, 'ignore no-change'],
    [
      'of two records at once',
      { patients: [person()], merged: [from, person(null, { patientId: PatientId.parse('p3') })] },
      'ambiguous-patient',
    ],
    [
      'of a record that went into somebody else',
      { patients: [person()], merged: [person(null, other, 'p3'), person(null, { patientId: PatientId.parse('p3') })] },
      'ambiguous-patient',
    ],
    ['into somebody who differs', { patients: [person(null, { sex: 'male' })], merged: [from] }, 'person-differs'],
    ['into nobody who can be recorded', { merged: [from], identifiers: [] }, 'no-identifier'],
  ])('%s: %s', (_what, facts, expected) => {
    expect(outcome(merge(facts))).toBe(expected);
  });

  test('into a record that is new here keeps the stay under the real number', () => {
    const { patientId: _, ...patient } = ANNA;
    expect(merge({ merged: [from] })).toEqual({
      do: 'apply',
      commands: [
        { do: 'recordPatient', patient },
        { do: 'merge', from: 'pat-other', into: 'recorded' },
      ],
    });
  });
});

test('a number longer than a record number is none that can be kept', () => {
  const value = '1'.repeat(33);
  const facts = known({ identifiers: [{ system: 'mrn', value }], place: bed('icu-1') });
  expect(outcome(decideFeed(move('admit', { visit: visitOf('V9') }), facts))).toBe('missing-field');
});
