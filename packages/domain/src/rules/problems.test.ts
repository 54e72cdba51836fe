import { ruleSetProblems } from './problems.js';
import { limit, type SaidRule, setOf } from './test-kit.js';

const hr = limit('hr', 'heartRate', 'high', 120);
const problemsOf = (rules: readonly SaidRule[], more: Record<string, unknown> = {}): string[] =>
  ruleSetProblems(setOf(rules, more)).map(({ path, problem }) => `${path.join('.')}: ${problem}`);
const hide = (more: Record<string, unknown>): Record<string, unknown> => ({
  suppressions: [{ id: 's', while: { condition: 'heartRate.leadsOff' }, hides: ['hr'], releaseMs: 0, source: 't', ...more }],
});
const window = (more: Record<string, unknown>): SaidRule => ({
  ...{ kind: 'window', id: 'w', metric: 'heartRate', side: 'high', limit: 100, aggregate: 'mean', coveragePct: 50 },
  window: { type: 'tumbling', sizeMs: 60_000 },
  ...more,
});
const levelled = (levels: readonly object[], more: Record<string, unknown> = {}): SaidRule => ({ ...hr, levels, ...more });
const score = (more: Record<string, unknown>): SaidRule => ({
  kind: 'score',
  id: 's',
  score: 'news2',
  basis: 'charted',
  atLeast: 5,
  ...more,
});
const composite = (id: string, ...of: string[]): SaidRule => ({
  kind: 'composite',
  id,
  when: { all: of.map((rule) => ({ rule })) },
});

test('a set that fits together has no problems', () => {
  const rules = [
    ...[hr, limit('low', 'heartRate', 'low', 50), levelled([{ priority: 'high', limit: 140 }], { id: 'stepped' })],
    ...[composite('both', 'hr', 'low'), { kind: 'eventCount', id: 'again', of: 'spo2.leadsOff', withinMs: 60_000, atLeast: 3 }],
    window({ id: 'w2', window: { type: 'hopping', sizeMs: 60_000, hopMs: 20_000 }, aggregate: 'quantile', quantile: 0.9 }),
  ];
  expect(problemsOf(rules, hide({}))).toEqual([]);
});

describe.each<[what: string, rules: readonly SaidRule[], problem: RegExp, more?: object]>([
  [
    'a name that is no rule',
    [hr, composite('c', 'hrr')],
    /^rules\.1\.when: hrr is not the id of a rule of this set; did you mean hr\?$/,
  ],
  [
    'a count of what is neither a rule nor a condition',
    [{ kind: 'eventCount', id: 'n', of: 'spo3.low', withinMs: 60_000, atLeast: 2 }],
    /^rules\.0\.of: spo3\.low is not/,
  ],
  ['a cycle', [composite('a', 'b'), composite('b', 'c'), composite('c', 'a')], /need each other: a -> b -> c -> a/],
  ['a rule that counts itself', [{ kind: 'eventCount', id: 'a', of: 'a', withinMs: 60_000, atLeast: 2 }], /a -> a/],
  ['two rules of one id', [hr, { ...hr, side: 'low', limit: 40 }], /^rules\.1\.id: rule 1 has the id hr too/],
  ['an id that the platform uses', [{ ...window({}), id: 'notAccepted' }], /^rules\.0\.id: notAccepted is the name of an alarm/],
  ['an id that is the condition of a limit', [{ ...window({}), id: 'heartRate.high' }], /^rules\.0\.id: heartRate.high/],
  [
    'a limit that every value is beyond',
    [limit('l', 'heartRate', 'low', 400)],
    /^rules\.0\.limit: every reading would be an alarm/,
  ],
  ['a limit that no value is beyond', [limit('l', 'spo2', 'high', 100)], /^rules\.0\.limit: no reading could ever be an alarm/],
  ['low at high', [limit('l', 'heartRate', 'low', 120), hr], /^rules\.0\.limit: l \(120\) is not below hr \(120\)/],
  ['a number of a metric of codes', [limit('l', 'consciousness', 'low', 1)], /^rules\.0\.metric: consciousness has codes/],
  ['a quantile without a number', [window({ aggregate: 'quantile' })], /^rules\.0\.quantile: the aggregate quantile needs/],
  ['a number without a quantile', [window({ quantile: 0.9 })], /^rules\.0\.quantile: a quantile belongs to/],
  [
    'a window that is no multiple of its hop',
    [window({ window: { type: 'hopping', sizeMs: 60_000, hopMs: 25_000 } })],
    /^rules\.0\.window\.hopMs/,
  ],
  [
    'a session that is shorter than its pause',
    [window({ window: { type: 'session', sizeMs: 10_000, gapMs: 60_000 } })],
    /^rules\.0\.window\.gapMs/,
  ],
  ['a mean that no window can have', [window({ limit: 350 })], /^rules\.0\.limit: no reading could ever/],
  ['a count below zero', [window({ aggregate: 'count', limit: -1 })], /^rules\.0\.limit: count is never below zero/],
  [
    'a level that is not further out',
    [levelled([{ priority: 'high', limit: 110 }])],
    /^rules\.0\.levels\.0\.limit: goes the wrong way: has to be above 120/,
  ],
  ['a level that is not more urgent', [levelled([{ priority: 'medium', limit: 140 }])], /^rules\.0\.levels\.0\.priority/],
  ['a level that never comes', [levelled([{ priority: 'high' }])], /^rules\.0\.levels\.0: a level needs a limit or afterMs/],
  [
    'a level that is there at once',
    [levelled([{ priority: 'high', afterMs: 5_000 }], { onDelayMs: 10_000 })],
    /^rules\.0\.levels\.0\.afterMs: has to be later than 10000 ms/,
  ],
  ['a level beyond what can be', [levelled([{ priority: 'high', limit: 350 }])], /^rules\.0\.levels\.0\.limit: no reading/],
  [
    'an alarm that nothing ends',
    [{ ...limit('l', 'spo2', 'low', 95), hysteresis: 6 }],
    /^rules\.0\.hysteresis: no value could ever end/,
  ],
  ['dates the wrong way round', [{ ...hr, fromMs: 10, toMs: 10 }], /^rules\.0\.toMs: hr ends before it begins/],
  [
    'a change that can not be',
    [{ kind: 'rateOfChange', id: 'r', metric: 'spo2', direction: 'fall', change: 100, unit: 'absolute', overMs: 10_000 }],
    /^rules\.0\.change: spo2 can not change by more/,
  ],
  [
    'a fall by all of it',
    [{ kind: 'rateOfChange', id: 'r', metric: 'spo2', direction: 'fall', change: 100, unit: 'percent', overMs: 10_000 }],
    /^rules\.0\.change: a value can not fall/,
  ],
  [
    'a baseline as short as what is held against it',
    [
      {
        kind: 'baseline',
        id: 'b',
        metric: 'heartRate',
        side: 'both',
        z: 3,
        recentMs: 60_000,
        baselineMs: 60_000,
        coveragePct: 50,
        deviationMin: 2,
      },
    ],
    /^rules\.0\.baselineMs/,
  ],
  [
    'more onsets than are remembered',
    [hr, { kind: 'eventCount', id: 'e', of: 'hr', withinMs: 60_000, atLeast: 101 }],
    /^rules\.1\.atLeast: at most 100/,
  ],
  ['a total that everybody has', [score({ atLeast: 0 })], /^rules\.0\.atLeast: every patient/],
  ['a total that nobody can have', [score({ atLeast: 21 })], /^rules\.0\.atLeast: news2 is at most 20/],
  ['a single parameter elsewhere', [score({ score: 'qsofa', atLeast: 2, singleParameter: true })], /^rules\.0\.singleParameter/],
  [
    'rules that never meet',
    [
      { ...hr, ageGroups: ['neonate'] },
      { ...composite('c', 'hr'), ageGroups: ['adult'] },
    ],
    /^rules\.1\.when: none of these rules is for the age groups/,
  ],
  [
    'two of one silence',
    [
      { kind: 'noData', id: 'a', metric: 'any', intervals: 3, transportMs: 10_000 },
      { kind: 'noData', id: 'b', metric: 'any', intervals: 3, transportMs: 10_000 },
    ],
    /^rules\.1: a watches the silence of any/,
  ],
  [
    'nesting without end',
    [
      hr,
      {
        kind: 'composite',
        id: 'deep',
        when: Array.from({ length: 9 }).reduce<object>((inner) => ({ not: inner }), { rule: 'hr' }),
      },
    ],
    /^rules\.1\.when: deep nests deeper/,
  ],
  [
    'a suppression by nothing',
    [hr],
    /^suppressions\.0\.while\.condition: nothing is not the condition code/,
    hide({ while: { condition: 'nothing' } }),
  ],
  [
    'a suppression by standby',
    [hr],
    /^suppressions\.0\.while\.condition: a standby hides silence by itself, and never what is measured/,
    hide({ while: { condition: 'standby' } }),
  ],
  ['a suppression by no rule', [hr], /^suppressions\.0\.while\.rule: x is not the id/, hide({ while: { rule: 'x' } })],
  [
    'a suppression of no rule',
    [hr],
    /^suppressions\.0\.hides\.0: h is not the id of a rule of this set; did you mean hr\?/,
    hide({ hides: ['h'] }),
  ],
  [
    'a suppression of itself',
    [hr],
    /^suppressions\.0\.hides\.0: hr would hide what it is hidden by/,
    hide({ while: { rule: 'hr' } }),
  ],
  [
    'a suppression by its own alarm',
    [hr],
    /^suppressions\.0\.hides\.0: hr raises heartRate.high itself/,
    hide({ while: { condition: 'heartRate.high' } }),
  ],
  [
    'hidden silence',
    [{ kind: 'noData', id: 'hr', metric: 'any', intervals: 3, transportMs: 10_000 }],
    /^suppressions\.0\.hides\.0: hr tells of missing data/,
    hide({}),
  ],
])('%s', (_, rules, problem, more = {}) => {
  test('is said with where it is and what to change', () => {
    expect(problemsOf(rules, more as Record<string, unknown>)).toEqual([expect.stringMatching(problem)]);
  });
});

test('a low limit for one age group may be above the high one of another', () => {
  const rules = [
    limit('baby-low', 'heartRate', 'low', 130, { ageGroups: ['neonate'] }),
    limit('adult-high', 'heartRate', 'high', 120, { ageGroups: ['adult'] }),
  ];
  expect(problemsOf(rules)).toEqual([]);
});

test('a set that no log would take in one event is refused, however short its file is', () => {
  const careUnitIds = Array.from({ length: 50 }, (_, i) => `unit-with-a-rather-long-name-${i}`);
  const rules = Array.from({ length: 400 }, (_, i) => ({ ...hr, id: `hr-${i}`, careUnitIds }));
  expect(problemsOf(rules)).toContainEqual(expect.stringMatching(/^rules: the rules take \d+ bytes, more than 240000/));
  expect(problemsOf(rules.slice(0, 100))).toEqual([]);
});
