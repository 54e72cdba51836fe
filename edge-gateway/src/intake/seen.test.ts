import { SeenMessages } from './seen.js';

test('a message is a repetition once it is stored, and not before', () => {
  const seen = new SeenMessages();
  expect(seen.has('d', 'boot', 5)).toBe(false);
  seen.add('d', 'boot', 5);
  expect(seen.has('d', 'boot', 5)).toBe(true);
});

test('older messages that were never stored are new, even behind a newer one', () => {
  const seen = new SeenMessages();
  seen.add('d', 'boot', 500);
  expect(seen.has('d', 'boot', 499)).toBe(false);
});

test('another boot or device shares nothing', () => {
  const seen = new SeenMessages();
  seen.add('d', 'boot', 5);
  expect([seen.has('d', 'other', 5), seen.has('e', 'boot', 5)]).toEqual([false, false]);
  seen.add('d', 'other', 1);
  expect(seen.has('d', 'boot', 5)).toBe(false);
});

test('what is long past counts as new', () => {
  const seen = new SeenMessages();
  for (let seq = 0; seq < 2_000; seq++) seen.add('d', 'boot', seq);
  expect([seen.has('d', 'boot', 0), seen.has('d', 'boot', 1_999)]).toEqual([false, true]);
});
