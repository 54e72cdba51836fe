import type { Priority } from '@vigil/contracts';
import { PRIORITY_RANK } from '../alarm.js';
import type { Conditions } from '../conditions.js';
import { own } from '../own.js';
import type { BedState, LimitState } from '../state.js';
import { isBuiltIn } from './built-in.js';
import { isAlarming, priorityNow } from './delays.js';
import { isKind, type Planned, type RulePlan } from './plan.js';

/**
 * Other rules hold for a bed from here on: a new rule set, a date, or a stay of which more is known. A rule that stays keeps what it
 * has learnt as far as that still means the same; its alarm stands, and is judged by the next readings. The alarm of a rule that
 * is gone closes, unless another rule holds the same condition.
 *
 * @param before null where it is not known any more
 */
export function changePlan(bed: BedState, before: RulePlan | null, after: RulePlan, conditions: Conditions, atMs: number): void {
  if (after.key === '') delete bed.scope;
  else bed.scope = after.key;
  keepLimits(bed, before, after);
  keepRules(bed, before, after);
  for (const id of Object.keys(bed.suppressed ?? {})) {
    if (!after.suppressions.some((s) => s.id === id)) delete bed.suppressed![id];
  }
  for (const { conditionCode, ruleId } of Object.values(bed.alarms)) {
    const planned = after.byId.get(ruleId);
    if (isBuiltIn(ruleId) || (planned?.raises === true && planned.code === conditionCode)) continue;
    const other = standingIn(bed, after, conditionCode);
    if (other === null) conditions.closeOne(conditionCode, atMs);
    else conditions.passTo(conditionCode, other.ruleId, other.priority, atMs);
  }
}

function keepLimits(bed: BedState, before: RulePlan | null, after: RulePlan): void {
  for (const [id, state] of Object.entries(bed.limits)) {
    const now = after.byId.get(id);
    const was = before?.byId.get(id);
    if (now?.rule.kind !== 'limit' || (was !== undefined && was.code !== now.code)) delete bed.limits[id];
    else if (now.scale?.levels.length !== state.levels?.length) delete state.levels;
  }
  for (const [id, state] of Object.entries(bed.windows)) {
    const now = after.byId.get(id);
    const was = before?.byId.get(id);
    if (now === undefined || !isKind(now, 'windowMean') || (was !== undefined && was.code !== now.code)) delete bed.windows[id];
    // Sums of another size of window are no sums of this one.
    else if (was !== undefined && isKind(was, 'windowMean') && was.rule.sizeMs !== now.rule.sizeMs) state.open = [];
  }
}

function keepRules(bed: BedState, before: RulePlan | null, after: RulePlan): void {
  for (const [id, state] of Object.entries(bed.rules ?? {})) {
    const now = after.byId.get(id);
    const was = before?.byId.get(id);
    // What is remembered without the rule that it was for may mean anything.
    if (now?.kind === undefined || was === undefined || was.kind !== now.kind || was.metric !== now.metric) {
      delete bed.rules![id];
      continue;
    }
    if (now.scale?.levels.length !== state.levels?.length) delete state.levels;
    if (was.kind.memoryKey(was.rule) !== now.kind.memoryKey(now.rule)) state.memory = now.kind.empty(now.rule);
  }
}

/**
 * The most urgent rule of a condition that holds without being hidden, with the priority that it has by its levels.
 *
 * @param isHidden where a suppression has left an alarm as it was, its rules are not hidden; without it each one that is suppressed is
 */
export function standingIn(
  bed: BedState,
  plan: RulePlan,
  code: string,
  isHidden: (planned: Planned) => boolean = ({ hiddenBy }) => hiddenBy.some((id) => own(bed.suppressed, id) !== undefined),
): { readonly ruleId: string; readonly priority: Priority } | null {
  let worst: { readonly ruleId: string; readonly priority: Priority } | null = null;
  for (const planned of plan.byCode.get(code) ?? []) {
    const priority = planned.raises && !isHidden(planned) ? standingPriority(bed, planned) : null;
    if (priority === null || (worst !== null && PRIORITY_RANK[priority] <= PRIORITY_RANK[worst.priority])) continue;
    worst = { ruleId: planned.rule.id, priority };
  }
  return worst;
}

/** Null for a rule whose condition does not hold. */
function standingPriority(bed: BedState, { rule, scale }: Planned): Priority | null {
  if (rule.kind === 'windowMean') return own(bed.windows, rule.id)?.active === true ? rule.priority : null;
  const state: LimitState | undefined = rule.kind === 'limit' ? own(bed.limits, rule.id) : own(bed.rules, rule.id);
  return state === undefined || !isAlarming(state) ? null : priorityNow(state, rule.priority, scale?.levels, bed.clockMs);
}
