import {
  type DeviceMessage,
  METRIC_NAMES,
  type MetricName,
  metricRow,
  type Origin,
  type Reading,
  ZERO_IS_NO_VALUE,
} from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { inSteps } from './limits.js';
import { own } from './own.js';
import type { RuleReading } from './rules/evaluator.js';
import { applyLimits } from './rules/limit-rule.js';
import type { Stage } from './rules/plan.js';
import type { RuleRun } from './rules/rule-run.js';
import { applyWindowMean } from './rules/window-mean.js';
import type { BedState, MetricState } from './state.js';

/** Leads must be off this long before it is an alarm: electrodes are moved and put back all day. Site-neutral choice. */
export const LEADS_OFF_DELAY_MS = 5_000;
/** A pause of more than so many intervals starts an on-delay anew. */
const GAP_INTERVALS = 3;

/**
 * Feeds the readings of one message, in their order, to the rules of their metrics. Where rules suppress others, it is first decided
 * who is hidden by what this message says: else an alarm would begin and be closed by one and the same message.
 */
export function applyReadings(run: RuleRun, message: DeviceMessage): void {
  const { stages, suppressions } = run.plan;
  if (suppressions.length === 0) {
    for (const reading of message.readings) {
      const usable = takeReading(run, reading, message);
      if (usable !== null) applyStage(run, stages[0]!, usable);
    }
    return;
  }
  const usable = message.readings.map((reading) => takeReading(run, reading, message)).filter((reading) => reading !== null);
  run.suppress();
  stages.forEach((stage, i) => {
    for (const reading of usable) applyStage(run, stage, reading);
    if (i === stages.length - 1) return;
    run.ask(stage);
    run.suppress();
  });
}

function applyStage(run: RuleRun, stage: Stage, reading: RuleReading): void {
  const sides = reading.isInOrder ? stage.limits.get(reading.metric) : undefined;
  if (sides !== undefined) applyLimits(run, sides, reading);
  const means = stage.windowMeans.get(reading.metric);
  if (means !== undefined) for (const planned of means) applyWindowMean(run, planned, reading);
  run.measure(stage, reading);
}

/** Takes note of a reading; null where rules may not use it. */
function takeReading({ bed, rate, conditions }: RuleRun, reading: Reading, message: DeviceMessage): RuleReading | null {
  const { metric, value } = reading;
  const intervalMs = own(bed.devices, message.deviceId)?.intervalsMs[metric] ?? metricRow(metric).nominalIntervalMs;
  const known = bed.metrics[metric];
  const isInOrder = known === undefined || message.atMs > known.lastAtMs;
  const isAfterGap = known !== undefined && message.atMs - known.lastAtMs > Math.max(GAP_INTERVALS * intervalMs, 10_000 * rate);
  noteReading(bed, reading, message, intervalMs);
  if (isInOrder) leadsOff(bed, reading, message.atMs, message.origin, conditions);
  if (typeof value !== 'number' || !isMeasured(reading)) return null;
  return { metric, value, valueSteps: inSteps(metric, value), atMs: message.atMs, intervalMs, isInOrder, isAfterGap };
}

/** Questionable values count: a monitor that is unsure of a low saturation is no reason for silence. */
function isUsable(reading: Reading): boolean {
  return reading.quality === 'valid' || reading.quality === 'questionable';
}

/**
 * True for a number that rules may use. The edge sends no infinity and no zero that means "no value" (D23); should one stand on the
 * log all the same, it is nothing that was measured.
 */
function isMeasured(reading: Reading): boolean {
  const { value, metric } = reading;
  if (typeof value !== 'number' || !Number.isFinite(value) || !isUsable(reading)) return false;
  return value !== 0 || !ZERO_IS_NO_VALUE.has(metric);
}

function noteReading(bed: BedState, reading: Reading, message: DeviceMessage, intervalMs: number): void {
  const isValue = isMeasured(reading);
  // Values that no rule may use (artefact, out of range) are no sign: while nothing else comes the metric is not watched.
  const isSign =
    isValue ||
    (typeof reading.value === 'string' && isUsable(reading)) ||
    reading.quality === 'leadsOff' ||
    reading.quality === 'calibration';
  const known = bed.metrics[reading.metric];
  if (known === undefined) {
    // A channel that never had a value is not in use; its silence means nothing.
    if (isSign) {
      const seen = isValue ? { valueSeenMs: message.gatewayAtMs } : {};
      bed.metrics[reading.metric] = { lastAtMs: message.atMs, lastSignMs: message.gatewayAtMs, intervalMs, ...seen };
    }
    return;
  }
  const next: MetricState = known;
  next.lastAtMs = Math.max(known.lastAtMs, message.atMs);
  if (isSign) next.lastSignMs = Math.max(known.lastSignMs, message.gatewayAtMs);
  if (isValue) next.valueSeenMs = Math.max(known.valueSeenMs ?? 0, message.gatewayAtMs);
  next.intervalMs = intervalMs;
}

const LEADS_OFF_CODES = Object.fromEntries(METRIC_NAMES.map((name) => [name, `${name}.leadsOff`])) as Record<MetricName, string>;

function leadsOff(bed: BedState, reading: Reading, atMs: number, origin: Origin, conditions: Conditions): void {
  const code = LEADS_OFF_CODES[reading.metric];
  if (reading.quality !== 'leadsOff') {
    if (bed.pendingTechnical[code] !== undefined) delete bed.pendingTechnical[code];
    if (reading.value !== null) conditions.end(code, atMs);
    return;
  }
  const sinceMs = (bed.pendingTechnical[code] ??= atMs);
  if (atMs - sinceMs < LEADS_OFF_DELAY_MS) return;
  conditions.raise(
    {
      conditionCode: code,
      kind: 'technical',
      priority: 'low',
      metric: reading.metric,
      evidence: NO_EVIDENCE,
      ruleId: 'leadsOff',
      origin,
    },
    atMs,
  );
}
