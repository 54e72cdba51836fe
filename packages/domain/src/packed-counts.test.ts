import fc from 'fast-check';
import { addAll, addTo, type Histogram, packHistogram, unpackHistogram } from './rules/histogram.js';
import { extentOf, packCounts } from './packed-counts.js';
import {
  addToSketch,
  type AnySketch,
  boundsOf,
  emptySketch,
  packSketch,
  rankOf,
  type Sketch,
  unpackSketch,
} from './windows/sketch.js';

/** Close together as those of a patient, and all over what a window takes. */
const value = fc.oneof(fc.integer({ min: 700, max: 760 }), fc.integer({ min: -65_536, max: 65_536 }));
const values = fc.array(value, { maxLength: 80 });
const sketchOf = (of: readonly number[], bucketsMax = 32): Sketch => {
  const sketch = emptySketch();
  for (const each of of) addToSketch(sketch, each, bucketsMax);
  return sketch;
};

describe('packed counts', () => {
  test('are what was packed, and the same counts make the same text', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 2 ** 20 }), (of, times) => {
        const sketch = sketchOf(of);
        if (of.length > 0) addToSketch(sketch, of[0]!, 32, times);
        expect(unpackSketch(packSketch(sketch))).toEqual(sketch);
        const bins: Histogram = [];
        for (const each of of) addTo(bins, each);
        expect(unpackHistogram(packHistogram(bins))).toEqual(bins);
        const again: Histogram = [];
        for (const each of [...of].reverse()) addTo(again, each);
        expect(packHistogram(again)).toBe(packHistogram(bins));
      }),
    );
  });

  test('answer every rank as they did before, beside others that are not packed', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), fc.nat(15), fc.nat(), (panes, mask, n) => {
        const count = panes.flat().length;
        const plain = panes.map((of) => sketchOf(of));
        const mixed = plain.map((sketch, i): AnySketch => ((mask >> i) & 1 ? packSketch(sketch) : sketch));
        const rank = 1 + (count === 0 ? 0 : n % count);
        expect(rankOf(mixed, 0, mixed.length, rank)).toBe(rankOf(plain, 0, plain.length, rank));
        const bounds = boundsOf(mixed, 0, mixed.length);
        expect(bounds).toEqual(boundsOf(plain, 0, plain.length));
        if (count === 0) expect(bounds).toBeNull();
        else {
          expect(rankOf(mixed, 0, mixed.length, 1)).toBeGreaterThanOrEqual(bounds!.lowest);
          expect(rankOf(mixed, 0, mixed.length, count)).toBeLessThanOrEqual(bounds!.highest);
        }
      }),
    );
  });

  test('add up as they would have', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [into, from, all]: [Histogram, Histogram, Histogram] = [[], [], []];
        for (const each of a) addTo(into, each);
        for (const each of b) addTo(from, each);
        for (const each of [...a, ...b]) addTo(all, each);
        addAll(into, packHistogram(from));
        expect(into).toEqual(all);
      }),
    );
  });

  test('are short, and leave out what did not come', () => {
    expect(packCounts(0, [788, 789, 791, 900], [3, 40, 1, 7])).toBe('0.lw.p0.3.14.+1.1.+30.7.');
    expect(packCounts(1, [-5, -3], [1, 2])).toBe('1.-5.-3.1.+1.2.');
    expect(extentOf('1.-5.-3.1.+1.2.')).toEqual({ shift: 1, first: -5, last: -3 });
    expect(packCounts(0, [], [])).toBe('');
    expect(extentOf('')).toBeNull();
  });
});
