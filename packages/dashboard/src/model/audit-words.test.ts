import '../words/english-for-tests.js';
import { misses, patientsText, placeText, standsOut, viewsText } from './audit-words.js';

const NONE = { breakGlass: 0, noRelation: 0, offDuty: 0, sameSurname: 0, bulk: 0 };

test('what was found is one sentence', () => {
  expect(viewsText({ views: 27, people: 9 })).toBe('27 views by 9 people');
  expect(viewsText({ views: 1, people: 1 })).toBe('One view by one person');
  expect(viewsText({ views: 0, people: 0 })).toBe('0 views by 0 people');
});

test('what stands out comes in the order in which it is looked at; what was not worked out is not said to be none', () => {
  expect(standsOut({ flagged: { ...NONE, breakGlass: 1, noRelation: 2 } })).toEqual([
    '2 without treating relation',
    'one under emergency access',
  ]);
  expect(standsOut({ flagged: NONE })).toEqual([]);
  const unknown = { breakGlass: 0, noRelation: null, offDuty: null, sameSurname: null, bulk: null };
  expect(standsOut({ flagged: unknown })).toEqual([]);
});

test('refusals are told apart from failures', () => {
  expect(misses({ refused: 2, failed: 1 })).toEqual(['2 refused', 'one failed']);
  expect(misses({ refused: 0, failed: 0 })).toEqual([]);
});

test('a list of everybody is three and a number', () => {
  expect(patientsText(['a', 'b', 'c'])).toBe('a, b, c');
  expect(patientsText(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
});

test('what no person asked for comes from Vigil itself', () => {
  expect(placeText({ stationId: null, ip: null })).toBe('Vigil itself');
  expect(placeText({ stationId: 'st-1', ip: '10.0.0.7' })).toBe('station st-1 10.0.0.7');
});
