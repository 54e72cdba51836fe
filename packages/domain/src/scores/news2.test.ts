import fc from 'fast-check';
import { deriveScore, evidenceParts } from './derive.js';
import { news2DueAfterMs } from './news2.js';
import { given, type Plain, WELL } from './test-kit.js';

type Part = keyof typeof WELL;
const pointsOf = (part: string, plain: Plain, spo2Scale: 1 | 2 = 1): number | null => {
  const name = part === 'oxygen' ? 'supplementalOxygen' : part;
  return evidenceParts(deriveScore('news2', given(plain, { spo2Scale })).parts).find((p) => p.part === name)!.points;
};

/**
 * Chart 1 of the RCP's report, typed from docs/clinical.md column by column and apart from the implementation: every band with
 * its first and last value. SpO2 on scale 2 follows below, because oxygen decides there.
 */
const CHART = `
  respirationRate   3: 1-8      1: 9-11     0: 12-20    2: 21-24   3: 25-60
  spo2              3: 50-91    2: 92-93    1: 94-95    0: 96-100
  systolic          3: 40-90    2: 91-100   1: 101-110  0: 111-219  3: 220-300
  pulse             3: 20-40    1: 41-50    0: 51-90    1: 91-110   2: 111-130  3: 131-250
  temperature       3: 30.0-35.0  1: 35.1-36.0  0: 36.1-38.0  1: 38.1-39.0  2: 39.1-43.0
`;
const cells = CHART.trim()
  .split('\n')
  .flatMap((line) => {
    const [part, ...rest] = line.trim().split(/\s+/) as [Part, ...string[]];
    return rest.flatMap((word, i) => {
      if (i % 2 === 0) return [];
      const [from, to] = word.split('-').map(Number) as [number, number];
      return [{ part, points: Number(rest[i - 1]!.replace(':', '')), from, to }];
    });
  });
const steps = ({ part, from, to }: { part: Part; from: number; to: number }): number[] => {
  const per = part === 'temperature' ? 10 : 1;
  const [first, last] = [Math.round(from * per), Math.round(to * per)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) / per);
};

describe('NEWS2, chart 1', () => {
  test.each(cells)('$part $from to $to scores $points', (cell) => {
    for (const value of steps(cell)) {
      expect(pointsOf(cell.part, { ...WELL, [cell.part]: value })).toBe(cell.points);
    }
  });

  test('the chart has a cell for each printed band', () => {
    expect(cells).toHaveLength(5 + 4 + 5 + 6 + 5);
  });

  test.each([
    [83, 3, 3],
    [84, 2, 2],
    [85, 2, 2],
    [86, 1, 1],
    [87, 1, 1],
    [88, 0, 0],
    [92, 0, 0],
    [93, 0, 1],
    [94, 0, 1],
    [95, 0, 2],
    [96, 0, 2],
    [97, 0, 3],
    [100, 0, 3],
  ])('SpO2 %i on scale 2 scores %i on air and %i on oxygen', (spo2, air, oxygen) => {
    expect(pointsOf('spo2', { ...WELL, spo2, oxygen: 'air' }, 2)).toBe(air);
    expect(pointsOf('spo2', { ...WELL, spo2, oxygen: 'oxygen' }, 2)).toBe(oxygen);
  });

  test('oxygen scores 2 and air 0', () => {
    expect([pointsOf('oxygen', { ...WELL, oxygen: 'oxygen' }), pointsOf('oxygen', { ...WELL, oxygen: 'air' })]).toEqual([2, 0]);
  });

  test.each([
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ] as const)('consciousness %s scores %i', (consciousness, points) => {
    expect(pointsOf('consciousness', { ...WELL, consciousness })).toBe(points);
  });

  test('all at their worst is 20, all well is 0', () => {
    const worst = { respirationRate: 30, spo2: 80, oxygen: 'oxygen', systolic: 70, pulse: 150, consciousness: 'U' } as const;
    expect(deriveScore('news2', given({ ...worst, temperature: 34 }))).toMatchObject({ total: 20, min: 20, max: 20 });
    expect(deriveScore('news2', given(WELL))).toMatchObject({ total: 0, singleParameter: false });
  });
});

describe('NEWS2, rounding', () => {
  test.each([
    ['temperature', 36.04, 1],
    ['temperature', 36.05, 0],
    ['temperature', 36.06, 0],
    ['temperature', 35.04, 3],
    ['temperature', 35.05, 1],
    ['temperature', 38.04, 0],
    ['temperature', 39.05, 2],
    ['spo2', 91.4, 3],
    ['spo2', 91.5, 2],
    ['pulse', 90.4, 0],
    ['pulse', 90.5, 1],
    ['respirationRate', 20.4, 0],
    ['respirationRate', 20.5, 2],
    ['systolic', 90.49, 3],
    ['systolic', 90.5, 2],
  ] as const)('%s %d is rounded half up to what is displayed and then scores %i', (part, value, points) => {
    expect(pointsOf(part, { ...WELL, [part]: value })).toBe(points);
  });
});

describe('NEWS2, what is missing', () => {
  test('a missing part leaves no total, only what it could add', () => {
    const { oxygen: _oxygen, consciousness: _consciousness, ...rest } = WELL;
    const score = deriveScore('news2', given({ ...rest, pulse: 135 }));
    expect(score).toMatchObject({ total: null, min: 3, max: 8, singleParameter: true });
    expect(evidenceParts(score.parts).find((p) => p.part === 'consciousness')).toEqual({
      part: 'consciousness',
      points: null,
      value: null,
      atMs: null,
      source: null,
    });
  });

  test('SpO2 above 92 on scale 2 is a range while nobody knows about oxygen, and one number below', () => {
    const { oxygen: _, ...rest } = WELL;
    const part = (spo2: number) =>
      deriveScore('news2', given({ ...rest, spo2 }, { spo2Scale: 2 })).parts.find((p) => p.part === 'spo2')!;
    expect(part(97)).toMatchObject({ points: null, min: 0, max: 3, value: 97 });
    expect(part(90)).toMatchObject({ points: 0, min: 0, max: 0 });
  });

  test('one parameter with 3 shows although the total is below 5', () => {
    expect(deriveScore('news2', given({ ...WELL, respirationRate: 8 }))).toMatchObject({ total: 3, singleParameter: true });
    expect(deriveScore('news2', given({ ...WELL, oxygen: 'oxygen', pulse: 91 }))).toMatchObject({
      total: 3,
      singleParameter: false,
    });
  });

  test('whatever is left out, the whole score lies in the range of the partial one', () => {
    const whole = fc.record({
      respirationRate: fc.integer({ min: 0, max: 60 }),
      spo2: fc.integer({ min: 60, max: 100 }),
      oxygen: fc.constantFrom('air' as const, 'oxygen' as const),
      systolic: fc.integer({ min: 40, max: 260 }),
      pulse: fc.integer({ min: 20, max: 220 }),
      consciousness: fc.constantFrom('A' as const, 'C' as const, 'V' as const, 'P' as const, 'U' as const),
      temperature: fc.integer({ min: 300, max: 420 }).map((tenths) => tenths / 10),
    });
    const scale = fc.constantFrom(1 as const, 2 as const);
    fc.assert(
      fc.property(whole, scale, fc.subarray(Object.keys(WELL) as Part[]), (all, spo2Scale, kept) => {
        const { total } = deriveScore('news2', given(all, { spo2Scale }));
        const partial = deriveScore('news2', given(Object.fromEntries(kept.map((k) => [k, all[k]])), { spo2Scale }));
        expect(total).not.toBeNull();
        expect(partial.min).toBeLessThanOrEqual(total!);
        expect(partial.max).toBeGreaterThanOrEqual(total!);
        expect(partial.total === null).toBe(kept.length < 7);
      }),
    );
  });
});

test.each([
  [0, false, 12],
  [1, false, 6],
  [4, false, 6],
  [3, true, 1],
  [5, false, 1],
  [9, true, 1],
])('a charted NEWS2 of %i (3 in one parameter: %s) stands for %i h', (total, single, hours) => {
  expect(news2DueAfterMs(total, single)).toBe(hours * 3_600_000);
});
