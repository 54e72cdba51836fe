import { type MetricName, RuleSet } from '@vigil/contracts';
import { type Dice, EPOCH_MS } from './dice.js';

/** Rules by chance, with short delays and windows, so that much happens in few minutes. Ids are shared between sets. */
export function randomRules(dice: Dice, metrics: readonly MetricName[], v: 1 | 2): RuleSet {
  const simple = [...metrics.flatMap((metric) => [...limits(dice, metric, v), ...means(dice, metric)]), ...noData(dice, metrics)];
  if (v === 1) return RuleSet.parse({ v, name: 'random', latenessMs: dice.of(LATENESS), rules: simple });
  const measured = metrics.flatMap((metric) => [...windows(dice, metric), ...rates(dice, metric), ...baselines(dice, metric)]);
  const below = [...simple, ...measured, ...scores(dice)] as { id: string }[];
  const all = [...below, ...counts(dice, below, metrics), ...composites(dice, below)] as { id: string }[];
  const rules = dice.chance(0.4) ? all.map((rule) => (dice.chance(0.4) ? { ...rule, ...whoFor(dice) } : rule)) : all;
  return RuleSet.parse({
    v,
    name: 'random',
    latenessMs: dice.of(LATENESS),
    rules,
    suppressions: suppressions(dice, rules, metrics),
  });
}

/** For some patients only, or for some time. */
function whoFor(dice: Dice): object {
  const atMs = EPOCH_MS + (10 + dice.below(150)) * 1_000;
  return dice.of([
    { ageGroups: dice.of([['adult'], ['paediatric', 'neonate'], ['adult', 'neonate']]) },
    { careUnitIds: dice.of([['icu'], ['imc', 'ward'], ['ward']]) },
    { fromMs: atMs },
    { toMs: atMs },
    { fromMs: atMs, toMs: atMs + 40_000, ageGroups: ['adult'] },
  ]);
}

const LATENESS = [0, 2_000, 5_000];
const priorities = ['low', 'medium', 'high'] as const;

function limits(dice: Dice, metric: MetricName, v: 1 | 2): object[] {
  const delays = [0, 0, 1_000, 3_000, 10_000];
  return (['low', 'high'] as const).flatMap((side) =>
    [0, 1].slice(0, dice.below(3)).map((n) => ({
      ...{ kind: 'limit', id: `${metric}-${side}-${n}`, metric, side, priority: dice.of(priorities), source: 'test' },
      ...{ limit: (side === 'low' ? 88 : 96) + (side === 'low' ? -3 : 2) * n, hysteresis: dice.of([0, 1, 2]) },
      ...{ onDelayMs: dice.of(delays), offDelayMs: dice.of(delays) },
      ...(v === 2 && n === 0 ? { levels: levels(dice, side === 'low' ? 86 : 99) } : {}),
      ...(v === 2 && dice.chance(0.1) ? { raises: false } : {}),
    })),
  );
}

function means(dice: Dice, metric: MetricName): object[] {
  if (!dice.chance(0.4)) return [];
  const side = dice.of(['low', 'high'] as const);
  const shape = { sizeMs: dice.of([5_000, 10_000, 30_000]), side, limit: side === 'low' ? 88 : 94 };
  const id = `${metric}-mean-${side}-${shape.sizeMs / 1_000}s`;
  const rule = { kind: 'windowMean', id, metric, priority: dice.of(priorities), source: 'test' };
  const one = { ...rule, ...shape, coveragePct: dice.of([20, 50, 100]) };
  if (!dice.chance(0.3)) return [one];
  return [one, { ...one, id: `${id}-too`, priority: dice.of(priorities), sizeMs: 15_000, limit: side === 'low' ? 86 : 97 }];
}

function noData(dice: Dice, metrics: readonly MetricName[]): object[] {
  return [...metrics, 'any' as const]
    .filter(() => dice.chance(0.5))
    .map((metric) => ({
      ...{ kind: 'noData', id: `no-${metric.toLowerCase()}`, metric, intervals: dice.of([3, 5]), source: 'test' },
      ...{ transportMs: dice.of([4_000, 10_000]), priority: dice.of(priorities) },
    }));
}

/** Always two: a level that comes or goes with a rule set begins anew, and that is not what is tried here. */
function levels(dice: Dice, limit: number): object[] {
  return [
    { priority: dice.of(priorities), limit },
    { priority: dice.of(priorities), afterMs: dice.of([5_000, 20_000]) },
  ];
}

const delays = (dice: Dice): object => ({ onDelayMs: dice.of([0, 0, 3_000]), offDelayMs: dice.of([0, 0, 4_000]) });

function windows(dice: Dice, metric: MetricName): object[] {
  if (!dice.chance(0.5)) return [];
  const side = dice.of(['low', 'high'] as const);
  const sizeMs = dice.of([5_000, 10_000, 20_000]);
  const window = dice.of([
    { type: 'tumbling', sizeMs },
    { type: 'hopping', sizeMs, hopMs: dice.of([2_000, 5_000]) },
    { type: 'sliding', sizeMs: dice.of([sizeMs, 70_000]) },
    { type: 'session', sizeMs: 2 * sizeMs, gapMs: dice.of([1_000, 2_000, 4_500]) },
  ]);
  const aggregate = dice.of(AGGREGATES);
  const limits: Record<string, number> = {
    range: 8,
    count: 4,
    sum: (sizeMs / 1_000) * 60,
    variance: 9.03,
    standardDeviation: 3.03,
  };
  // A slope is no whole number of steps: a limit that none can be equal to.
  const limit = { ...limits, slope: side === 'low' ? -30.013 : 30.013 }[aggregate as string] ?? (side === 'low' ? 89 : 93);
  const rule = { kind: 'window', id: `${metric}-window`, metric, window, aggregate, side, limit, hysteresis: dice.of([0, 1]) };
  const more = { coveragePct: dice.of([20, 50, 100]), priority: dice.of(priorities), source: 'test', ...delays(dice) };
  const quantile = aggregate === 'quantile' ? { quantile: dice.of([0.1, 0.9]) } : {};
  return [{ ...rule, ...more, ...quantile, levels: levels(dice, side === 'low' ? limit - 2 : limit + 2) }];
}

const AGGREGATES = [
  ...(['mean', 'min', 'max', 'range', 'median', 'sum', 'count'] as const),
  ...(['variance', 'standardDeviation', 'quantile', 'first', 'last', 'slope'] as const),
];

function baselines(dice: Dice, metric: MetricName): object[] {
  if (!dice.chance(0.3)) return [];
  const rule = { kind: 'baseline', id: `${metric}-unusual`, metric, side: dice.of(['low', 'high', 'both']), source: 'test' };
  const times = {
    recentMs: dice.of([5_000, 12_000, 60_000]),
    baselineMs: dice.of([60_000, 90_000]),
    coveragePct: dice.of([5, 40]),
  };
  const z = dice.of([0.5, 1, 2]);
  const far = { z, deviationMin: dice.of([0.1, 2, 6]), levels: levels(dice, z + 0.5) };
  return [{ ...rule, ...times, ...far, ...delays(dice), priority: dice.of(priorities) }];
}

function scores(dice: Dice): object[] {
  return (['estimate', 'charted'] as const)
    .filter(() => dice.chance(0.4))
    .map((basis) => {
      const atLeast = dice.of([3, 5, 7]);
      const rule = { kind: 'score', id: `news2-${basis}`, score: 'news2', basis, atLeast, source: 'test' };
      const more = { ...delays(dice), priority: dice.of(priorities), levels: levels(dice, atLeast + 2) };
      return { ...rule, ...more, ...(dice.chance(0.4) ? { singleParameter: true } : {}) };
    });
}

function rates(dice: Dice, metric: MetricName): object[] {
  if (!dice.chance(0.4)) return [];
  const rule = { kind: 'rateOfChange', id: `${metric}-rate`, metric, direction: dice.of(['rise', 'fall']), source: 'test' };
  const change = { change: dice.of([3, 5, 8]), unit: dice.of(['absolute', 'percent']), overMs: dice.of([5_000, 20_000, 60_000]) };
  return [{ ...rule, ...change, ...delays(dice), priority: dice.of(priorities), levels: levels(dice, 10) }];
}

function counts(dice: Dice, rules: readonly { id: string }[], metrics: readonly MetricName[]): object[] {
  if (rules.length === 0 || !dice.chance(0.7)) return [];
  const of = dice.chance(0.3) ? `${dice.of(metrics)}.leadsOff` : dice.of(rules).id;
  const [withinMs, atLeast] = [dice.of([20_000, 60_000, 600_000]), dice.of([2, 2, 3])];
  const rule = { kind: 'eventCount', id: `again-${withinMs / 1_000}s-${atLeast}`, of, withinMs, atLeast };
  return [{ ...rule, ...delays(dice), priority: dice.of(priorities), source: 'test' }];
}

function composites(dice: Dice, rules: readonly { id: string }[]): object[] {
  if (rules.length < 3 || !dice.chance(0.6)) return [];
  const rule = (): object => ({ rule: dice.of(rules).id });
  const when = dice.of([
    { all: [rule(), rule()] },
    { any: [rule(), rule()] },
    { all: [rule(), { not: rule() }] },
    { any: [{ all: [rule(), rule()] }, { not: rule() }] },
  ]);
  return [{ kind: 'composite', id: 'both', when, ...delays(dice), priority: dice.of(priorities), source: 'test' }];
}

function suppressions(dice: Dice, rules: readonly { id: string }[], metrics: readonly MetricName[]): object[] {
  if (rules.length < 3 || !dice.chance(0.4)) return [];
  const cause = dice.chance(0.6) ? { condition: `${dice.of(metrics)}.leadsOff` } : { rule: dice.of(rules).id };
  const hides = [...new Set([dice.of(rules).id, dice.of(rules).id])].filter((id) => !('rule' in cause) || cause.rule !== id);
  if (hides.length === 0) return [];
  return [{ id: 'quiet', while: cause, hides, releaseMs: dice.of([0, 5_000]), source: 'test' }];
}
