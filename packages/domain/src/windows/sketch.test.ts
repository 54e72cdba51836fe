import fc from 'fast-check';
import { addToSketch, emptySketch, mergeSketch, rankOf, type Sketch } from './sketch.js';

const BUCKETS = 32;
const value = fc.integer({ min: 0, max: 3_500 });
/** Few values, and so many that buckets are shared. */
const values = fc.oneof(fc.array(value, { maxLength: 40 }), fc.array(value, { minLength: 60, maxLength: 300 }));

function sketchOf(of: readonly number[]): Sketch {
  const sketch = emptySketch();
  for (const value of of) addToSketch(sketch, value, BUCKETS);
  return sketch;
}

const merged = (a: Sketch, b: Sketch): Sketch => {
  const into = structuredClone(a);
  mergeSketch(into, b, BUCKETS);
  return into;
};

describe('sketch', () => {
  test('what it holds does not depend on the order of values', () => {
    fc.assert(fc.property(values, (of) => expect(sketchOf([...of].reverse())).toEqual(sketchOf(of))));
  });

  test('merging is the sketch of all values, whichever comes first', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(merged(sketchOf(a), sketchOf(b))).toEqual(sketchOf([...a, ...b]));
        expect(merged(sketchOf(b), sketchOf(a))).toEqual(merged(sketchOf(a), sketchOf(b)));
      }),
    );
  });

  test('a rank is exact while there are few different values, and half a bucket out at most when there are many', () => {
    fc.assert(
      fc.property(
        values.filter((of) => of.length > 0),
        fc.nat(),
        (of, n) => {
          const sketch = sketchOf(of);
          const rank = 1 + (n % of.length);
          const exact = [...of].sort((a, b) => a - b)[rank - 1]!;
          const found = rankOf([sketch], 0, 1, rank);
          expect(Math.abs(found - exact)).toBeLessThanOrEqual((2 ** sketch.shift - 1) / 2);
          if (new Set(of).size <= BUCKETS) expect(found).toBe(exact);
          expect(sketch.keys.length).toBeLessThanOrEqual(BUCKETS);
        },
      ),
    );
  });
});
