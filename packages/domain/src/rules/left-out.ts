import type { Rule, RuleSet } from '@vigil/contracts';
import { inOrderOfNeed, needsOf } from './order.js';

/** Something of a rule set that raises nothing although it stands there. */
export interface LeftOut {
  readonly part: 'rule' | 'suppression';
  readonly id: string;
  /** Why, in words for whoever mends the file. */
  readonly reason: string;
}

/**
 * What of a set the engine leaves out. Empty for each set that passes `ruleSetProblems`; one on the log may be of before a check that
 * came later, or of another version. A rule of which nobody knows that it does not run is worse than none.
 */
export function leftOutOf({ rules, suppressions = [] }: RuleSet): readonly LeftOut[] {
  const names = new Set(rules.map((rule) => rule.id));
  const { runnable, leftOut } = inOrderOfNeed(rules, names);
  const runs = new Set(runnable.map((rule) => rule.id));
  const out = leftOut.map((id): LeftOut => ({ part: 'rule', id, reason: whyNot(id, rules, runs) }));
  for (const { id, while: cause } of suppressions) {
    if (!('rule' in cause) || runs.has(cause.rule)) continue;
    out.push({ part: 'suppression', id, reason: `hides while ${cause.rule} holds, which is no rule that can run` });
  }
  return out;
}

function whyNot(id: string, rules: readonly Rule[], runs: ReadonlySet<string>): string {
  // A double: the last rule of an id is the one that runs.
  if (runs.has(id)) return 'another rule of the set has the same id, and runs in its place';
  const needs = rules.filter((rule) => rule.id === id).flatMap(needsOf);
  if (isInCircle(id, rules)) return `needs itself, by way of ${needs.join(', ')}`;
  const missing = needs.filter((each) => !rules.some((rule) => rule.id === each));
  if (missing.length > 0) return `names ${missing.join(', ')}, which is no rule of the set`;
  return `needs ${needs.filter((each) => !runs.has(each)).join(', ')}, which can not run`;
}

function isInCircle(id: string, rules: readonly Rule[]): boolean {
  const needs = new Map(rules.map((rule) => [rule.id, needsOf(rule)]));
  const seen = new Set<string>();
  const open = [...(needs.get(id) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === id) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return false;
}
