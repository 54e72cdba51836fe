import type { FeedMove } from '@vigil/contracts';
import { decideFeed } from './decide.js';
import type { FeedDecision } from './decision.js';
import { ANNA, at, bed, bruno, known, lies, move, person, stayOf, visitOf } from './test-kit.js';
import type { FeedKnown } from './known.js';

type Row = [promise: string, move: FeedMove, known: FeedKnown, expected: string | FeedDecision];

/** `ignore …` and `quarantine …` in words; what is applied in full. */
function check(rows: readonly Row[]): void {
  test.each(rows)('%s', (_promise, said, facts, expected) => {
    const decision = decideFeed(said, facts);
    if (typeof expected !== 'string') return expect(decision).toEqual(expected);
    expect(decision.do === 'ignore' ? `ignore ${decision.why}` : 'reason' in decision ? decision.reason : 'apply').toBe(expected);
  });
}
const applied = (...commands: Extract<FeedDecision, { do: 'apply' }>['commands']): FeedDecision => ({ do: 'apply', commands });
const icu1 = bed('icu-1').bedId;
const icu2 = bed('icu-2').bedId;
const admits = { do: 'admit', patientId: ANNA.patientId, bedId: icu1, visit: visitOf('V1'), atMs: at(90) } as const;
const { patientId: _, ...onRecord } = ANNA;
const over = stayOf({ dischargedMs: at(50) });
const moved = stayOf({ bedId: 'icu-2', inBedSinceMs: at(40), before: { bedId: icu1, fromMs: at(10) } });
const byHand = stayOf({ visit: null });
const free1 = { place: bed('icu-1') };
const free2 = { place: bed('icu-2') };

describe('an admission', () =>
  check([
    ['puts a patient on record into a free bed', move('admit'), known({ patients: [person()], ...free1 }), applied(admits)],
    [
      'records whom nobody knows',
      move('admit'),
      known(free1),
      applied({ do: 'recordPatient', patient: onRecord }, { ...admits, patientId: 'recorded' }),
    ],
    [
      'records a sex that was not said as unknown',
      move('admit', { person: { ...move('admit').person, sex: undefined } }),
      known(free1),
      applied({ do: 'recordPatient', patient: { ...onRecord, sex: 'unknown' } }, { ...admits, patientId: 'recorded' }),
    ],
    [
      'of a person without a birth date',
      move('admit', { person: { familyName: 'X', givenName: 'Y' } }),
      known(free1),
      'missing-field',
    ],
    ['without an identifier of the authority', move('admit'), known({ ...free1, identifiers: [] }), 'no-identifier'],
    [
      'with two record numbers of nobody on record',
      move('admit'),
      known({ ...free1, identifiers: ['M1', 'M2'].map((value) => ({ system: 'mrn', value })) }),
      'ambiguous-patient',
    ],
    [
      'with one record number written in two ways',
      move('admit'),
      known({ ...free1, identifiers: ['M1', 'm-1'].map((value) => ({ system: 'mrn', value })) }),
      applied({ do: 'recordPatient', patient: onRecord }, { ...admits, patientId: 'recorded' }),
    ],
    ['without a place', move('admit'), known({ patients: [person()] }), 'missing-field'],
    ['to a place without a name here', move('admit'), known({ place: 'unknown' }), 'unknown-place'],
    [
      'of a person on record to another house',
      move('admit'),
      known({ patients: [person()], place: 'elsewhere' }),
      'ignore not-our-unit',
    ],
    ['of nobody we know to another house', move('admit'), known({ place: 'elsewhere' }), 'ignore not-our-unit'],
    ['to another house of who lies here', move('admit'), lies(stayOf(), { place: 'elsewhere' }), 'unknown-place'],
    ['to an occupied bed', move('admit'), known({ patients: [person()], place: bed('icu-1', bruno) }), 'bed-taken'],
    ['said again', move('admit'), lies(stayOf(), { place: bed('icu-1', stayOf()) }), 'ignore no-change'],
    ['of whom a nurse admitted by hand', move('admit'), known({ patients: [person(byHand)], ...free1 }), 'ignore no-change'],
    [
      'without a visit number said again',
      move('admit', { visit: null }),
      known({ patients: [person(stayOf())], ...free1 }),
      'ignore no-change',
    ],
    ['from before the one on record', move('admit', { atMs: at(9) }), lies(stayOf(), free1), 'ignore older-than-known'],
    ['to the bed of before the transfer, late', move('admit', { atMs: at(10) }), lies(moved, free1), 'ignore older-than-known'],
    ['to a bed where the patient was not then', move('admit', { atMs: at(9) }), lies(moved, free1), 'time-before-stay'],
    ['of who lies in another bed', move('admit'), lies(stayOf(), free2), 'patient-elsewhere'],
    [
      'of another visit than the one that is open',
      move('admit', { visit: visitOf('V2') }),
      known({ patients: [person(stayOf())], ...free1 }),
      'patient-elsewhere',
    ],
    [
      'of the same number from somebody else',
      move('admit', { visit: { system: 'other', value: 'V1' } }),
      known({ patients: [person(stayOf())], ...free1 }),
      'patient-elsewhere',
    ],
    ['into a stay that is over', move('admit', { atMs: at(30) }), lies(over, free2), 'overlap'],
    ['that is over already', move('admit', { atMs: at(10) }), lies(over, free1), 'ignore older-than-known'],
    ['under the same visit once it was over', move('admit'), lies(over, free1), applied(admits)],
    [
      'more than a minute ahead',
      move('admit', { atMs: at(101) + 1 }),
      known({ patients: [person()], ...free1 }),
      'time-in-future',
    ],
    [
      'a minute ahead',
      move('admit', { atMs: at(101) }),
      known({ patients: [person()], ...free1 }),
      applied({ ...admits, atMs: at(101) }),
    ],
  ]));

describe('a registration', () =>
  check([
    ['at no place', move('register'), known({ patients: [person()] }), 'ignore no-change'],
    ['at no place of nobody we know', move('register'), known(), 'ignore not-our-unit'],
    ['at a bed is an admission', move('register'), known({ patients: [person()], ...free1 }), applied(admits)],
    ['of an outpatient', move('register', { outpatient: true }), known({ place: 'unknown' }), 'ignore outpatient'],
    [
      'of an outpatient on record',
      move('register', { outpatient: true }),
      known({ patients: [person()], place: 'unknown' }),
      'ignore outpatient',
    ],
    [
      'of an outpatient in a bed of ours is an admission',
      move('register', { outpatient: true }),
      known({ patients: [person()], ...free1 }),
      applied(admits),
    ],
    [
      'of an outpatient who lies here',
      move('register', { outpatient: true }),
      lies(stayOf(), { place: 'unknown' }),
      'unknown-place',
    ],
  ]));

describe('a transfer', () => {
  const transfers = { do: 'transfer', encounterId: stayOf().encounterId, bedId: icu2, atMs: at(90) } as const;
  check([
    ['to a free bed', move('transfer'), lies(stayOf(), free2), applied(transfers)],
    ['from where the patient is', move('transfer'), lies(stayOf(), { ...free2, from: bed('icu-1') }), applied(transfers)],
    ['from where the patient is not', move('transfer'), lies(stayOf(), { ...free2, from: bed('icu-3') }), 'patient-elsewhere'],
    [
      'without a visit number',
      move('transfer', { visit: null }),
      known({ patients: [person(stayOf())], ...free2 }),
      applied(transfers),
    ],
    [
      'of a stay opened by hand, from its bed',
      move('transfer'),
      known({ patients: [person(byHand)], ...free2, from: bed('icu-1') }),
      applied(transfers),
    ],
    [
      'of a stay opened by hand, from nowhere',
      move('transfer'),
      known({ patients: [person(byHand)], ...free2 }),
      'patient-elsewhere',
    ],
    ['to an occupied bed', move('transfer'), lies(stayOf(), { place: bed('icu-2', bruno) }), 'bed-taken'],
    ['without a place', move('transfer'), lies(stayOf()), 'missing-field'],
    ['to a place without a name here', move('transfer'), lies(stayOf(), { place: 'unknown' }), 'unknown-place'],
    ['to another house of who lies here', move('transfer'), lies(stayOf(), { place: 'elsewhere' }), 'unknown-place'],
    ['said again', move('transfer'), lies(moved, free2), 'ignore no-change'],
    ['said again with an earlier time', move('transfer', { atMs: at(39) }), lies(moved, free2), 'ignore older-than-known'],
    ['to where the patient was then', move('transfer', { atMs: at(20) }), lies(moved, free1), 'ignore older-than-known'],
    ['before the stay', move('transfer', { atMs: at(9) }), lies(stayOf(), free2), 'time-before-stay'],
    ['at the moment of the transfer before', move('transfer', { atMs: at(40) }), lies(moved, free1), 'time-before-stay'],
    ['from a ward of others is an admission', move('transfer'), known({ patients: [person()], ...free1 }), applied(admits)],
    ['into a stay that is over', move('transfer', { atMs: at(30) }), lies(over, free2), 'overlap'],
    ['back under the same visit', move('transfer'), lies(over, free1), applied(admits)],
    [
      'from a bed of ours of who has no stay',
      move('transfer'),
      known({ patients: [person()], ...free2, from: bed('icu-1') }),
      'stay-unknown',
    ],
    ['from a bed of ours of nobody we know', move('transfer'), known({ place: 'elsewhere', from: bed('icu-1') }), 'stay-unknown'],
  ]);
});

describe('what takes somebody away', () => {
  const { encounterId } = stayOf();
  const ends = applied({ do: 'discharge', encounterId, atMs: at(90) });
  check([
    ['a discharge ends the stay', move('discharge'), lies(stayOf(), { place: bed('icu-1', stayOf()) }), ends],
    ['a discharge of its visit, whatever bed it names', move('discharge'), lies(stayOf(), { place: bed('icu-2') }), ends],
    [
      'a discharge without visit number from another bed',
      move('discharge', { visit: null }),
      known({ patients: [person(stayOf())], ...free2 }),
      'patient-elsewhere',
    ],
    [
      'a discharge of another visit',
      move('discharge', { visit: visitOf('V0') }),
      known({ patients: [person(stayOf())], place: bed('icu-1', stayOf()) }),
      'stay-unknown',
    ],
    ['a discharge said again', move('discharge'), lies(over), 'ignore no-change'],
    ['a discharge before the stay', move('discharge', { atMs: at(9) }), lies(stayOf()), 'time-before-stay'],
    [
      'a discharge from a bed of ours of who has no stay',
      move('discharge'),
      known({ patients: [person()], ...free1 }),
      'stay-unknown',
    ],
    ['a discharge from elsewhere', move('discharge'), known({ patients: [person()], place: 'unknown' }), 'ignore not-our-unit'],
    ['a discharge from a bed of ours of nobody we know', move('discharge'), known(free1), 'no-identifier'],
    ['a discharge of nobody we know', move('discharge'), known({ place: 'unknown' }), 'ignore not-our-unit'],
    ['an admission that was none', move('cancelAdmit'), lies(stayOf()), applied({ do: 'void', encounterId, atMs: at(90) })],
    ['the same, before it', move('cancelAdmit', { atMs: at(9) }), lies(stayOf()), 'time-before-stay'],
    ['the same, after a transfer', move('cancelAdmit'), lies(moved), 'overlap'],
    ['the same, after the discharge', move('cancelAdmit'), lies(over), 'overlap'],
    ['the same, of what never was', move('cancelAdmit'), known({ patients: [person()], ...free1 }), 'stay-unknown'],
    [
      'the same, of another bed, without visit number',
      move('cancelAdmit', { visit: null }),
      known({ patients: [person(stayOf())], ...free2 }),
      'patient-elsewhere',
    ],
  ]);
});

describe('what was no transfer, or no discharge', () => {
  const { encounterId } = stayOf();
  const back = applied({ do: 'cancelTransfer', encounterId, bedId: icu1, atMs: at(90) });
  const reopens = (bedId: typeof icu1): FeedDecision => applied({ do: 'reopen', encounterId, bedId, atMs: at(90) });
  check([
    ['goes back to the bed of before', move('cancelTransfer'), lies(moved, free1), back],
    ['goes back also where no bed is named', move('cancelTransfer'), lies(moved), back],
    ['goes to no third bed', move('cancelTransfer'), lies(moved, { place: bed('icu-3') }), 'patient-elsewhere'],
    ['goes to no place without a name here', move('cancelTransfer'), lies(moved, { place: 'unknown' }), 'unknown-place'],
    ['goes to no other house', move('cancelTransfer'), lies(moved, { place: 'elsewhere' }), 'unknown-place'],
    ['goes to no occupied bed', move('cancelTransfer'), lies(moved, { place: bed('icu-1', bruno) }), 'bed-taken'],
    ['was not before the transfer', move('cancelTransfer', { atMs: at(39) }), lies(moved), 'time-before-stay'],
    ['changes nothing where the patient is', move('cancelTransfer'), lies(stayOf(), free1), 'ignore no-change'],
    ['never was', move('cancelTransfer'), lies(stayOf(), free2), 'stay-unknown'],
    ['never was, without a place', move('cancelTransfer'), lies(stayOf()), 'stay-unknown'],
    ['is of a stay that is over', move('cancelTransfer'), lies(over), 'overlap'],
    ['is of a stay we have not', move('cancelTransfer'), known({ patients: [person()], ...free1 }), 'stay-unknown'],
    ['opens the stay again', move('cancelDischarge'), lies(over), reopens(icu1)],
    ['opens it in the bed that is named', move('cancelDischarge'), lies(over, free2), reopens(icu2)],
    ['opens no stay in an occupied bed', move('cancelDischarge'), lies(over, { place: bed('icu-1', bruno) }), 'bed-taken'],
    ['opens none in a place without a name here', move('cancelDischarge'), lies(over, { place: 'unknown' }), 'unknown-place'],
    ['opens none in another house', move('cancelDischarge'), lies(over, { place: 'elsewhere' }), 'unknown-place'],
    ['was not before the discharge', move('cancelDischarge', { atMs: at(49) }), lies(over), 'time-before-stay'],
    ['opens none that is open', move('cancelDischarge'), lies(stayOf()), 'ignore no-change'],
    [
      'opens none beside another',
      move('cancelDischarge'),
      lies(over, { patients: [person(stayOf({ visit: visitOf('V2') }))] }),
      'patient-elsewhere',
    ],
    ['opens none we have not', move('cancelDischarge'), known({ patients: [person()], ...free1 }), 'stay-unknown'],
  ]);
});
