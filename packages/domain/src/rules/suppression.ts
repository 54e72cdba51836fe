import type { Suppression } from '@vigil/contracts';
import { latches } from '../conditions.js';
import { own } from '../own.js';
import { standingIn } from './change-plan.js';
import type { Planned } from './plan.js';
import type { RuleRun } from './rule-run.js';

/**
 * Decides which rules are hidden. A suppression needs to be known to hold: while nobody knows, its rules are released, because an
 * alarm too many is better than none.
 *
 * What it hides raises nothing, takes no readings, and is not known to rules that look at it. What it had raised is closed, not
 * ended: nobody has seen the patient recover. An alarm that is over and waits to be seen stays. So does one that is of high
 * priority, or was and nobody has seen it, unless the cause has an alarm as urgent: electrodes that come off a patient whose heart
 * almost stands still are no reason to call off the pages. Its rules go on with what is still measured until it is over.
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
  const kept = isUrgent(run, suppression) ? [] : hidden.filter((p) => isTooUrgent(run, p)).map((p) => p.code);
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

/** True where the cause has an alarm of high priority itself, and not that of what it hides. */
function isUrgent({ plan, conditions }: RuleRun, { while: cause, hides }: Suppression): boolean {
  const code = 'condition' in cause ? cause.condition : plan.byId.get(cause.rule)?.code;
  const open = code === undefined ? undefined : conditions.openOf(code);
  return open?.active === true && open.signal.priority === 'high' && !hides.includes(open.ruleId);
}

function isTooUrgent({ conditions }: RuleRun, { code }: Planned): boolean {
  const open = conditions.openOf(code);
  return open?.active === true && latches(open);
}

function release(run: RuleRun, { id, hides }: Suppression): void {
  const rules = hides.flatMap((ruleId) => run.plan.byId.get(ruleId) ?? []);
  // One that was kept until its alarm was over may have been in the middle of a delay then.
  for (const planned of rules) if (run.isHidden(planned)) run.forget(planned);
  delete run.bed.suppressed![id];
  if (Object.keys(run.bed.suppressed!).length === 0) delete run.bed.suppressed;
  for (const planned of rules) run.askAgain(planned);
}
