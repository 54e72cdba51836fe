import type { ScoreName } from '@vigil/contracts';
import { deriveScore } from './derive.js';
import { inDisplaySteps } from './display.js';
import { meanPressureOf, shockIndexOf } from './ratios.js';
import { given, type Plain, WELL } from './test-kit.js';

const pointsOf = (score: ScoreName, part: string, plain: Plain) =>
  deriveScore(score, given(plain)).parts.find((p) => p.part === part)!;

/** Typed from docs/clinical.md (b): part, points, first and last value of each band. */
const MEWS_CHART: readonly (readonly [keyof Plain, number, number, number])[] = [
  ['systolic', 3, 40, 70],
  ['systolic', 2, 71, 80],
  ['systolic', 1, 81, 100],
  ['systolic', 0, 101, 199],
  ['systolic', 2, 200, 280],
  ['pulse', 2, 20, 40],
  ['pulse', 1, 41, 50],
  ['pulse', 0, 51, 100],
  ['pulse', 1, 101, 110],
  ['pulse', 2, 111, 129],
  ['pulse', 3, 130, 250],
  ['respirationRate', 2, 1, 8],
  ['respirationRate', 0, 9, 14],
  ['respirationRate', 1, 15, 20],
  ['respirationRate', 2, 21, 29],
  ['respirationRate', 3, 30, 60],
  ['temperature', 2, 30, 34.9],
  ['temperature', 0, 35, 38.4],
  ['temperature', 2, 38.5, 42],
];

describe('MEWS', () => {
  test.each(MEWS_CHART)('%s scores %i from %d to %d', (part, points, from, to) => {
    for (const value of [from, to]) expect(pointsOf('mews', part, { ...WELL, [part]: value }).points).toBe(points);
  });

  test.each([
    ['A', 0],
    ['V', 1],
    ['P', 2],
    ['U', 3],
  ] as const)('consciousness %s scores %i', (consciousness, points) => {
    expect(pointsOf('mews', 'consciousness', { ...WELL, consciousness }).points).toBe(points);
  });

  test('new confusion is no level of AVPU: it leaves a range and no total', () => {
    const score = deriveScore('mews', given({ ...WELL, respirationRate: 12, consciousness: 'C' }));
    expect(score).toMatchObject({ total: null, min: 0, max: 1 });
  });
});

describe('qSOFA', () => {
  test.each([
    [{ ...WELL, respirationRate: 21, systolic: 101 }, 0],
    [{ ...WELL, respirationRate: 22 }, 1],
    [{ ...WELL, systolic: 100 }, 1],
    [{ ...WELL, consciousness: 'C' }, 1],
    [{ ...WELL, respirationRate: 30, systolic: 80, consciousness: 'U' }, 3],
  ] as const)('%j is %i', (plain, total) => {
    expect(deriveScore('qsofa', given(plain)).total).toBe(total);
  });
});

describe('SIRS', () => {
  test.each([
    [{ ...WELL, temperature: 38.0, pulse: 90, respirationRate: 21 }, 1, 2],
    [{ ...WELL, temperature: 38.1, pulse: 91, respirationRate: 21 }, 3, 4],
    [{ ...WELL, temperature: 35.9 }, 1, 3],
    [{ ...WELL, temperature: 36.0 }, 0, 2],
  ] as const)('%j is at least %i and at most %i, because nobody counted leucocytes', (plain, min, max) => {
    expect(deriveScore('sirs', given(plain))).toMatchObject({ total: null, min, max });
  });
});

/** First values of 0, 1, 2 and 4 points upwards and downwards, typed from docs/clinical.md (b). */
const PEWS_CHART = [
  ['0-3 mo', 'pulse', [111, 149], [150, 110], [180, 90], [190, 80]],
  ['3-12 mo', 'pulse', [101, 149], [150, 100], [170, 80], [180, 70]],
  ['1-4 y', 'pulse', [91, 119], [120, 90], [150, 70], [170, 60]],
  ['4-12 y', 'pulse', [71, 109], [110, 70], [130, 60], [151, 50]],
  ['>12 y', 'pulse', [61, 99], [100, 60], [120, 49], [140, 40]],
  ['0-3 mo', 'respirationRate', [30, 60], [61, 29], [81, 19], [91, 15]],
  ['3-12 mo', 'respirationRate', [25, 50], [51, 24], [71, 19], [81, 15]],
  ['1-4 y', 'respirationRate', [20, 40], [41, 19], [61, 15], [71, 12]],
  ['4-12 y', 'respirationRate', [20, 30], [31, 19], [41, 14], [51, 10]],
  ['>12 y', 'respirationRate', [12, 16], [17, 11], [23, 10], [30, 9]],
  ['0-3 mo', 'systolic', [61, 79], [80, 60], [100, 50], [130, 45]],
  ['3-12 mo', 'systolic', [81, 99], [100, 80], [120, 70], [150, 60]],
  ['1-4 y', 'systolic', [91, 109], [110, 90], [125, 75], [160, 65]],
  ['4-12 y', 'systolic', [91, 119], [120, 90], [140, 80], [170, 70]],
  ['>12 y', 'systolic', [101, 129], [130, 100], [150, 85], [190, 75]],
] as const;

describe('bedside PEWS (candidate bands)', () => {
  test.each(PEWS_CHART)('%s, %s', (age, part, ...columns) => {
    for (const [i, values] of columns.entries()) {
      for (const value of values) {
        const score = deriveScore('bedsidePews', given({ [part]: value }, { ageBands: [age] }));
        expect(score.parts.find((p) => p.part === part)!.points).toBe([0, 1, 2, 4][i]);
      }
    }
  });

  test('without an age a part is scored only where all ages agree', () => {
    const part = (pulse: number) => deriveScore('bedsidePews', given({ pulse })).parts[0];
    expect(part(105)).toMatchObject({ points: null, min: 0, max: 1 });
    expect(part(200)).toMatchObject({ points: 4 });
  });

  test('the parts that have no bands here are never taken as well', () => {
    const score = deriveScore('bedsidePews', given({ pulse: 130, respirationRate: 40, systolic: 70 }, { ageBands: ['0-3 mo'] }));
    expect(score).toMatchObject({ total: null, min: 0, max: 14 });
  });
});

describe('ratios', () => {
  test('the mean pressure is a third of the way up', () => {
    expect(meanPressureOf({ systolic: 120, diastolic: 75 })).toBe(90);
  });

  test('the shock index has two decimals, and none without a pressure', () => {
    expect([shockIndexOf({ pulse: 100, systolic: 90 }), shockIndexOf({ pulse: 70, systolic: 0 })]).toEqual([1.11, null]);
    expect(deriveScore('shockIndex', given({ pulse: 100, systolic: 80 }))).toMatchObject({ total: 1.25, min: 1.25, max: 1.25 });
    expect(deriveScore('shockIndex', given({ pulse: 100 }))).toMatchObject({ total: null, min: 0, max: 17.5 });
  });
});

test('a half goes up also where binary fractions fall short of it', () => {
  expect([36.05, 1.005, 37.949].map((v) => inDisplaySteps('temperature', v))).toEqual([361, 10, 379]);
});
