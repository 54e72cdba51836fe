import { Silence } from './silence.js';

const SAID = (marks: Readonly<Record<string, number>>) => new Map(Object.entries(marks));

/** Looks once a second, from `fromS` to `toS`, at what `marks` says of that second. */
function listen(silence: Silence, fromS: number, toS: number, marks: (s: number) => Readonly<Record<string, number>>): void {
  for (let s = fromS; s <= toS; s++) silence.look(s * 1_000, SAID(marks(s)));
}

test('who says nothing for that long is silent, and who speaks again is not', () => {
  const silence = new Silence(2_000);
  listen(silence, 0, 6, (s) => ({ a: s, b: 1 }));
  expect(silence.longerThan(6_000)).toEqual([]);
  listen(silence, 7, 7, (s) => ({ a: s, b: 1 }));
  expect(silence.longerThan(6_000)).toEqual(['b']);
  listen(silence, 8, 8, (s) => ({ a: s, b: 2 }));
  expect(silence.longerThan(6_000)).toEqual([]);
});

test('time in which nobody could be heard is not silence: the store was away, or this process stood still', () => {
  const silence = new Silence(2_000);
  listen(silence, 0, 3, (s) => ({ a: s, b: s }));
  // An hour later, and the others have not had their turn yet.
  silence.look(3_600_000, SAID({ a: 3, b: 3 }));
  expect(silence.longerThan(6_000)).toEqual([]);
  listen(silence, 3_601, 3_604, (s) => ({ a: s, b: 3 }));
  expect(silence.longerThan(6_000)).toEqual([]);
  listen(silence, 3_605, 3_605, (s) => ({ a: s, b: 3 }));
  expect(silence.longerThan(6_000)).toEqual(['b']);
});

test('who is no longer named is forgotten, and begins anew', () => {
  const silence = new Silence(2_000);
  listen(silence, 0, 9, () => ({ a: 1 }));
  listen(silence, 10, 10, () => ({}));
  expect(silence.longerThan(6_000)).toEqual([]);
  listen(silence, 11, 12, () => ({ a: 1 }));
  expect(silence.longerThan(6_000)).toEqual([]);
});

test('a clock that is asked twice at one moment, or seems to go back, counts nothing', () => {
  const silence = new Silence(2_000);
  for (let n = 0; n < 100; n++) silence.look(5_000 - n, SAID({ a: 1 }));
  expect(silence.longerThan(6_000)).toEqual([]);
});
