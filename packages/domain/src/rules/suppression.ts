import type { Suppression } from '@vigil/contracts';
import { own } from '../own.js';
import { standingIn } from './change-plan.js';
import type { RuleRun } from './rule-run.js';

/**
 * Decides which rules are hidden. A suppression needs to be known to hold: while nobody knows, its rules are released, because an
 * alarm too many is better than none.
 *
 * What it hides raises nothing, takes no readings, and is not known to rules that look at it. What it had raised is closed, not
 * ended: nobody has seen the patient recover. An alarm that is over and waits to be seen stays.
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
  const hidden = suppression.hides.map((id) => plan.byId.get(id)).filter((p) => p !== undefined && p.rule.kind !== 'noData');
  (bed.suppressed ??= {})[suppression.id] = { untilMs: null };
  for (const planned of hidden) run.forget(planned!);
  for (const planned of hidden) {
    const open = conditions.openOf(planned!.code);
    if (open?.active !== true || open.ruleId !== planned!.rule.id) continue;
    const other = standingIn(bed, plan, planned!.code);
    if (other === null) conditions.closeHidden(planned!.code, suppression.id, atMs);
    else conditions.passTo(planned!.code, other.ruleId, other.priority, atMs);
  }
}

function release(run: RuleRun, { id, hides }: Suppression): void {
  delete run.bed.suppressed![id];
  if (Object.keys(run.bed.suppressed!).length === 0) delete run.bed.suppressed;
  for (const ruleId of hides) {
    const planned = run.plan.byId.get(ruleId);
    if (planned !== undefined) run.askAgain(planned);
  }
}
