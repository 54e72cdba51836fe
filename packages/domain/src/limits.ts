import { type LimitRule, type MetricName, metricRow } from '@vigil/contracts';
import { isAlarming, phaseStep } from './rules/delays.js';
import type { Holds } from './rules/evaluator.js';
import type { LimitOverride, LimitState } from './state.js';

/**
 * The limit that holds for a rule at `atMs`: the patient's own while it lasts, else the rule set's.
 *
 * @param isInner another limit of the same side is met first: the patient's own replaces that one, and this one only where it would
 * be met earlier
 */
export function effectiveLimit(rule: LimitRule, override: LimitOverride | undefined, atMs: number, isInner = false): number {
  if (override === undefined || atMs >= override.toMs) return rule.limit;
  const own = (rule.side === 'low' ? override.low : override.high) ?? rule.limit;
  if (!isInner) return own;
  return rule.side === 'low' ? Math.min(own, rule.limit) : Math.max(own, rule.limit);
}

/** What a value says of one limit: the limit itself is inside, and it is back by the hysteresis. */
export function limitHolds(rule: LimitRule, limit: number, value: number): Holds {
  if (rule.side === 'high' ? value > limit : value < limit) return 'yes';
  const isBack = rule.side === 'high' ? value <= limit - rule.hysteresis : value >= limit + rule.hysteresis;
  return isBack ? 'no' : 'between';
}

/**
 * Feeds one value to one limit. Beyond the limit for `onDelayMs` it becomes active; back by `hysteresis` for
 * `offDelayMs` it ends. A `gap` before the value starts the delay anew, because nobody
 * knows what happened meanwhile; an active limit stays active until values say otherwise.
 *
 * Changes `state` in place. Values come in order of event time; the caller sees to it.
 */
export function limitStep(rule: LimitRule, limit: number, state: LimitState, value: number, atMs: number, gap: boolean): void {
  phaseStep(state, limitHolds(rule, limit, value), rule, atMs, gap);
}

export function isBeyond(state: LimitState | undefined): boolean {
  return isAlarming(state);
}

/** A value in whole steps of the metric's resolution. */
export function inSteps(metric: MetricName, value: number): number {
  const row = metricRow(metric);
  return row.kind === 'numeric' ? Math.round(value / row.resolution) : 0;
}
