import type { LimitRule, MetricName, NoDataRule, RuleSet, WindowMeanRule } from '@vigil/contracts';

/** The rules of a set by what they look at, so that a reading meets only its own. Derived; never part of the state. */
export interface RuleIndex {
  readonly limits: ReadonlyMap<MetricName, { readonly low: readonly LimitRule[]; readonly high: readonly LimitRule[] }>;
  readonly windows: ReadonlyMap<MetricName, readonly WindowMeanRule[]>;
  readonly noData: ReadonlyMap<MetricName | 'any', NoDataRule>;
}

const indexes = new WeakMap<RuleSet, RuleIndex>();

export function indexRules(ruleSet: RuleSet): RuleIndex {
  const known = indexes.get(ruleSet);
  if (known !== undefined) return known;
  const limits = new Map<MetricName, { low: LimitRule[]; high: LimitRule[] }>();
  const windows = new Map<MetricName, WindowMeanRule[]>();
  const noData = new Map<MetricName | 'any', NoDataRule>();
  for (const rule of ruleSet.rules) {
    if (rule.kind === 'limit') {
      const sides = limits.get(rule.metric) ?? { low: [], high: [] };
      sides[rule.side].push(rule);
      limits.set(rule.metric, sides);
    } else if (rule.kind === 'windowMean') {
      windows.set(rule.metric, [...(windows.get(rule.metric) ?? []), rule]);
    } else if (rule.kind === 'noData') {
      noData.set(rule.metric, rule);
    }
  }
  const index = { limits, windows, noData };
  indexes.set(ruleSet, index);
  return index;
}
