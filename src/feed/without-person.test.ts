import { withoutPerson } from './without-person.js';

const move = {
  ...{ v: 1, source: 'hl7', messageId: 'm1', kind: 'admit', atMs: 1_000 },
  identifiers: [{ system: 'HOSP', value: 'MRN-SECRET' }],
  person: { familyName: 'Secret', givenName: 'Frank', birthDate: '1950-01-01' },
  visit: { system: 'HOSP', value: 'VISIT-SECRET' },
  ...{ place: { system: 'hl7:HOSP', value: 'W9^1^A' }, fromPlace: null, merged: [] },
};

test('the place and what differs are shown, and nothing of the person', () => {
  const said = withoutPerson({ message: move, known: { patients: [move.person] }, differs: ['familyName'] });
  expect(said).toEqual({
    ...{ source: 'hl7', kind: 'admit', atMs: 1_000, fromPlace: null, identifierSystems: ['HOSP'], differs: ['familyName'] },
    place: { system: 'hl7:HOSP', value: 'W9^1^A' },
  });
  expect(JSON.stringify(said)).not.toMatch(/SECRET|Secret|Frank|1950/);
});

test.each([[undefined], [{ sender: 'x', text: 'PID|Secret' }], [{ message: { ...move, kind: 'other' } }]])(
  'of what nobody could read nothing is shown: %j',
  (detail) => expect(withoutPerson(detail)).toBeNull(),
);
