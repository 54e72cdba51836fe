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
import type { RuleReading } from './rules/evaluator.js';
import { applyLimits } from './rules/limit-rule.js';
import type { Stage } from './rules/plan.js';
import type { RuleRun } from './rules/rule-run.js';
import { applyWindowMean } from './rules/window-mean.js';
import type { AssignedSpan, BedState, MetricState } from './state.js';

/** Leads must be off this long before it is an alarm: electrodes are moved and put back all day. Site-neutral choice. */
export const LEADS_OFF_DELAY_MS = 5_000;
/** A pause of more than so many intervals starts an on-delay anew. */
const GAP_INTERVALS = 3;

/**
 * Feeds the readings of one message, in their order, to the rules of their metrics. Where rules suppress others, it is first decided
 * who is hidden by what this message says: else an alarm would begin and be closed by one and the same message.
 */
export function applyReadings(run: RuleRun, message: DeviceMessage, span: AssignedSpan): void {
  const { stages, suppressions } = run.plan;
  if (suppressions.length === 0) {
    for (const reading of message.readings) {
      const usable = takeReading(run, reading, message, span);
      if (usable !== null) applyStage(run, stages[0]!, usable);
    }
    return;
  }
  const usable = message.readings
    .map((reading) => takeReading(run, reading, message, span))
    .filter((reading) => reading !== null);
  run.suppress();
  stages.forEach((stage, i) => {
    for (const reading of usable) applyStage(run, stage, reading);
    if (i === stages.length - 1) return;
    run.ask(stage);
    run.suppress();
  });
}

function applyStage(run: RuleRun, stage: Stage, reading: RuleReading): void {
  const met = stage.met.get(reading.metric);
  if (met === undefined) return;
  if (reading.isInOrder) applyLimits(run, met, reading);
  for (const planned of met.windowMeans) applyWindowMean(run, planned, reading);
  run.measure(met.measured, reading);
}

/** Takes note of a reading; null where rules may not use it. */
function takeReading(
  { bed, rate, conditions }: RuleRun,
  reading: Reading,
  message: DeviceMessage,
  span: AssignedSpan,
): RuleReading | null {
  const { metric, value } = reading;
  const { atMs } = message;
  const intervalMs = span.intervalsMs[metric] ?? metricRow(metric).nominalIntervalMs;
  const known = bed.metrics[metric];
  const isInOrder = known === undefined || atMs > known.lastAtMs;
  const isAfterGap = known !== undefined && atMs - known.lastAtMs > Math.max(GAP_INTERVALS * intervalMs, 10_000 * rate);
  const isValue = isMeasured(reading);
  noteReading(bed, known, reading, message, intervalMs, isValue);
  if (isInOrder) leadsOff(bed, reading, atMs, message.origin, conditions);
  if (!isValue) return null;
  return {
    metric,
    value: value as number,
    valueSteps: inSteps(metric, value as number),
    atMs,
    intervalMs,
    isInOrder,
    isAfterGap,
  };
}

/** Questionable values count: a monitor that is unsure of a low saturation is no reason for silence. */
function isUsable(reading: Reading): boolean {
  return reading.quality === 'valid' || reading.quality === 'questionable';
}

/**
 * True for a number that rules may use. The edge sends no infinity and no zero that means "no value" (D23); should one stand on the
 * log all the same, it is nothing that was measured.
 */
export function isMeasured(reading: Reading): boolean {
  const { value, metric } = reading;
  if (typeof value !== 'number' || !Number.isFinite(value) || !isUsable(reading)) return false;
  return value !== 0 || !ZERO_IS_NO_VALUE.has(metric);
}

function noteReading(
  bed: BedState,
  known: MetricState | undefined,
  reading: Reading,
  { atMs, gatewayAtMs }: DeviceMessage,
  intervalMs: number,
  isValue: boolean,
): void {
  // Values that no rule may use (artefact, out of range) are no sign: while nothing else comes the metric is not watched.
  const isSign =
    isValue ||
    (typeof reading.value === 'string' && isUsable(reading)) ||
    reading.quality === 'leadsOff' ||
    reading.quality === 'calibration';
  if (known === undefined) {
    // A channel that never had a value is not in use; its silence means nothing.
    if (isSign) {
      const seen = isValue ? { valueSeenMs: gatewayAtMs } : {};
      bed.metrics[reading.metric] = { lastAtMs: atMs, lastSignMs: gatewayAtMs, intervalMs, ...seen };
    }
    return;
  }
  if (atMs > known.lastAtMs) known.lastAtMs = atMs;
  if (isSign && gatewayAtMs > known.lastSignMs) known.lastSignMs = gatewayAtMs;
  if (isValue && gatewayAtMs > (known.valueSeenMs ?? -1)) known.valueSeenMs = gatewayAtMs;
  if (known.intervalMs !== intervalMs) known.intervalMs = intervalMs;
}

const LEADS_OFF_CODES = Object.fromEntries(METRIC_NAMES.map((name) => [name, `${name}.leadsOff`])) as Record<MetricName, string>;

function leadsOff(bed: BedState, reading: Reading, atMs: number, origin: Origin, conditions: Conditions): void {
  const code = LEADS_OFF_CODES[reading.metric];
  if (reading.quality !== 'leadsOff') {
    if (bed.pendingTechnical[code] !== undefined) delete bed.pendingTechnical[code];
    if (reading.value !== null) conditions.end(code, atMs);
    return;
  }
  // Of one who is away from the monitor, every sensor is off.
  if (bed.standby !== undefined) return;
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
