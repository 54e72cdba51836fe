import type { LimitRule, MetricName, RuleSet } from '@vigil/contracts';
import fc from 'fast-check';
import { bandNow, bandProblems, isWider, unitBands } from './stay-limits.js';

const rule = (side: 'low' | 'high', limit: number, more: Partial<LimitRule> = {}): LimitRule => ({
  ...{ kind: 'limit', id: `r-${side}-${limit}`, metric: 'heartRate', side, limit, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 },
  ...{ priority: 'medium', source: 'test', ...more },
});
const set = (...rules: LimitRule[]): RuleSet => ({ v: 2, name: 'test', latenessMs: 0, rules });
const band = (ruleSet: RuleSet, who = {}, atMs = 0, metric: MetricName = 'heartRate') =>
  unitBands(ruleSet, who, atMs).get(metric);
const unit = { low: 50, high: 120, urgentLow: 40, urgentHigh: null };

describe('unitBands', () => {
  test('shows the limit that is met first, and the nearest of high priority', () => {
    const ruleSet = set(rule('low', 50), rule('low', 40, { priority: 'high' }), rule('high', 120), rule('high', 130));
    expect(band(ruleSet)).toEqual({ low: 50, high: 120, urgentLow: 40, urgentHigh: null });
  });

  test('of several of high priority the nearest counts, on each side; without rules there is nothing', () => {
    const urgent = { priority: 'high' as const };
    const ruleSet = set(rule('low', 40, urgent), rule('low', 45, urgent), rule('high', 150, urgent), rule('high', 140, urgent));
    expect(band(ruleSet)).toEqual({ low: 45, high: 140, urgentLow: 45, urgentHigh: 140 });
    expect(unitBands(null, {}, 0).size).toBe(0);
    const mean = { kind: 'noData', id: 'n', metric: 'any', intervals: 3, transportMs: 0, priority: 'low', source: 'x' } as const;
    expect(unitBands({ ...set(), rules: [mean] }, {}, 0).size).toBe(0);
  });

  test('a level of high priority is a limit of high priority', () => {
    const levels = [{ priority: 'high' as const, limit: 150 }];
    expect(band(set(rule('high', 120, { levels })))).toMatchObject({ high: 120, urgentHigh: 150 });
    expect(band(set(rule('high', 120, { levels: [{ priority: 'high', afterMs: 60_000 }] })))).toMatchObject({ urgentHigh: 120 });
    expect(band(set(rule('high', 120, { levels: [{ priority: 'medium', limit: 130 }] })))).toMatchObject({ urgentHigh: null });
  });

  test.each([
    ['a neonate, of rules for neonates', { ageGroup: 'neonate' }, { ageGroups: ['neonate'] }, true],
    ['nobody knows whom, of rules for adults', {}, { ageGroups: ['adult'] }, true],
    ['nobody knows whom, of rules for neonates', {}, { ageGroups: ['neonate'] }, false],
    ['in the unit that the rule names', { careUnitId: 'icu' }, { careUnitIds: ['icu'] }, true],
    ['in another unit', { careUnitId: 'imc' }, { careUnitIds: ['icu'] }, false],
    ['in no unit that is known', {}, { careUnitIds: ['icu'] }, false],
    ['before the rule begins', {}, { fromMs: 101 }, false],
    ['when the rule begins', {}, { fromMs: 100 }, true],
    ['when the rule ends', {}, { toMs: 100 }, false],
    ['a rule that raises nothing itself', {}, { raises: false }, false],
  ] as const)('of a patient: %s', (_name, who, more, isThere) => {
    expect(band(set(rule('high', 120, more as never)), who, 100) !== undefined).toBe(isThere);
  });
});

describe('bandNow', () => {
  const own = { metric: 'heartRate' as const, low: 55, high: null, toMs: 10 };
  test('the stay’s own hold until their end, each side for itself', () => {
    expect(bandNow(unit, own, 9)).toEqual({ low: 55, high: 120, isOwn: true });
    expect(bandNow(unit, own, 10)).toEqual({ low: 50, high: 120, isOwn: false });
    expect(bandNow(unit, { ...own, low: null }, 9)).toEqual({ low: 50, high: 120, isOwn: false });
    expect(bandNow(unit, undefined, 9)).toEqual({ low: 50, high: 120, isOwn: false });
  });
});

describe('isWider', () => {
  test.each([
    [50, 120, false],
    [51, 119, false],
    [49, null, true],
    [null, 121, true],
    [null, null, false],
  ])('%s to %s, of a unit with 50 to 120: %s', (low, high, wider) => {
    expect(isWider({ low, high }, unit)).toBe(wider);
  });
});

describe('bandProblems', () => {
  const sides = (low: number | null, high: number | null, of: typeof unit | undefined = unit) =>
    bandProblems('heartRate', { low, high }, of).map(({ side }) => side);
  test.each([
    ['what the unit has', 50, 120, []],
    ['wider, and still an alarm', 30, 180, []],
    ['nothing plausible below', 0, null, ['low']],
    ['nothing plausible above', null, 350, ['high']],
    ['next to nothing of a limit of high priority', 17, null, ['low']],
    ['a twentieth of it', 17.5, null, []],
    ['next to nothing of another limit', null, 349, []],
    ['low at high', 100, 100, ['both']],
    ['low above the unit’s high', 121, null, ['both']],
    ['neither side', null, null, ['both']],
  ])('%s', (_name, low, high, expected) => {
    expect(sides(low, high)).toEqual(expected);
  });

  test('a metric with a limit on one side takes one on that side', () => {
    const lowOnly = { low: 90, high: null, urgentLow: null, urgentHigh: null };
    const highOnly = { low: null, high: 120, urgentLow: null, urgentHigh: 150 };
    expect(bandProblems('spo2', { low: 85, high: null }, lowOnly)).toEqual([]);
    expect(bandProblems('heartRate', { low: null, high: 130 }, highOnly)).toEqual([]);
    expect(bandProblems('heartRate', { low: 20, high: null }, highOnly).map(({ side }) => side)).toEqual(['low']);
    expect(bandProblems('heartRate', { low: null, high: 340 }, highOnly).map(({ side }) => side)).toEqual(['high']);
    expect(bandProblems('heartRate', { low: null, high: -1 }, highOnly).map(({ side }) => side)).toEqual(['high']);
    expect(isWider({ low: 1, high: null }, highOnly)).toBe(false);
    expect(isWider({ low: null, high: 1 }, lowOnly)).toBe(false);
    // No rule looks at that side (any more): it is not shown as a limit.
    expect(bandNow(lowOnly, { metric: 'spo2', low: null, high: 99, toMs: 1 }, 0)).toEqual({ low: 90, high: null, isOwn: false });
    expect(bandNow(highOnly, { metric: 'spo2', low: 88, high: 98, toMs: 1 }, 0)).toMatchObject({
      low: null,
      high: 98,
      isOwn: true,
    });
  });

  test('no unit’s limit, no limit of a stay', () => {
    expect(bandProblems('heartRate', { low: 50, high: null }, undefined)).toHaveLength(1);
    expect(sides(null, 100, { ...unit, high: null as never })).toContain('high');
    expect(bandProblems('consciousness', { low: 1, high: null }, unit)).toHaveLength(1);
  });

  test('whatever is let through leaves plausible values on its far side', () => {
    const value = fc.option(fc.double({ min: -10, max: 400, noNaN: true }));
    fc.assert(
      fc.property(value, value, (low, high) => {
        if (bandProblems('heartRate', { low, high }, unit).length > 0) return;
        const now = bandNow(unit, { metric: 'heartRate', low, high, toMs: 1 }, 0);
        expect(now.low).toBeGreaterThan(0);
        expect(now.high).toBeLessThan(350);
        expect(now.low).toBeLessThan(now.high!);
      }),
    );
  });
});
