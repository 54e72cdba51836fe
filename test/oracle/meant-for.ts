import type { AgeGroup, CareUnitId, Rule, RuleExpression, RuleSet } from '@vigil/contracts';

/** Who lies there, as far as rules ask. */
export interface Who {
  readonly ageGroup?: AgeGroup | undefined;
  readonly careUnitId?: CareUnitId | undefined;
}

/**
 * The rules that are for this stay at `atMs`: by age group (nobody told: an adult), care unit and dates, half open. What counts or
 * looks at rules of other stays alone is not for this one either, and a suppression needs the rule that it stands for.
 */
export function meantFor(ruleSet: RuleSet, who: Who, atMs: number): RuleSet {
  const isFor = (rule: Rule): boolean =>
    (rule.ageGroups ?? [who.ageGroup ?? 'adult']).includes(who.ageGroup ?? 'adult') &&
    (rule.careUnitIds === undefined || rule.careUnitIds.some((unit) => unit === who.careUnitId)) &&
    atMs >= (rule.fromMs ?? 0) &&
    atMs < (rule.toMs ?? Infinity);
  const isThere = (id: string): boolean => {
    const rule = ruleSet.rules.find((each) => each.id === id);
    if (rule === undefined || !isFor(rule)) return false;
    if (rule.kind === 'eventCount') return !ruleSet.rules.some((each) => each.id === rule.of) || isThere(rule.of);
    return rule.kind !== 'composite' || isAnyThere(rule.when);
  };
  const isAnyThere = (expression: RuleExpression): boolean => {
    if ('rule' in expression) return isThere(expression.rule);
    if ('not' in expression) return isAnyThere(expression.not);
    return ('all' in expression ? expression.all : expression.any).some(isAnyThere);
  };
  const rules = ruleSet.rules.filter(({ id }) => isThere(id));
  const suppressions = (ruleSet.suppressions ?? []).filter(({ while: cause }) => !('rule' in cause) || isThere(cause.rule));
  return { ...ruleSet, rules, suppressions };
}

/** Two sets that say the same for a stay: no rule of one is missing in the other. */
export const isSameFor = (a: RuleSet, b: RuleSet): boolean =>
  String(a.rules.map(({ id }) => id)) === String(b.rules.map(({ id }) => id));
