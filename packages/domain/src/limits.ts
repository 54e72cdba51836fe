import { type LimitRule, type MetricName, metricRow, type Priority } from '@vigil/contracts';
import { PRIORITY_RANK } from './alarm.js';
import { own } from './own.js';
import type { BedState, LimitOverride, LimitState } from './state.js';

/** The limit that holds for a rule at `atMs`: the patient's own while it lasts, else the rule set's. */
export function effectiveLimit(rule: LimitRule, override: LimitOverride | undefined, atMs: number): number {
  if (override === undefined || atMs >= override.toMs) return rule.limit;
  return (rule.side === 'low' ? override.low : override.high) ?? rule.limit;
}

/**
 * Feeds one value to one limit. Beyond the limit for `onDelayMs` it becomes active; back by `hysteresis` for
 * `offDelayMs` it ends. The limit itself is inside. A `gap` before the value starts the delay anew, because nobody
 * knows what happened meanwhile; an active limit stays active until values say otherwise.
 *
 * Changes `state` in place. Values come in order of event time; the caller sees to it.
 */
export function limitStep(rule: LimitRule, limit: number, state: LimitState, value: number, atMs: number, gap: boolean): void {
  const beyond = rule.side === 'high' ? value > limit : value < limit;
  const back = rule.side === 'high' ? value <= limit - rule.hysteresis : value >= limit + rule.hysteresis;
  switch (state.phase) {
    case 'inside':
    case 'pending':
      if (!beyond) moveTo(state, 'inside', atMs);
      else if (state.phase === 'inside' || gap) moveTo(state, rule.onDelayMs === 0 ? 'active' : 'pending', atMs, true);
      else if (atMs - state.sinceMs >= rule.onDelayMs) moveTo(state, 'active', atMs);
      return;
    case 'active':
    case 'clearing':
      if (!back) moveTo(state, 'active', atMs);
      else if (state.phase === 'active' || gap) moveTo(state, rule.offDelayMs === 0 ? 'inside' : 'clearing', atMs, true);
      else if (atMs - state.sinceMs >= rule.offDelayMs) moveTo(state, 'inside', atMs);
  }
}

export function isBeyond(state: LimitState | undefined): boolean {
  return state?.phase === 'active' || state?.phase === 'clearing';
}

function moveTo(state: LimitState, phase: LimitState['phase'], atMs: number, anew = false): void {
  if (state.phase === phase && !anew) return;
  state.phase = phase;
  state.sinceMs = atMs;
}

/** The most urgent rule of one side of one metric that is beyond its limit, or null. */
export function worstBeyond(rules: readonly LimitRule[], bed: BedState): LimitRule | null {
  let worst: LimitRule | null = null;
  for (const rule of rules) {
    if (!isBeyond(own(bed.limits, rule.id))) continue;
    if (worst === null || rank(rule.priority) > rank(worst.priority)) worst = rule;
  }
  return worst;
}

/** A value in whole steps of the metric's resolution. */
export function inSteps(metric: MetricName, value: number): number {
  const row = metricRow(metric);
  return row.kind === 'numeric' ? Math.round(value / row.resolution) : 0;
}

const rank = (priority: Priority): number => PRIORITY_RANK[priority];
