import type { MetricName, NoDataRule } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { isBrought } from './device-spans.js';
import type { Planned } from './rules/plan.js';
import type { RuleRun } from './rules/rule-run.js';
import type { BedState, MetricState } from './state.js';

/** Metrics that come less often than this have no no-data alarm of their own; their age is shown instead. */
const CONTINUOUS_MS_MAX = 120_000;

/**
 * Looks at how long the bed, and each metric that is in use, has been silent at the bed's own time.
 *
 * One cause, one alarm: a bed whose gateway is lost raises nothing (D16); a silent bed is one alarm, not one for each
 * metric; a bed without a patient may be silent, and so may one whose patient is away (standby), and a metric that no device here
 * brings. Silence counts from the last sign, the admission or the return of coverage, whichever is newest.
 */
export function checkSilence(run: RuleRun): void {
  const { bed, plan } = run;
  if (!isWatched(bed)) return;
  const anyRule = plan.noData.get('any');
  if (anyRule !== undefined && checkBed(run, anyRule)) return;
  checkMetrics(run);
}

/**
 * Whether what a rule of silence watches is silent, for other rules to look at. Null: not watched, because nobody is here, no data
 * can arrive, or the metric is not in use.
 */
export function isSilent(bed: BedState, rule: NoDataRule, rate: number): boolean | null {
  if (!isWatched(bed)) return null;
  if (rule.metric === 'any') return Object.keys(bed.devices).length === 0 ? null : isBedSilent(bed, rule, rate);
  const metric = bed.metrics[rule.metric];
  if (metric === undefined || metric.intervalMs > CONTINUOUS_MS_MAX) return null;
  if (!isMetricSilent(bed, metric, rule, rate)) return false;
  return isBrought(bed, rule.metric, bed.clockMs) ? true : null;
}

/** False where silence means nothing: nobody is here, no data can arrive, or nobody expects any. */
function isWatched({ encounter, coverageLost, standby }: BedState): boolean {
  return encounter !== null && coverageLost.length === 0 && standby === undefined;
}

/**
 * Data are there again: what was said about silence ends, and so does every reason why there could be none. Whoever gave
 * the reason may have forgotten it, and would leave the bed without a no-data alarm for good.
 */
export function heardAgain(bed: BedState, conditions: Conditions): void {
  if (bed.coverageLost.length > 0) bed.coverageLost = [];
  conditions.end('noData', bed.clockMs);
}

function checkBed(run: RuleRun, planned: Planned<NoDataRule>): boolean {
  const { bed, conditions } = run;
  if (!planned.raises || Object.keys(bed.devices).length === 0 || !isBedSilent(bed, planned.rule, run.rate)) return false;
  if (!conditions.isActive('noData')) for (const code of metricCodes(bed)) conditions.closeOne(code, bed.clockMs);
  raise(run, planned);
  return true;
}

function isBedSilent(bed: BedState, rule: NoDataRule, rate: number): boolean {
  let lastMs = bed.graceFromMs;
  for (const id in bed.sources) lastMs = Math.max(lastMs, bed.sources[id]!.lastSeenMs);
  // Most of the time nothing is silent, and the least that a rule asks for is enough to see it.
  if (bed.clockMs - lastMs <= rule.transportMs * rate) return false;
  const intervalMs = shortestInterval(bed);
  return bed.clockMs - lastMs > silenceMax(rule, Number.isFinite(intervalMs) ? intervalMs : 0, rate);
}

/** Of what is brought now: a device that has gone is waited for no longer. Where nothing is, of all that ever came. */
function shortestInterval(bed: BedState): number {
  const all = Object.entries(bed.metrics);
  const brought = all.filter(([metric]) => isBrought(bed, metric as MetricName, bed.clockMs));
  return Math.min(...(brought.length === 0 ? all : brought).map(([, { intervalMs }]) => intervalMs));
}

function checkMetrics(run: RuleRun): void {
  const { bed, plan, conditions } = run;
  for (const planned of plan.silences) {
    const metric = bed.metrics[planned.metric!];
    if (metric === undefined || metric.intervalMs > CONTINUOUS_MS_MAX) continue;
    if (isMetricSilent(bed, metric, planned.rule, run.rate)) {
      if (isBrought(bed, planned.metric!, bed.clockMs)) raise(run, planned);
      else conditions.closeOne(planned.code, bed.clockMs);
    } else if (metric.lastSignMs >= bed.graceFromMs) conditions.end(planned.code, bed.clockMs);
  }
}

function isMetricSilent(bed: BedState, metric: MetricState, rule: NoDataRule, rate: number): boolean {
  return bed.clockMs - Math.max(metric.lastSignMs, bed.graceFromMs) > silenceMax(rule, metric.intervalMs, rate);
}

function raise({ bed, conditions }: RuleRun, { code, rule, metric }: Planned<NoDataRule>): void {
  if (conditions.stands(code, rule.priority, false)) return;
  const evidence = rule.name === undefined ? NO_EVIDENCE : { ...NO_EVIDENCE, label: rule.name };
  conditions.raise(
    {
      conditionCode: code,
      kind: 'technical',
      priority: rule.priority,
      metric,
      evidence,
      ruleId: rule.id,
      origin: bed.lastOrigin,
    },
    bed.clockMs,
  );
}

function silenceMax(rule: NoDataRule, intervalMs: number, rate: number): number {
  return Math.max(rule.intervals * intervalMs, rule.transportMs * rate);
}

function metricCodes(bed: BedState): string[] {
  return Object.keys(bed.alarms).filter((code) => code.endsWith('.noData'));
}
