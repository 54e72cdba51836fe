import { METRIC_NAMES, type NoDataRule } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { indexRules, type RuleIndex } from './rule-index.js';
import type { ActiveRules, BedState } from './state.js';

/** Metrics that come less often than this have no no-data alarm of their own; their age is shown instead. */
const CONTINUOUS_MS_MAX = 120_000;

/**
 * Looks at how long the bed, and each metric that is in use, has been silent at the bed's own time.
 *
 * One cause, one alarm: a bed whose gateway is lost raises nothing (D16); a silent bed is one alarm, not one for each
 * metric; a bed without a patient may be silent. Silence counts from the last sign, the admission or the return of coverage, whichever is newest.
 */
export function checkSilence(bed: BedState, rules: ActiveRules, conditions: Conditions): void {
  if (bed.encounter === null || bed.coverageLost.length > 0) return;
  const index = indexRules(rules.ruleSet);
  const anyRule = index.noData.get('any');
  if (anyRule !== undefined && checkBed(bed, anyRule, rules.rate, conditions)) return;
  checkMetrics(bed, index, rules.rate, conditions);
}

/**
 * Data are there again: what was said about silence ends, and so does every reason why there could be none. Whoever gave
 * the reason may have forgotten it, and would leave the bed without a no-data alarm for good.
 */
export function heardAgain(bed: BedState, conditions: Conditions): void {
  if (bed.coverageLost.length > 0) bed.coverageLost = [];
  conditions.end('noData', bed.clockMs);
}

function checkBed(bed: BedState, rule: NoDataRule, rate: number, conditions: Conditions): boolean {
  if (Object.keys(bed.devices).length === 0) return false;
  let lastMs = bed.graceFromMs;
  for (const source of Object.values(bed.sources)) lastMs = Math.max(lastMs, source.lastSeenMs);
  let intervalMs = Infinity;
  for (const metric of Object.values(bed.metrics)) intervalMs = Math.min(intervalMs, metric.intervalMs);
  if (bed.clockMs - lastMs <= silenceMax(rule, Number.isFinite(intervalMs) ? intervalMs : 0, rate)) return false;
  if (!conditions.isActive('noData')) for (const code of metricCodes(bed)) conditions.closeOne(code, bed.clockMs);
  conditions.raise(
    {
      conditionCode: 'noData',
      kind: 'technical',
      priority: rule.priority,
      metric: null,
      evidence: NO_EVIDENCE,
      ruleId: rule.id,
      origin: bed.lastOrigin,
    },
    bed.clockMs,
  );
  return true;
}

function checkMetrics(bed: BedState, index: RuleIndex, rate: number, conditions: Conditions): void {
  for (const name of METRIC_NAMES) {
    const metric = bed.metrics[name];
    const rule = index.noData.get(name);
    if (metric === undefined || rule === undefined || metric.intervalMs > CONTINUOUS_MS_MAX) continue;
    const code = `${name}.noData`;
    const lastMs = Math.max(metric.lastSignMs, bed.graceFromMs);
    if (bed.clockMs - lastMs <= silenceMax(rule, metric.intervalMs, rate)) {
      if (metric.lastSignMs >= bed.graceFromMs) conditions.end(code, bed.clockMs);
      continue;
    }
    conditions.raise(
      {
        conditionCode: code,
        kind: 'technical',
        priority: rule.priority,
        metric: name,
        evidence: NO_EVIDENCE,
        ruleId: rule.id,
        origin: bed.lastOrigin,
      },
      bed.clockMs,
    );
  }
}

function silenceMax(rule: NoDataRule, intervalMs: number, rate: number): number {
  return Math.max(rule.intervals * intervalMs, rule.transportMs * rate);
}

function metricCodes(bed: BedState): string[] {
  return Object.keys(bed.alarms).filter((code) => code.endsWith('.noData'));
}
