import { AssignDevice, CorrectAssignment } from './assignment.js';
import { CorrectStay } from './correction.js';
import { ChangeBed } from './place.js';

const why = { reason: 'wrong-bed', note: 'moved in the night' };

test.each<[string, object, boolean]>([
  ['another bed', { bedId: 'icu-1' }, true],
  ['another end', { toMs: null }, true],
  ['that it never held', { voided: true }, true],
  ['nothing', {}, false],
  ['that it never held, and another bed', { voided: true, bedId: 'icu-1' }, false],
  ['that it held after all', { voided: false }, false],
  ['a patient', { patientId: 'p-1' }, false],
])('a correction of an assignment that says %s: taken %s', (_what, change, isTaken) => {
  expect(CorrectAssignment.safeParse({ ...why, ...change }).success).toBe(isTaken);
});

test('a correction says why, in a word of ours and in words for colleagues', () => {
  expect(CorrectAssignment.safeParse({ bedId: 'icu-1', reason: 'wrong-bed' }).success).toBe(false);
  expect(CorrectAssignment.safeParse({ bedId: 'icu-1', note: 'so' }).success).toBe(false);
  expect(CorrectAssignment.safeParse({ bedId: 'icu-1', ...why, note: '  ' }).success).toBe(false);
  expect(CorrectStay.safeParse(why).success).toBe(false);
  expect(CorrectStay.safeParse({ ...why, fromMs: 5 }).success).toBe(true);
});

test('an assignment is a routine one unless somebody says otherwise, and names each of its metrics', () => {
  const asked = { deviceId: 'mon-1', bedId: 'icu-1' };
  expect(AssignDevice.parse(asked)).toEqual({ ...asked, reason: 'routine' });
  expect(AssignDevice.safeParse({ ...asked, channels: [] }).success).toBe(false);
  expect(AssignDevice.safeParse({ ...asked, channels: ['pulse'] }).success).toBe(false);
});

test('a change of a bed changes something', () => {
  expect(ChangeBed.safeParse({}).success).toBe(false);
  expect(ChangeBed.safeParse({ label: ' 12 ' }).data).toEqual({ label: '12' });
});
