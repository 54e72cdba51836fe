import type { Rule, RuleExpression, RuleSet } from '@vigil/contracts';
import { type Answer, isLevelMet } from './answers.js';

export const codeOf = (rule: Rule): string => (rule.kind === 'limit' ? `${rule.metric}.${rule.side}` : rule.id);
export const raises = (rule: Rule): boolean => rule.raises !== false;

export const noDataCode = (rule: { readonly metric: string }): string =>
  rule.metric === 'any' ? 'noData' : `${rule.metric}.noData`;
export const metricOf = (rule: Rule): string | null => ('metric' in rule && rule.metric !== 'any' ? rule.metric : null);
/** The limit that an alarm of the rule shows. */
export function limitOf(rule: Rule): number | null {
  switch (rule.kind) {
    case 'window':
      return rule.limit;
    case 'rateOfChange':
      return rule.change;
    case 'eventCount':
    case 'score':
      return rule.atLeast;
    case 'baseline':
      return rule.z;
    default:
      return null;
  }
}

/** What a rule remembers is only good for another one that measures the same. */
export function shapeOf(rule: Rule): string {
  switch (rule.kind) {
    case 'window':
      return JSON.stringify([rule.metric, rule.window, rule.aggregate, rule.quantile]);
    case 'rateOfChange':
      return JSON.stringify([rule.metric, rule.direction, rule.overMs]);
    case 'eventCount':
      return rule.of;
    case 'score':
      return rule.basis;
    case 'baseline':
      return JSON.stringify([rule.metric, rule.recentMs, rule.baselineMs, rule.deviationMin]);
    default:
      return '';
  }
}

export function limitShown(
  rule: Rule,
  answers: readonly Answer[],
  priority: Rule['priority'],
  own: number | null,
): number | null {
  const levels = ('levels' in rule ? rule.levels : undefined) ?? [];
  const at = levels.findLastIndex((level, i) => level.priority === priority && isLevelMet(answers, level, i));
  return at < 0 ? own : (levels[at]!.limit ?? own);
}

export function shownValue(rule: Rule, value: number): number {
  if (rule.kind === 'window') return Math.round(value * 100) / 100;
  return rule.kind === 'rateOfChange' || rule.kind === 'baseline' ? Math.round(value * 10) / 10 : value;
}

export function namesIn(expression: RuleExpression): string[] {
  if ('rule' in expression) return [expression.rule];
  if ('not' in expression) return namesIn(expression.not);
  return ('all' in expression ? expression.all : expression.any).flatMap(namesIn);
}

/** Three values: true, false, null for not known; what is not for this stay (undefined) is left out. */
export function truthOf(
  expression: RuleExpression,
  truth: (id: string) => boolean | null | undefined,
): boolean | null | undefined {
  if ('rule' in expression) return truth(expression.rule);
  if ('not' in expression) {
    const inner = truthOf(expression.not, truth);
    return typeof inner === 'boolean' ? !inner : inner;
  }
  const isAll = 'all' in expression;
  const parts = (isAll ? expression.all : expression.any).map((part) => truthOf(part, truth)).filter((t) => t !== undefined);
  if (parts.length === 0) return undefined;
  if (parts.includes(!isAll)) return !isAll;
  return parts.includes(null) ? null : isAll;
}

/** A rule over technical rules and conditions alone is about devices. */
export function kindOf(rule: Rule, find: (id: string) => Rule | undefined): 'physiological' | 'technical' {
  // Rules of other stays are left out of an expression as if they were not written.
  const parts = rule.kind === 'composite' ? namesIn(rule.when).filter((id) => find(id) !== undefined) : [];
  const named = rule.kind === 'eventCount' ? [rule.of] : parts;
  const isTechnical = (name: string): boolean => {
    const other = find(name);
    return other === undefined
      ? name.endsWith('leadsOff') || name.endsWith('noData')
      : other.kind === 'noData' || kindOf(other, find) === 'technical';
  };
  return named.length > 0 && named.every(isTechnical) ? 'technical' : 'physiological';
}

/** What limits of one side share, and means of one side: an alarm, which is decided by all of them. */
const sharedBy = (rule: Rule): string | null =>
  rule.kind === 'limit' || rule.kind === 'windowMean' ? `${rule.kind} ${rule.metric} ${rule.side}` : null;

/** Rules by which others are hidden, with all that share their alarm and what they look at themselves; then the rest. */
export function stagesOf({ rules, suppressions = [] }: RuleSet): Rule[][] {
  const first = new Set<string>();
  const add = (id: string): void => {
    const rule = rules.find((r) => r.id === id);
    if (rule === undefined || first.has(id)) return;
    first.add(id);
    for (const other of rules) if (sharedBy(rule) !== null && sharedBy(other) === sharedBy(rule)) add(other.id);
    if (rule.kind === 'composite') for (const name of namesIn(rule.when)) add(name);
    if (rule.kind === 'eventCount') add(rule.of);
  };
  for (const { while: cause } of suppressions) if ('rule' in cause) add(cause.rule);
  return first.size === 0 ? [[...rules]] : [rules.filter((r) => first.has(r.id)), rules.filter((r) => !first.has(r.id))];
}
