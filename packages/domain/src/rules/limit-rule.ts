import { type LimitRule, metricRow, type Priority } from '@vigil/contracts';
import { NO_EVIDENCE } from '../conditions.js';
import { effectiveLimit, limitHolds } from '../limits.js';
import { own } from '../own.js';
import type { LimitState } from '../state.js';
import { PRIORITY_RANK } from '../alarm.js';
import { isAlarming, levelStep, noteHeld, phaseStep, priorityNow } from './delays.js';
import type { RuleReading } from './evaluator.js';
import type { Planned, Sides } from './plan.js';
import { limitShown, type RuleRun } from './rule-run.js';

/** Limits of one side share one alarm, which has the priority of the most urgent that holds. */
export function applyLimits(run: RuleRun, sides: Sides, reading: RuleReading): void {
  if (sides.low.length > 0) applySide(run, sides.low, reading);
  if (sides.high.length > 0) applySide(run, sides.high, reading);
}

function applySide(run: RuleRun, rules: readonly Planned<LimitRule>[], reading: RuleReading): void {
  const { bed, conditions } = run;
  let worst: Planned<LimitRule> | null = null;
  let worstPriority: Priority = 'low';
  for (const planned of rules) {
    if (run.isHidden(planned)) continue;
    const { rule } = planned;
    const state = own(bed.limits, rule.id) ?? (bed.limits[rule.id] = { phase: 'inside', sinceMs: reading.atMs });
    stepLimit(run, planned, state, reading);
    if (!planned.raises || !isAlarming(state)) continue;
    const priority = priorityNow(state, rule.priority, rule.levels, reading.atMs);
    if (worst !== null && PRIORITY_RANK[priority] <= PRIORITY_RANK[worstPriority]) continue;
    worst = planned;
    worstPriority = priority;
  }
  if (worst === null) conditions.end(rules[0]!.code, reading.atMs);
  else if (!conditions.stands(worst.code, worstPriority, run.plan.stepsDown)) raise(run, worst, worstPriority, reading);
}

function stepLimit(run: RuleRun, planned: Planned<LimitRule>, state: LimitState, { value, atMs, isAfterGap }: RuleReading): void {
  const { rule, scale } = planned;
  const limit = limitOf(run, planned, atMs);
  const before = state.phase;
  const holds = limitHolds(rule, limit, value);
  phaseStep(state, holds, rule, atMs, isAfterGap);
  if (scale !== null) {
    noteHeld(state, atMs, before, isAfterGap);
    levelStep(state, scale, { holds, value }, limit, rule, atMs, isAfterGap);
  }
  if (planned.watchers.length === 0) return;
  const was = before === 'active' || before === 'clearing';
  run.noteChange(planned, isAlarming(state) && !was);
}

/** A limit that raises nothing is part of another rule, and no limit of the patient's. */
function limitOf({ bed }: RuleRun, { rule, raises, isInner }: Planned<LimitRule>, atMs: number): number {
  return raises ? effectiveLimit(rule, bed.overrides[rule.metric], atMs, isInner) : rule.limit;
}

function raise(run: RuleRun, planned: Planned<LimitRule>, priority: Priority, { value, atMs }: RuleReading): void {
  const { rule } = planned;
  const limit = limitShown(planned, run.bed.limits[rule.id]!, limitOf(run, planned, atMs), priority);
  run.hold(planned, priority, { ...NO_EVIDENCE, value, unit: metricRow(rule.metric).unit, limit, side: rule.side });
}
