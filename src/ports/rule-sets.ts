import type { RuleSet } from '@vigil/contracts';

/** Rule sets by the hash of their content; immutable (D2, D21). */
export abstract class RuleSets {
  abstract get(hash: string): Promise<RuleSet | null>;
  abstract active(): Promise<{ readonly hash: string; readonly ruleSet: RuleSet } | null>;
}
