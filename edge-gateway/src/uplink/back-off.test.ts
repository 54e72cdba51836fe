import fc from 'fast-check';
import { BACK_OFF_MS_MAX, backOffMs } from './back-off.js';
import { nextPace, startPace } from './pace.js';

test('a wait is anything up to a ceiling that doubles, and never more than 15 s', () => {
  expect([1, 2, 3, 4].map((n) => backOffMs(n, 0.999_999))).toEqual([200, 400, 800, 1_600]);
  expect(backOffMs(1_000_000, 0.999_999)).toBe(BACK_OFF_MS_MAX);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (n, random) => {
      const ms = backOffMs(n, random);
      expect(ms).toBeGreaterThanOrEqual(1);
      expect(ms).toBeLessThanOrEqual(BACK_OFF_MS_MAX);
    }),
  );
});

test('the backlog speeds up while live data are young, slows down while they are late, and never stops', () => {
  let pace = startPace(100_000);
  expect(pace.perSecond).toBe(2_000);
  for (let i = 0; i < 30; i++) pace = nextPace(pace, 100, 100_000);
  expect(pace.perSecond).toBe(100_000);
  expect(nextPace(pace, 800, 100_000)).toEqual(pace);
  expect(nextPace(pace, 1_200, 100_000).perSecond).toBe(50_000);
  for (let i = 0; i < 30; i++) pace = nextPace(pace, 60_000, 100_000);
  expect(pace.perSecond).toBe(100);
  expect(nextPace(startPace(50), 60_000, 50).perSecond).toBe(50);
});
