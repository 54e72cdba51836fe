import type { RuleSet } from '@vigil/contracts';

export interface FitProblem {
  readonly path: readonly (string | number)[];
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Ids that two rules share; whatever else keeps a rule set from fitting together the engine's own check says. */
export function fitProblems({ rules }: RuleSet): readonly FitProblem[] {
  const seen = new Set<string>();
  return rules.flatMap(({ id }, i) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: ['rules', i, 'id'], message: 'another rule has this id: give it one of its own' }];
  });
}
