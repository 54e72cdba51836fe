import type { CompositeRule, RuleExpression } from '@vigil/contracts';
import { type Answer, type RuleContext, type RuleDue, type RuleKind, UNKNOWN } from './evaluator.js';

/**
 * An expression over other rules, in three values: true, false, not known. Its delays count on the bed's own time.
 *
 * Asked after every event of the bed: that a value has grown too old, or that data are missing, is no event by itself.
 */
export const compositeKind: RuleKind<CompositeRule, null> = {
  inputs: ({ when }) => ({ rules: namesIn(when) }),
  memoryKey: ({ when }) => JSON.stringify(when),
  empty: () => null,
  ask({ when }, _, context) {
    const truth = truthOf(when, context);
    if (truth === null || truth === undefined) return UNKNOWN;
    return truth ? HOLDS : HOLDS_NOT;
  },
  due: () => ALWAYS,
  limit: () => null,
  evidence: ({ when }, _, __, context) => ({
    because: namesIn(when)
      .filter((id) => context.truth(id) === true)
      .slice(0, 32),
  }),
};

const ALWAYS: RuleDue = { clock: 'event', atMs: 0 };
const HOLDS: Answer = { holds: 'yes', value: null };
const HOLDS_NOT: Answer = { holds: 'no', value: null };

/** The rules that an expression names, each once, in order. */
export function namesIn(expression: RuleExpression): readonly string[] {
  const names = new Set<string>();
  walk(expression, names);
  return [...names];
}

function walk(expression: RuleExpression, names: Set<string>): void {
  if ('rule' in expression) names.add(expression.rule);
  else if ('not' in expression) walk(expression.not, names);
  else for (const part of 'all' in expression ? expression.all : expression.any) walk(part, names);
}

/**
 * Kleene's three-valued logic: not known and false is false, not known or true is true. A rule that is not for this stay is left
 * out, as if it were not written; of nothing there is nothing to say (undefined).
 */
export function truthOf(expression: RuleExpression, context: Pick<RuleContext, 'truth'>): boolean | null | undefined {
  if ('rule' in expression) return context.truth(expression.rule);
  if ('not' in expression) {
    const truth = truthOf(expression.not, context);
    return typeof truth === 'boolean' ? !truth : truth;
  }
  const isAll = 'all' in expression;
  let result: boolean | null | undefined;
  for (const part of isAll ? expression.all : expression.any) {
    const truth = truthOf(part, context);
    // One that is false decides `all`, one that is true decides `any`.
    if (truth === !isAll) return truth;
    if (truth === null) result = null;
    else if (truth !== undefined && result === undefined) result = truth;
  }
  return result;
}
