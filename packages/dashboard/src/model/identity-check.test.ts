import fc from 'fast-check';
import '../words/english-for-tests.js';
import { canBeIdentified, identifies, personName, sameName, scannedDevice, type Who } from './identity-check.js';

const TIM: Who = { name: 'TESTMAN, Tim', birthDate: '1960-01-02', mrn: 'M-17 4' };

test.each(['m174', ' M-17 4 ', 'M17-4', '1960-01-02', '19600102', '02-Jan-1960', '02 jan 1960'])('%j names him', (typed) => {
  expect(identifies(typed, TIM)).toBe(true);
});

test.each(['', ' ', '-', 'TESTMAN, Tim', 'Tim', 'M17', 'M1745', '02011960', '01/02/1960', '1960-02-01', '1960', '0'])(
  '%j names nobody',
  (typed) => {
    expect(identifies(typed, TIM)).toBe(false);
  },
);

test('nothing that is typed names somebody of whom the screen knows nothing', () => {
  const nobody: Who = { name: 'X', birthDate: '', mrn: null };
  fc.assert(fc.property(fc.string(), (typed) => !identifies(typed, nobody) && !identifies(typed, { ...nobody, mrn: '-' })));
  expect(canBeIdentified(nobody)).toBe(false);
});

test('an identifier of one person names no other', () => {
  const digits = fc.stringMatching(/^[0-9A-Z]{1,8}$/);
  fc.assert(
    fc.property(digits, digits, (one, other) => {
      fc.pre(one !== other);
      expect(identifies(one, { ...TIM, birthDate: '', mrn: other })).toBe(false);
    }),
  );
});

test('a name is one line, whatever it is made of', () => {
  expect(personName({ familyName: 'Evil\u202e<b>', givenName: 'a\nb' })).toBe('EVIL <B>, a b');
  expect(personName({ familyName: 'X', givenName: '' })).toBe('X');
});

test('another of the same family name is told of, also with accents; the same person is not', () => {
  const others = [
    { bedId: 'a', name: 'Müller, Eva', birthDate: '1950-01-01' },
    { bedId: 'b', name: 'MULLER, Ida', birthDate: '1951-01-01' },
    { bedId: 'c', name: 'MILLER, Ida', birthDate: '1951-01-01' },
  ];
  expect(sameName({ name: 'MÜLLER, Jo', birthDate: '1999-01-01' }, others).map(({ bedId }) => bedId)).toEqual(['a', 'b']);
  expect(sameName({ name: 'MULLER, Ida', birthDate: '1951-01-01' }, others).map(({ bedId }) => bedId)).toEqual(['a']);
});

test('a scan is an id of a device, or nothing', () => {
  expect(['SIM-ICU-1\r\n', ' sim-1 ', 'a/b', '', '-a'].map(scannedDevice)).toEqual(['sim-icu-1', 'sim-1', null, null, null]);
});
