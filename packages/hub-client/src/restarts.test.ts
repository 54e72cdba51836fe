import { Restarts } from './restarts.js';

test('the first restart is at once, the next ones come ever later, and after quiet it is at once again', () => {
  const restarts = new Restarts([0, 10, 20], 1_000);
  const allowed: number[] = [];
  for (let ms = 0; ms <= 100; ms++) if (restarts.take(ms)) allowed.push(ms);
  expect(allowed).toEqual([0, 10, 30, 50, 70, 90]);
  expect(restarts.take(1_090)).toBe(true);
  expect(restarts.take(1_099)).toBe(false);
  expect(restarts.take(1_100)).toBe(true);
});

test('a wall clock that is set back by an hour does not put the next one off', () => {
  const restarts = new Restarts([0, 15_000]);
  restarts.take(3_600_000);
  expect(restarts.take(0)).toBe(false);
  expect(restarts.take(15_000)).toBe(true);
});
