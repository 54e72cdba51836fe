import fc from 'fast-check';
import { addSeen, onlyIn, SEEN_RANGES_MAX, type SeenRanges, takeOut } from './seen.js';

test('in any order, each number is new exactly once and the ranges are disjoint and ascending', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (numbers) => {
      const ranges: SeenRanges = [];
      const seen = new Set<number>();
      for (const n of numbers) {
        expect(addSeen(ranges, n)).toBe(!seen.has(n));
        seen.add(n);
        for (let i = 0; i < ranges.length; i++) {
          expect(ranges[i]![0]).toBeLessThanOrEqual(ranges[i]![1]);
          if (i > 0) expect(ranges[i]![0]).toBeGreaterThan(ranges[i - 1]![1] + 1);
        }
      }
      expect(ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)).toBe(seen.size);
    }),
  );
});

test('gaps are bounded: the oldest closes when there are too many', () => {
  const ranges: SeenRanges = [];
  for (let i = 0; i <= SEEN_RANGES_MAX; i++) addSeen(ranges, i * 10);
  expect(ranges).toHaveLength(SEEN_RANGES_MAX);
  expect(addSeen(ranges, 5)).toBe(false);
});

test('what only one of two has is each number of it once, in any order', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
  const rangesOf = (all: readonly number[]): SeenRanges => {
    const ranges: SeenRanges = [];
    for (const n of all) addSeen(ranges, n);
    return ranges;
  };
  fc.assert(
    fc.property(numbers, numbers, numbers, (a, b, asked) => {
      const left = new Set(a.filter((n) => !b.includes(n)));
      const ranges = onlyIn(rangesOf(a), rangesOf(b));
      for (const n of asked) expect(takeOut(ranges, n)).toBe(left.delete(n));
      expect(ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)).toBe(left.size);
    }),
  );
});
