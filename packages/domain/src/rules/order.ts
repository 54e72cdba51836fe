import type { Rule, RuleExpression } from '@vigil/contracts';
import { namesIn } from './composite.js';

export interface Ordered {
  /** Each after everything that it looks at; otherwise as they stand in the rule set. */
  readonly runnable: readonly Rule[];
  /** Ids of those that need themselves, or something that no rule of the set is; and of doubles. */
  readonly leftOut: readonly string[];
}

/** `absent`: for other stays. `bad`: needs itself, or something that no rule of the set is. */
type Found = 'there' | 'absent' | 'bad';

/**
 * Rules in an order in which each comes after those that it looks at. An expression loses the rules that are for other stays; one of
 * which nothing is left is not for this one either. What needs a rule that can not run can not run.
 *
 * @param names ids of all rules of the set, those for other stays included
 */
export function inOrderOfNeed(rules: readonly Rule[], names: ReadonlySet<string>): Ordered {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const runnable: Rule[] = [];
  const found = new Map<string, Found>();
  const visit = (id: string): Found => {
    const rule = byId.get(id);
    if (rule === undefined) return names.has(id) ? 'absent' : 'bad';
    const known = found.get(id);
    if (known !== undefined) return known;
    // Until it is done, whoever needs it goes round in a circle.
    found.set(id, 'bad');
    const pruned = pruneRule(rule, visit, names);
    if (typeof pruned !== 'string') runnable.push(pruned);
    const result = typeof pruned === 'string' ? pruned : 'there';
    found.set(id, result);
    return result;
  };
  const leftOut = rules.filter((rule) => visit(rule.id) === 'bad' || byId.get(rule.id) !== rule).map((rule) => rule.id);
  return { runnable, leftOut };
}

function pruneRule(rule: Rule, visit: (id: string) => Found, names: ReadonlySet<string>): Rule | 'absent' | 'bad' {
  if (rule.kind === 'eventCount') {
    // What is no rule is a condition code, and those are always there.
    const found = names.has(rule.of) ? visit(rule.of) : 'there';
    return found === 'there' ? rule : found;
  }
  if (rule.kind !== 'composite') return rule;
  if (namesIn(rule.when).some((id) => visit(id) === 'bad')) return 'bad';
  const when = prune(rule.when, (id) => visit(id) === 'there');
  if (when === null) return 'absent';
  return when === rule.when ? rule : { ...rule, when };
}

function prune(expression: RuleExpression, isThere: (id: string) => boolean): RuleExpression | null {
  if ('rule' in expression) return isThere(expression.rule) ? expression : null;
  if ('not' in expression) {
    const not = prune(expression.not, isThere);
    return not === null ? null : not === expression.not ? expression : { not };
  }
  const parts = 'all' in expression ? expression.all : expression.any;
  const kept = parts.map((part) => prune(part, isThere)).filter((part) => part !== null);
  if (kept.length === 0) return null;
  if (kept.length === parts.length && kept.every((part, i) => part === parts[i])) return expression;
  return 'all' in expression ? { all: kept } : { any: kept };
}

/** The first cycle that is found, as the names along it; null where there is none. */
export function cycleIn(rules: readonly Rule[]): readonly string[] | null {
  const needs = new Map(rules.map((rule) => [rule.id, needsOf(rule)]));
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): readonly string[] | null => {
    if (done.has(id) || !needs.has(id)) return null;
    const at = path.indexOf(id);
    if (at >= 0) return [...path.slice(at), id];
    path.push(id);
    for (const other of needs.get(id)!) {
      const cycle = visit(other);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(id);
    return null;
  };
  for (const { id } of rules) {
    const cycle = visit(id);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Rules (or condition codes) that a rule looks at. */
export function needsOf(rule: Rule): readonly string[] {
  if (rule.kind === 'composite') return namesIn(rule.when);
  return rule.kind === 'eventCount' ? [rule.of] : [];
}
