import type { Rule } from '@vigil/contracts';
import { baselineKind } from './baseline.js';
import { compositeKind } from './composite.js';
import type { RuleKind } from './evaluator.js';
import { eventCountKind } from './event-count.js';
import { rateOfChangeKind } from './rate-of-change.js';
import { scoreKind } from './score.js';
import { windowKind } from './window.js';

/** Any rule with the memory of its kind, whatever that is. */
export type AnyRuleKind = RuleKind<Rule, unknown>;

/** The kinds that measure by themselves. `limit`, `windowMean` and `noData` are older and stand in files of their own. */
const KINDS: Partial<Record<Rule['kind'], AnyRuleKind>> = {
  rateOfChange: rateOfChangeKind as unknown as AnyRuleKind,
  baseline: baselineKind as unknown as AnyRuleKind,
  eventCount: eventCountKind as unknown as AnyRuleKind,
  window: windowKind as unknown as AnyRuleKind,
  score: scoreKind as unknown as AnyRuleKind,
  composite: compositeKind as unknown as AnyRuleKind,
};

export function kindOf(rule: Rule): AnyRuleKind | undefined {
  return KINDS[rule.kind];
}
