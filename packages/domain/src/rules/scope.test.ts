import type { LogEvent } from '@vigil/contracts';
import { emptyPartition } from '../state.js';
import { step } from '../step.js';
import { command, message, run, summary, tick } from '../test-kit.js';
import { assign } from '../test-kit.js';
import { activate, each, limit, msAt, runSet, type SaidRule, setOf, times } from './test-kit.js';

const adult = limit('hr-adult', 'heartRate', 'high', 120, { ageGroups: ['adult'] });
const child = limit('hr-child', 'heartRate', 'high', 160, { ageGroups: ['paediatric', 'neonate'] });
const icu = limit('hr-icu', 'heartRate', 'high', 130, { careUnitIds: ['icu'], priority: 'high' });

const stay = (atS: number, who: Record<string, unknown>, encounterId = 'e1'): LogEvent =>
  ({
    ...{
      ...command('x', atS),
      id: `stay/${atS}/${encounterId}`,
      kind: 'admit',
      bedId: 'icu-1',
      encounterId,
      patientId: `p-${encounterId}`,
    },
    ...who,
  }) as unknown as LogEvent;
const told = (atS: number, ageGroup: string): LogEvent =>
  ({ ...stay(atS, { ageGroup, by: 'amy' }), kind: 'stayProfileSet', id: `told/${atS}` }) as unknown as LogEvent;
const own = (high: number | null, toS: number, atS = 0): LogEvent =>
  ({
    ...{
      ...stay(atS, {}),
      kind: 'limitsSet',
      id: `own/${atS}/${high}`,
      metric: 'heartRate',
      low: null,
      high,
      reason: 'r',
      by: 'amy',
    },
    toMs: msAt(toS),
  }) as unknown as LogEvent;

function runStay(rules: readonly SaidRule[], events: readonly LogEvent[]): string[] {
  return summary(run([activate(setOf(rules)), assign('mon-1'), ...events], { check: true }).transitions);
}

describe('who a rule is for', () => {
  test('a stay has the rules of its age group; one that nobody told is an adult', () => {
    const log = each('heartRate', 1, [140, 170]);
    expect(runStay([adult, child], [stay(0, {}), ...log])).toEqual(['heartRate.high onset medium on @1']);
    expect(runStay([adult, child], [stay(0, { ageGroup: 'neonate' }), ...log])).toEqual(['heartRate.high onset medium on @2']);
  });

  test('rules of a care unit are for its beds alone', () => {
    const log = each('heartRate', 1, [140]);
    expect(runStay([icu], [stay(0, {}), ...log])).toEqual([]);
    expect(runStay([icu], [stay(0, { careUnitId: 'ward' }), ...log])).toEqual([]);
    expect(runStay([icu], [stay(0, { careUnitId: 'icu' }), ...log])).toEqual(['heartRate.high onset high on @1']);
  });

  test('telling the age group in between closes what its rules did not raise, and begins the others', () => {
    const log = [stay(0, {}), ...each('heartRate', 1, [140, 140]), told(3, 'paediatric'), ...each('heartRate', 4, [140, 170])];
    expect(runStay([adult, child], log)).toEqual([
      'heartRate.high onset medium on @1',
      'heartRate.high closed medium off @2',
      'heartRate.high onset medium on @5',
    ]);
  });

  test('a rule for both goes on with what it has learnt', () => {
    const mean = {
      ...{ kind: 'windowMean', id: 'mean', metric: 'heartRate', sizeMs: 20_000, side: 'high', limit: 100, coveragePct: 50 },
    };
    const rate = {
      kind: 'rateOfChange',
      id: 'jump',
      metric: 'heartRate',
      direction: 'rise',
      change: 50,
      unit: 'absolute',
      overMs: 30_000,
    };
    const log = [
      stay(0, {}),
      ...each('heartRate', 0, times(6, 110)),
      told(6, 'paediatric'),
      ...each('heartRate', 6, [...times(4, 110), 165]),
    ];
    expect(runStay([adult, mean, rate], log)).toEqual(['heartRate.mean-high onset medium on @9', 'jump onset medium on @10']);
  });
});

describe('effective dates', () => {
  const dated = (id: string, at: number, more: Record<string, unknown>): SaidRule => limit(id, 'heartRate', 'high', at, more);

  test('a rule decides nothing before its first date or from its last on, in event time', () => {
    const rules = [dated('hr', 120, { fromMs: msAt(5), toMs: msAt(10) })];
    expect(runStay(rules, [stay(0, {}), ...each('heartRate', 1, times(15, 140))])).toEqual([
      'heartRate.high onset medium on @5',
      'heartRate.high closed medium off @10',
    ]);
  });

  test('one that follows another without a pause takes its alarm over', () => {
    const rules = [dated('old', 120, { toMs: msAt(10) }), dated('new', 130, { fromMs: msAt(8), priority: 'high' })];
    expect(runStay(rules, [stay(0, {}), ...each('heartRate', 1, times(15, 140))])).toEqual([
      'heartRate.high onset medium on @1',
      'heartRate.high raised high on @8',
    ]);
  });

  test('the end of a rule needs no reading: a tick will do', () => {
    const rules = [dated('hr', 120, { toMs: msAt(5) })];
    const log = [stay(0, {}), ...each('heartRate', 1, [140]), ...[2, 3, 4, 5, 6].map((s) => tick(s))];
    expect(runStay(rules, log)).toEqual(['heartRate.high onset medium on @1', 'heartRate.high closed medium off @5']);
  });

  test('a device whose clock is behind brings no ended rule back', () => {
    const rules = [dated('hr', 120, { toMs: msAt(5) })];
    const log = [stay(0, {}), assign('slow'), ...each('heartRate', 1, times(8, 80))];
    expect(runStay(rules, [...log, message(4.5, { heartRate: 150 }, { deviceId: 'slow' })])).toEqual([]);
  });
});

describe("a patient's own limits", () => {
  const hr = limit('hr', 'heartRate', 'high', 120, { onDelayMs: 3_000 });

  test('fall back by themselves, and the readings after it are judged by the unit’s', () => {
    const { said, transitions, bed } = runSet(setOf([hr]), [own(150, 10), ...each('heartRate', 1, times(25, 140))]);
    expect(said).toEqual(['heartRate.high onset medium on @13']);
    expect(transitions[0]!.evidence.limit).toBe(120);
    expect(bed.overrides).toEqual({});
  });

  test('are gone from the state with the next tick, when no reading comes at that instant', () => {
    const ticks = Array.from({ length: 20 }, (_, i) => tick(2 + i));
    const { bed } = runSet(setOf([hr]), [own(150, 10), message(1, { heartRate: 140 }), ...ticks]);
    expect(bed.overrides).toEqual({});
  });

  test('that are set back to null mean the unit’s', () => {
    const log = [
      own(150, 100),
      ...each('heartRate', 1, times(3, 140)),
      own(null, 100, 4),
      ...each('heartRate', 5, times(5, 140)),
    ];
    expect(runSet(setOf([hr]), log).said).toEqual(['heartRate.high onset medium on @8']);
  });

  test('do not touch a limit that only other rules look at', () => {
    const helper = limit('fast', 'heartRate', 'high', 110, { raises: false });
    const rules = [hr, helper, { kind: 'composite', id: 'sign', when: { rule: 'fast' } }];
    expect(runSet(setOf(rules), [own(150, 100), ...each('heartRate', 1, times(8, 140))]).said).toEqual([
      'sign onset medium on @1',
    ]);
  });
});

describe('a patient who goes to another bed', () => {
  const parts = [
    limit('fast', 'heartRate', 'high', 120, { raises: false }),
    limit('panting', 'respirationRate', 'high', 30, { raises: false }),
  ];
  const both = { kind: 'composite', id: 'both', when: { all: [{ rule: 'fast' }, { rule: 'panting' }] }, onDelayMs: 5_000 };
  const ill = (fromS: number, n: number, more: object = {}): LogEvent[] =>
    Array.from({ length: n }, (_, i) => {
      const said = message(fromS + i, { heartRate: 135, respirationRate: 35 }, 'bedId' in more ? { deviceId: 'mon-2' } : {});
      return { ...said, ...more } as LogEvent;
    });
  const there = { key: 'bed:icu-2', bedId: 'icu-2' };
  /** What is said of the alarm on the new bed, which is of that care unit. */
  const moved = (rules: readonly SaidRule[], toCareUnitId: string): string[] => {
    const other = { ...assign('mon-2'), ...there } as LogEvent;
    const move = { ...stay(20, { toBedId: 'icu-2', toCareUnitId }), kind: 'transferOut', id: 'move' } as unknown as LogEvent;
    const first = [activate(setOf(rules)), assign('mon-1'), other, stay(0, { ageGroup: 'adult', careUnitId: 'icu' })];
    const { state, appends } = step(emptyPartition(), [...first, ...ill(0, 20), move]);
    return summary(step(state, [...appends, ...ill(21, 20, there)]).effects.map((each) => each.transition));
  };

  test('keeps the alarm and the delays of rules that are for an age: it neither ends nor pages anew', () => {
    expect(moved([...parts, { ...both, ageGroups: ['adult'] }], 'ward')).toEqual(['both carried medium on @20']);
  });

  test('leaves behind the alarm of a rule that is for the old care unit', () => {
    expect(moved([...parts, { ...both, careUnitIds: ['icu'] }], 'ward')).toEqual([
      'both carried medium on @20',
      'both closed medium off @20',
    ]);
  });
});
