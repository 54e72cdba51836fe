import { each, runSet, type SaidRule, setOf, times } from './test-kit.js';
import { addTo, type Histogram, medianDeviation, medianOf } from './histogram.js';

const MINUTE = 60_000;
/** Half a minute against the ten before it. */
const odd = (more: Record<string, unknown> = {}): SaidRule => ({
  ...{ kind: 'baseline', id: 'odd', metric: 'heartRate', side: 'both', z: 4, recentMs: 30_000, baselineMs: 10 * MINUTE },
  ...{ coveragePct: 50, deviationMin: 2 },
  ...more,
});
/** Values around a middle that repeat every seven seconds. */
const around = (middle: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => middle + [0, 1, -1, 2, -2, 1, -1][i % 7]!);

describe('deviation from the usual', () => {
  test('of this patient raises; the same value is usual for another', () => {
    const { said, transitions } = runSet(setOf([odd()]), each('heartRate', 0, [...around(60, 600), ...around(90, 60)]));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^odd onset medium on @6[0-4]\d$/);
    expect(transitions[0]!.evidence.value).toBeGreaterThan(4);
    expect(transitions[0]!.evidence).toMatchObject({ limit: 4, window: { aggregate: 'deviation' } });
    expect(runSet(setOf([odd()]), each('heartRate', 0, around(90, 660))).said).toEqual([]);
  });

  test('is not known before enough of the usual was seen', () => {
    expect(runSet(setOf([odd()]), each('heartRate', 0, [...around(60, 250), ...around(90, 60)])).said).toEqual([]);
  });

  test('of one side does not raise on the other', () => {
    const low = [...around(90, 600), ...around(60, 60)];
    expect(runSet(setOf([odd({ side: 'high' })]), each('heartRate', 0, low)).said).toEqual([]);
    expect(runSet(setOf([odd({ side: 'low' })]), each('heartRate', 0, low)).said).toHaveLength(1);
  });

  test('of a patient who lies still counts from the least deviation of the rule', () => {
    expect(runSet(setOf([odd()]), each('heartRate', 0, [...times(600, 60), ...times(60, 67)])).said).toEqual([]);
    expect(runSet(setOf([odd()]), each('heartRate', 0, [...times(600, 60), ...times(60, 71)])).said).toHaveLength(1);
  });

  test('is not learnt as usual while it holds, and ends when the patient is back', () => {
    const log = each('heartRate', 0, [...around(60, 600), ...around(90, 400), ...around(60, 60)]);
    const { said } = runSet(setOf([odd()]), log);
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(/^odd end medium off @10[0-4]\d$/);
  });

  test('that holds for as long as the whole baseline becomes the usual', () => {
    const log = each('heartRate', 0, [...around(60, 600), ...around(90, 1_100)]);
    const { said } = runSet(setOf([odd()]), log);
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(/^odd end medium off/);
  });

  test('a few wild values are no deviation: it is the median that counts', () => {
    const wild = around(60, 60).map((v, i) => (i % 5 === 0 ? 200 : v));
    expect(runSet(setOf([odd()]), each('heartRate', 0, [...around(60, 600), ...wild])).said).toEqual([]);
  });

  test('what it remembers is bounded, whatever the values', () => {
    const wild = Array.from({ length: 3_000 }, (_, i) => (i * 7_919) % 350);
    const { bed } = runSet(setOf([odd()]), each('heartRate', 0, wild));
    expect(JSON.stringify(bed.rules).length).toBeLessThan(20_000);
    const usual = runSet(setOf([odd()]), each('heartRate', 0, around(60, 3_000))).bed;
    expect(JSON.stringify(usual.rules).length).toBeLessThan(1_500);
  });
});

describe('histogram', () => {
  const of = (values: readonly number[]): Histogram => {
    const histogram: Histogram = [];
    for (const value of values) addTo(histogram, value);
    return histogram;
  };
  const plain = (values: readonly number[]): number => {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  };

  test('median and deviation agree with those of the values to a bin, in any order', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const values = Array.from({ length: 5 + (seed % 60) }, (_, i) => (i * i * seed * 31 + seed * 17) % 41);
      const histogram = of(values);
      expect(of([...values].reverse())).toEqual(histogram);
      const median = plain(values);
      expect(Math.abs(medianOf(histogram) - median)).toBeLessThanOrEqual(gapAt(values, median) + 0.5);
      const deviation = plain(values.map((v) => Math.abs(v - median)));
      const tolerance =
        gapAt(
          values.map((v) => Math.abs(v - median)),
          deviation,
        ) + 1;
      expect(Math.abs(medianDeviation(histogram, median) - deviation)).toBeLessThanOrEqual(tolerance);
    }
  });
});

/** How far apart the two middle values may lie: anything between them is a median. */
function gapAt(values: readonly number[], median: number): number {
  const below = Math.max(...values.filter((v) => v <= median));
  const above = Math.min(...values.filter((v) => v >= median));
  return above - below;
}
