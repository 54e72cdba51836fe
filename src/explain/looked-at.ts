import type { AlarmTransition, MetricName, Rule, RuleExpression, RuleSet } from '@vigil/contracts';

export interface LookedAt {
  readonly metric: MetricName;
  /** Event time, half open. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A limit without a delay is made of one reading; this much before it is shown all the same. */
const BEFORE_MS = 30_000;
/** Nobody reads more than this much of one metric in an explanation. */
const SPAN_MS_MAX = 24 * 3_600_000;
const METRICS_MAX = 8;
const DEPTH_MAX = 8;

/** Which readings led to a transition: those of its window, of its delay, or of the rules that it is made of. */
export function lookedAt(transition: AlarmTransition, ruleSet: RuleSet | null): readonly LookedAt[] {
  const { evidence, atMs, metric } = transition;
  const rule = ruleSet?.rules.find((each) => each.id === transition.ruleId) ?? null;
  const spans = new Map<MetricName, number>();
  if (rule !== null && ruleSet !== null) collect(rule, ruleSet, spans, 0);
  if (metric !== null && spans.size === 0) spans.set(metric, BEFORE_MS);
  const window = evidence.window;
  return [...spans].slice(0, METRICS_MAX).map(([each, spanMs]) => {
    const own = window !== undefined && each === metric ? window : undefined;
    const fromMs = own?.fromMs ?? atMs - Math.min(spanMs, SPAN_MS_MAX);
    // What came after the transition did not lead to it.
    return { metric: each, fromMs: Math.max(0, fromMs), toMs: atMs + 1 };
  });
}

function collect(rule: Rule, ruleSet: RuleSet, into: Map<MetricName, number>, depth: number): void {
  if (depth > DEPTH_MAX) return;
  const add = (metric: MetricName, spanMs: number): void =>
    void into.set(metric, Math.max(into.get(metric) ?? 0, spanMs + BEFORE_MS));
  const follow = (id: string): void => {
    const other = ruleSet.rules.find((each) => each.id === id);
    if (other !== undefined) collect(other, ruleSet, into, depth + 1);
  };
  switch (rule.kind) {
    case 'limit':
      return add(rule.metric, rule.onDelayMs);
    case 'windowMean':
      return add(rule.metric, rule.sizeMs);
    case 'window':
      return add(rule.metric, rule.window.sizeMs + (rule.onDelayMs ?? 0));
    case 'rateOfChange':
      return add(rule.metric, rule.overMs + (rule.onDelayMs ?? 0));
    case 'baseline':
      return add(rule.metric, rule.recentMs + rule.baselineMs);
    case 'noData':
      return rule.metric === 'any' ? undefined : add(rule.metric, rule.transportMs);
    case 'eventCount':
      return follow(rule.of);
    case 'composite':
      return names(rule.when).forEach(follow);
    case 'score':
      // Its parts, with their values and ages, are in the evidence.
      return;
  }
}

function names(when: RuleExpression): readonly string[] {
  if ('rule' in when) return [when.rule];
  if ('not' in when) return names(when.not);
  return ('all' in when ? when.all : when.any).flatMap(names);
}
