import type { LogEvent, Rule } from '@vigil/contracts';

/** A kind of rule, and which of its ways to work. */
export function kindName(rule: Rule): string {
  if (rule.kind === 'window') return `window ${rule.window.type}`;
  return rule.kind === 'score' ? `score ${rule.basis}` : rule.kind;
}

export const KINDS: readonly string[] = [
  ...(['limit', 'windowMean', 'rateOfChange', 'noData', 'eventCount', 'composite', 'baseline'] as const),
  ...(['estimate', 'charted'] as const).map((basis) => `score ${basis}`),
  ...(['tumbling', 'hopping', 'sliding', 'session'] as const).map((type) => `window ${type}`),
];

/** The kinds of the rules that a log brings into force, by their ids. */
export function kindsOf(events: readonly LogEvent[]): ReadonlyMap<string, string> {
  const rules = events.flatMap((event) => (event.kind === 'ruleSetActivated' ? event.ruleSet.rules : []));
  return new Map(rules.map((rule) => [rule.id, kindName(rule)]));
}

export function count(sums: Record<string, number>, what: string, more = 1): void {
  sums[what] = (sums[what] ?? 0) + more;
}

export const countsOf = (sums: Readonly<Record<string, number>>): string =>
  Object.entries(sums)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ');
