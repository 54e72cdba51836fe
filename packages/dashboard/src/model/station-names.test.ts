import { initialsOf, withNames } from './station-names.js';
import { bedOf } from './test-data.js';
import { fromSnapshot } from './unit-state.js';

const unit = fromSnapshot({
  careUnitId: 'icu' as never,
  label: 'ICU',
  seq: 1,
  serverWallMs: 1 as never,
  beds: [bedOf(1), bedOf(2, { encounter: null })],
});
const names = (state: typeof unit) =>
  [...state.beds.values()].map(({ encounter }) => encounter && [encounter.displayName, encounter.birthDate]);

test('a signed-in person sees names; a station alone shows what the site allows, and never a birth date beside initials', () => {
  expect(withNames(unit, 'none', true)).toBe(unit);
  expect(withNames(unit, 'full', false)).toBe(unit);
  expect(names(withNames(unit, 'initials', false))).toEqual([['J. D.', ''], null]);
  expect(names(withNames(unit, 'none', false))).toEqual([['', ''], null]);
});

test('a bed that has not changed stays the same object', () => {
  const [a, b] = [withNames(unit, 'initials', false), withNames({ ...unit }, 'initials', false)];
  expect([...a.beds.values()][0]).toBe([...b.beds.values()][0]);
});

test.each([
  ['NOVAKOVA, Jana', 'J. N.'],
  ['Madonna', 'M.'],
  ['', ''],
  ['İNÖNÜ, E\u0301mile', 'E\u0301. İ.'],
  ['<script>, <b>', '<. <.'],
])('initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
