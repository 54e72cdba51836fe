import fc from 'fast-check';
import type { LogEvent, RuleExpression } from '@vigil/contracts';
import { message, tick } from '../test-kit.js';
import { truthOf } from './composite.js';
import { each, limit, runSet, type SaidRule, setOf, times } from './test-kit.js';

const quiet = { raises: false };
const hr = limit('hr', 'heartRate', 'high', 110, quiet);
const rr = limit('rr', 'respirationRate', 'high', 22, quiet);
const over = (when: RuleExpression, more: Record<string, unknown> = {}): SaidRule => ({
  ...{ kind: 'composite', id: 'both', name: 'Two signs', when },
  ...more,
});
const both = over({ all: [{ rule: 'hr' }, { rule: 'rr' }] });

describe('composite', () => {
  test('holds while the expression is true, and says which rules made it', () => {
    const log = [
      message(0, { heartRate: 120, respirationRate: 18 }),
      message(1, { heartRate: 120, respirationRate: 30 }),
      message(2, { heartRate: 100, respirationRate: 30 }),
    ];
    const { said, transitions } = runSet(setOf([hr, rr, both]), log);
    expect(said).toEqual(['both onset medium on @1', 'both end medium off @2']);
    expect(transitions[0]).toMatchObject({ ruleId: 'both', kind: 'physiological', metric: null });
    expect(transitions[0]!.evidence).toMatchObject({ because: ['hr', 'rr'], label: 'Two signs' });
  });

  test('a rule that raises nothing itself raises nothing', () => {
    expect(runSet(setOf([hr, rr]), [message(0, { heartRate: 150, respirationRate: 40 })]).said).toEqual([]);
  });

  test('what is not known raises nothing: a metric that was never there, or whose value is old', () => {
    const either = over({ all: [{ rule: 'hr' }, { not: { rule: 'rr' } }] });
    expect(runSet(setOf([hr, rr, either]), each('heartRate', 0, times(5, 120))).said).toEqual([]);
    const once = [message(0, { respirationRate: 12, heartRate: 80 }), ...each('heartRate', 1, times(11, 80))];
    expect(runSet(setOf([hr, rr, either]), [...once, ...each('heartRate', 12, times(9, 120))]).said).toEqual([]);
    expect(runSet(setOf([hr, rr, either]), [...once, message(12, { respirationRate: 12, heartRate: 120 })]).said).toEqual([
      'both onset medium on @12',
    ]);
  });

  test('what is not known any more ends nothing', () => {
    const log = [message(0, { heartRate: 120, respirationRate: 30 }), ...each('heartRate', 1, times(30, 120))];
    expect(runSet(setOf([hr, rr, both]), log).said).toEqual(['both onset medium on @0']);
    const known = [...log, message(31, { heartRate: 120, respirationRate: 12 })];
    expect(runSet(setOf([hr, rr, both]), known).said.at(-1)).toBe('both end medium off @31');
  });

  test('its delays pass without another reading of the rule that began, also by ticks', () => {
    const slow = over({ rule: 'hr' }, { onDelayMs: 5_000, offDelayMs: 3_000 });
    const log = [message(0, { heartRate: 120 }), ...each('spo2', 1, times(8, 97)), message(9, { heartRate: 80 })];
    expect(runSet(setOf([hr, slow]), [...log, ...each('spo2', 10, times(5, 97))]).said).toEqual([
      'both onset medium on @5',
      'both end medium off @12',
    ]);
    expect(runSet(setOf([hr, slow]), [message(0, { heartRate: 120 }), ...[1, 2, 3, 4, 5].map((s) => tick(s))]).said).toEqual([
      'both onset medium on @5',
    ]);
  });

  test('a delay does not run on while it is not known whether the condition holds', () => {
    const slow = over({ rule: 'hr' }, { onDelayMs: 15_000 });
    const log: LogEvent[] = [message(0, { heartRate: 120 }), ...each('spo2', 1, times(18, 97))];
    expect(runSet(setOf([hr, slow]), [...log, ...each('heartRate', 19, times(10, 120))]).said).toEqual([]);
  });

  test('rules are decided before those that need them, in whichever order they are written', () => {
    const outer = { kind: 'composite', id: 'outer', when: { not: { rule: 'inner' } } };
    const inner = { kind: 'composite', id: 'inner', when: { rule: 'hr' }, raises: false };
    const log = [message(0, { heartRate: 120 }), message(1, { heartRate: 80 }), message(2, { heartRate: 120 })];
    const expected = ['outer onset medium on @1', 'outer end medium off @2'];
    expect(runSet(setOf([outer, inner, hr]), log).said).toEqual(expected);
    expect(runSet(setOf([hr, inner, outer]), log).said).toEqual(expected);
  });

  test('one over technical rules alone is a technical alarm', () => {
    const silence = { kind: 'noData', id: 'no-hr', metric: 'heartRate', intervals: 3, transportMs: 10_000, raises: false };
    const { said, transitions } = runSet(setOf([silence, over({ rule: 'no-hr' })]), [
      message(0, { heartRate: 80 }),
      ...each('spo2', 1, times(15, 97)),
    ]);
    expect(said).toEqual(['both onset medium on @11']);
    expect(transitions[0]!.kind).toBe('technical');
  });

  test('rules that need each other do not run, and the others do', () => {
    const a = { kind: 'composite', id: 'a', when: { any: [{ rule: 'b' }, { rule: 'hr' }] } };
    const b = { kind: 'composite', id: 'b', when: { any: [{ rule: 'a' }, { rule: 'hr' }] } };
    const { said } = runSet(setOf([a, b, limit('hr', 'heartRate', 'high', 110)]), [message(0, { heartRate: 120 })]);
    expect(said).toEqual(['heartRate.high onset medium on @0']);
  });
});

describe('three values', () => {
  const value = fc.constantFrom(true, false, null);
  const leaves = ['a', 'b', 'c'];
  const { tree } = fc.letrec<{ tree: RuleExpression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...leaves).map((rule): RuleExpression => ({ rule })),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all): RuleExpression => ({ all })),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any): RuleExpression => ({ any })),
      tie('tree').map((not): RuleExpression => ({ not })),
    ),
  }));

  test('an answer is given only where every way that the unknown could turn out agrees with it', () => {
    fc.assert(
      fc.property(tree, fc.tuple(value, value, value), (expression, values) => {
        const truth = truthOf(expression, { truth: (id) => values[leaves.indexOf(id)] });
        if (truth === null || truth === undefined) return;
        for (let bits = 0; bits < 8; bits++) {
          const filled = values.map((v, i) => v ?? (bits & (1 << i)) !== 0);
          expect(truthOf(expression, { truth: (id) => filled[leaves.indexOf(id)] })).toBe(truth);
        }
      }),
    );
  });

  test.each([
    ['all', [null, false], false],
    ['all', [null, true], null],
    ['any', [null, true], true],
    ['any', [null, false], null],
  ] as const)('%s of %j is %s', (word, values, expected) => {
    const parts = values.map((_, i) => ({ rule: String(i) }));
    const expression = word === 'all' ? { all: parts } : { any: parts };
    expect(truthOf(expression, { truth: (id) => values[Number(id)] })).toBe(expected);
  });

  test('a rule that is not for this stay is as if it were not written', () => {
    const only = { truth: (id: string): boolean | undefined => (id === 'here' ? true : undefined) };
    expect(truthOf({ all: [{ rule: 'away' }, { rule: 'here' }] }, only)).toBe(true);
    expect(truthOf({ not: { rule: 'away' } }, only)).toBeUndefined();
  });
});
