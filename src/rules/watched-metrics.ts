import type { MetricName, Rule, RuleExpression, RuleSet } from '@vigil/contracts';
import type { WhoIsWatched } from '@vigil/domain';

/**
 * The metrics that a rule in force looks at for such a patient, so that some value of it raises an alarm: its own limit, or one that
 * another rule makes an alarm of. That it has stopped (`noData`) and that it counts in a score are not: neither says that this value
 * is too high or too low.
 */
export function watchedMetrics(ruleSet: RuleSet | null, who: WhoIsWatched, atMs: number): ReadonlySet<MetricName> {
  const rules = (ruleSet?.rules ?? []).filter((rule) => isMeantFor(rule, who, atMs));
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const metrics = new Set<MetricName>();
  const seen = new Set<string>();
  const look = (rule: Rule | undefined): void => {
    if (rule === undefined || seen.has(rule.id)) return;
    seen.add(rule.id);
    switch (rule.kind) {
      case 'limit':
      case 'windowMean':
      case 'window':
      case 'rateOfChange':
      case 'baseline':
        metrics.add(rule.metric);
        return;
      case 'eventCount':
        return look(byId.get(rule.of));
      case 'composite':
        for (const id of rulesIn(rule.when)) look(byId.get(id));
        return;
      case 'noData':
      case 'score':
        return;
    }
  };
  for (const rule of rules) if (rule.raises !== false) look(rule);
  return metrics;
}

function isMeantFor(rule: Rule, { ageGroup = 'adult', careUnitId }: WhoIsWatched, atMs: number): boolean {
  if ((rule.fromMs ?? 0) > atMs || (rule.toMs !== undefined && atMs >= rule.toMs)) return false;
  if (rule.ageGroups !== undefined && !rule.ageGroups.includes(ageGroup)) return false;
  return rule.careUnitIds === undefined || rule.careUnitIds.some((each) => each === careUnitId);
}

function rulesIn(expression: RuleExpression): readonly string[] {
  if ('rule' in expression) return [expression.rule];
  if ('not' in expression) return rulesIn(expression.not);
  return ('all' in expression ? expression.all : expression.any).flatMap(rulesIn);
}
