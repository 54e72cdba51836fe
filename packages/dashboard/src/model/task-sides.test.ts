import { FeedKind, QuarantineReason } from '@vigil/contracts';
import '../words/english-for-tests.js';
import { kindOfMove, reasonOfTask, saidWithoutPerson, sidesOf } from './task-sides.js';

const message = {
  ...{ v: 1, source: 'hl7', messageId: 'm1', kind: 'admit', atMs: 1 },
  identifiers: [{ system: 'HOSP', value: 'M1\u202e' }],
  person: { familyName: 'Other<script>', givenName: 'Tim', birthDate: '1960-01-02' },
  ...{ visit: null, place: { system: 'hl7:H', value: 'ICU^1' }, fromPlace: null, merged: [] },
};
const tim = { patientId: 'pat-1', mrn: 'M1', familyName: 'Testman', givenName: 'Tim', birthDate: '1960-01-02', sex: 'male' };

test('every reason and every kind of message has words of its own', () => {
  const said = [...QuarantineReason.options.map(reasonOfTask), ...FeedKind.options.map(kindOfMove)];
  expect(said.filter((text) => text.includes('stays'))).toEqual([]);
  expect(new Set(said).size).toBe(said.length);
});

test('what was said stands beside what is known, and what differs is marked', () => {
  const sides = sidesOf({ message, known: { patients: [{ patient: tim }], stay: { bedId: 'icu-1' } }, differs: ['familyName'] });
  expect(sides?.map(({ what, said, known, differs }) => [what, said, known, differs])).toEqual([
    ['What happened', 'Admission', '', false],
    ['Record number', 'M1', 'M1', false],
    ['Name', 'OTHER<SCRIPT>, Tim', 'TESTMAN, Tim', true],
    ['Date of birth', '02-Jan-1960', '02-Jan-1960', false],
    ['Sex', '', 'male', false],
    ['Place', 'hl7:H ICU^1', 'icu-1', false],
  ]);
});

test('two people with one number are both named', () => {
  const sides = sidesOf({
    message,
    known: { patients: [{ patient: tim }, { patient: { ...tim, givenName: 'Tom' } }] },
    differs: 'x',
  });
  expect(sides?.find(({ what }) => what === 'Name')?.known).toBe('TESTMAN, Tim 02-Jan-1960; TESTMAN, Tom 02-Jan-1960');
});

test.each([null, {}, { message: 'MSH broken' }, { text: '…' }])('of %j nothing is said', (detail) => {
  expect(sidesOf(detail)).toBeNull();
});

test('who sees no names sees places and the names of fields', () => {
  expect(saidWithoutPerson(null)).toBeNull();
  const said = {
    source: 'hl7',
    kind: 'admit',
    atMs: 1,
    place: message.place,
    fromPlace: null,
    identifierSystems: ['HOSP'],
    differs: ['sex'],
  };
  expect(saidWithoutPerson(said as never)?.map((each) => each.said)).toEqual(['Admission', 'hl7:H ICU^1', 'HOSP', 'sex']);
});
