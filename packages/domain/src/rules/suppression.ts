import type { Suppression } from '@vigil/contracts';
import { PRIORITY_RANK } from '../alarm.js';
import { latches } from '../conditions.js';
import { own } from '../own.js';
import type { OpenAlarm } from '../state.js';
import { standingIn } from './change-plan.js';
import type { Planned } from './plan.js';
import type { RuleRun } from './rule-run.js';

/**
 * Decides which rules are hidden. A suppression needs to be known to hold: while nobody knows, its rules are released, because an
 * alarm too many is better than none.
 *
 * What it hides raises nothing, takes no readings, and is not known to rules that look at it. What it had raised is closed, not
 * ended: nobody has seen the patient recover. An alarm that is over and waits to be seen stays. So does one of high priority, or
 * that was so and nobody has seen it, unless the cause has an alarm as urgent; and one of medium priority where the cause is a less
 * urgent alarm of a sensor: a patient who gets worse pulls off the probe, and the pages are not to be called off for that. Its rules
 * go on with what is still measured until it is over. A medium alarm closes where another rule stands for the same (one heart, one
 * alarm), as that one raises what there is to raise.
 */
export function updateSuppressions(run: RuleRun): void {
  const { bed, plan } = run;
  for (const suppression of plan.suppressions) {
    const entry = own(bed.suppressed, suppression.id);
    if (isHolding(run, suppression)) {
      if (entry === undefined) hide(run, suppression);
      else entry.untilMs = null;
    } else if (entry !== undefined) {
      entry.untilMs ??= run.nowMs + suppression.releaseMs;
      if (run.nowMs >= entry.untilMs) release(run, suppression);
    }
  }
}

function isHolding(run: RuleRun, { while: cause }: Suppression): boolean {
  return 'condition' in cause ? run.conditions.isActive(cause.condition) : run.truth(cause.rule) === true;
}

function hide(run: RuleRun, suppression: Suppression): void {
  const { bed, plan, conditions, atMs } = run;
  const hidden = suppression.hides.flatMap((id) => plan.byId.get(id) ?? []).filter((p) => p.rule.kind !== 'noData');
  const cause = alarmOfCause(run, suppression);
  const kept = hidden.filter((planned) => isTooUrgent(run, planned, cause)).map((planned) => planned.code);
  (bed.suppressed ??= {})[suppression.id] = { untilMs: null };
  const silenced = hidden.filter((p) => !kept.includes(p.code) || !run.isKept(p.code));
  for (const planned of silenced) run.forget(planned);
  for (const planned of silenced) {
    const open = conditions.openOf(planned.code);
    if (open?.active !== true || open.ruleId !== planned.rule.id) continue;
    const other = standingIn(bed, plan, planned.code);
    if (other === null) conditions.closeHidden(planned.code, suppression.id, atMs);
    else conditions.passTo(planned.code, other.ruleId, other.priority, atMs);
  }
}

/** The alarm of the cause itself, where it has one that is not of what it hides. */
function alarmOfCause({ plan, conditions }: RuleRun, { while: cause, hides }: Suppression): OpenAlarm | null {
  const code = 'condition' in cause ? cause.condition : plan.byId.get(cause.rule)?.code;
  const open = code === undefined ? undefined : conditions.openOf(code);
  return open?.active === true && !hides.includes(open.ruleId) ? open : null;
}

/** True for an alarm about the patient that is more urgent than what would hide it. Low ones are never. */
function isTooUrgent({ conditions }: RuleRun, { code }: Planned, cause: OpenAlarm | null): boolean {
  const open = conditions.openOf(code);
  if (open?.active !== true) return false;
  if (latches(open)) return cause?.signal.priority !== 'high';
  return (
    open.kind === 'physiological' &&
    cause?.kind === 'technical' &&
    PRIORITY_RANK[cause.signal.priority] < PRIORITY_RANK[open.signal.priority]
  );
}

function release(run: RuleRun, { id, hides }: Suppression): void {
  const rules = hides.flatMap((ruleId) => run.plan.byId.get(ruleId) ?? []);
  // One that was kept until its alarm was over may have been in the middle of a delay then.
  for (const planned of rules) if (run.isHidden(planned)) run.forget(planned);
  delete run.bed.suppressed![id];
  if (Object.keys(run.bed.suppressed!).length === 0) delete run.bed.suppressed;
  for (const planned of rules) run.askAgain(planned);
}
