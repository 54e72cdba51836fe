import { metricRow, type WindowMeanRule } from '@vigil/contracts';
import { inSteps } from '../limits.js';
import { own } from '../own.js';
import { addToWindow, closeWindows, expectedSamples, hasCoverage, type MeanWindow, windowEnd } from '../window.js';
import { standingIn } from './change-plan.js';
import type { RuleReading } from './evaluator.js';
import type { Planned } from './plan.js';
import type { RuleRun } from './rule-run.js';

/** Closes windows that the watermark has passed; the final mean decides whether an alarm ends (D15). */
export function closePassedWindows(run: RuleRun): void {
  const { bed, plan } = run;
  for (const planned of plan.windowMeans) {
    const { rule } = planned;
    const state = own(bed.windows, rule.id);
    const oldest = state?.open[0];
    // Mostly there is nothing to close.
    if (state === undefined || oldest === undefined || oldest.startMs + rule.sizeMs > bed.watermarkMs) continue;
    for (const window of closeWindows(state.open, rule.sizeMs, bed.watermarkMs)) {
      const intervalMs = bed.metrics[rule.metric]?.intervalMs ?? metricRow(rule.metric).nominalIntervalMs;
      const decides = hasCoverage(window.count, expectedSamples(rule.sizeMs, intervalMs), rule.coveragePct);
      if (!state.active || !decides || isMeanBeyond(rule, window)) continue;
      state.active = false;
      if (planned.raises) endMean(run, planned.code, window.startMs + rule.sizeMs);
      run.noteChange(planned, false);
    }
  }
}

/** Means of one side share an alarm, which ends with the last; in rule sets of version 1 with the first. */
function endMean(run: RuleRun, code: string, atMs: number): void {
  const { bed, plan, conditions } = run;
  const other = plan.stepsDown ? standingIn(bed, plan, code, (planned) => run.isHidden(planned)) : null;
  if (other === null) conditions.end(code, atMs);
  else conditions.passTo(code, other.ruleId, other.priority, atMs);
}

export function applyWindowMean(run: RuleRun, planned: Planned<WindowMeanRule>, reading: RuleReading): void {
  const { bed } = run;
  const { rule } = planned;
  if (run.isHidden(planned)) return;
  const state = own(bed.windows, rule.id) ?? (bed.windows[rule.id] = { open: [], active: false });
  // A closed window never changes, whichever source comes behind it.
  if (windowEnd(reading.atMs, rule.sizeMs) <= bed.watermarkMs) return;
  const window = addToWindow(state.open, rule.sizeMs, reading.atMs, reading.valueSteps);
  const expected = expectedSamples(rule.sizeMs, reading.intervalMs);
  if (state.active || !hasCoverage(window.count, expected, rule.coveragePct) || !isMeanBeyond(rule, window)) return;
  state.active = true;
  run.noteChange(planned, true);
  // A mean that begins beside a more urgent one makes nothing less urgent.
  if (!planned.raises || run.conditions.stands(planned.code, rule.priority, false)) return;
  const row = metricRow(rule.metric);
  const mean = row.kind === 'numeric' ? (window.sumSteps / window.count) * row.resolution : 0;
  run.hold(planned, rule.priority, {
    value: Math.round(mean * 10) / 10,
    unit: row.unit,
    limit: rule.limit,
    side: rule.side,
    samples: window.count,
    samplesExpected: expected,
  });
}

/** Compares whole steps, so that no rounding decides. */
function isMeanBeyond(rule: WindowMeanRule, window: MeanWindow): boolean {
  const limitSum = inSteps(rule.metric, rule.limit) * window.count;
  return rule.side === 'high' ? window.sumSteps > limitSum : window.sumSteps < limitSum;
}
