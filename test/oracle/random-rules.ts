import { type MetricName, RuleSet } from '@vigil/contracts';
import type { Dice } from './random-log.js';

/** Rules by chance, with short delays and windows, so that much happens in few minutes. Ids are shared between sets. */
export function randomRules(dice: Dice, metrics: readonly MetricName[]): RuleSet {
  const rules = [...metrics.flatMap((metric) => [...limits(dice, metric), ...means(dice, metric)]), ...noData(dice, metrics)];
  return RuleSet.parse({ v: 1, name: 'random', latenessMs: dice.of([0, 2_000, 5_000]), rules });
}

const priorities = ['low', 'medium', 'high'] as const;

function limits(dice: Dice, metric: MetricName): object[] {
  const delays = [0, 0, 1_000, 3_000, 10_000];
  return (['low', 'high'] as const).flatMap((side) =>
    [0, 1].slice(0, dice.below(3)).map((n) => ({
      ...{ kind: 'limit', id: `${metric}-${side}-${n}`, metric, side, priority: dice.of(priorities), source: 'test' },
      ...{ limit: (side === 'low' ? 88 : 96) + (side === 'low' ? -3 : 2) * n, hysteresis: dice.of([0, 1, 2]) },
      ...{ onDelayMs: dice.of(delays), offDelayMs: dice.of(delays) },
    })),
  );
}

function means(dice: Dice, metric: MetricName): object[] {
  if (!dice.chance(0.4)) return [];
  const side = dice.of(['low', 'high'] as const);
  const shape = { sizeMs: dice.of([5_000, 10_000, 30_000]), side, limit: side === 'low' ? 88 : 94 };
  const id = `${metric}-mean-${side}-${shape.sizeMs / 1_000}s`;
  const rule = { kind: 'windowMean', id, metric, priority: dice.of(priorities), source: 'test' };
  return [{ ...rule, ...shape, coveragePct: dice.of([20, 50, 100]) }];
}

function noData(dice: Dice, metrics: readonly MetricName[]): object[] {
  return [...metrics, 'any' as const]
    .filter(() => dice.chance(0.5))
    .map((metric) => ({
      ...{ kind: 'noData', id: `no-${metric.toLowerCase()}`, metric, intervals: dice.of([3, 5]), source: 'test' },
      ...{ transportMs: dice.of([4_000, 10_000]), priority: dice.of(priorities) },
    }));
}
