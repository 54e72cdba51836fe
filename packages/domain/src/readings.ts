import {
  type DeviceMessage,
  type LimitRule,
  type MetricName,
  metricRow,
  type Origin,
  type Reading,
  type WindowMeanRule,
} from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { effectiveLimit, inSteps, limitStep, worstBeyond } from './limits.js';
import { own } from './own.js';
import { indexRules, type RuleIndex } from './rule-index.js';
import type { ActiveRules, BedState, MetricState } from './state.js';
import { addToWindow, closeWindows, expectedSamples, hasCoverage, type MeanWindow, windowEnd } from './window.js';

/** Leads must be off this long before it is an alarm: electrodes are moved and put back all day. Site-neutral choice. */
export const LEADS_OFF_DELAY_MS = 5_000;
/** A pause of more than so many intervals starts an on-delay anew. */
const GAP_INTERVALS = 3;

/** Feeds the readings of one message, in their order, to the rules of their metrics. */
export function applyReadings(bed: BedState, message: DeviceMessage, rules: ActiveRules, conditions: Conditions): void {
  const index = indexRules(rules.ruleSet);
  const device = own(bed.devices, message.deviceId);
  for (const reading of message.readings) {
    const intervalMs = device?.intervalsMs[reading.metric] ?? metricRow(reading.metric).nominalIntervalMs;
    const metric = bed.metrics[reading.metric];
    const inOrder = metric === undefined || message.atMs > metric.lastAtMs;
    const gap =
      metric !== undefined && message.atMs - metric.lastAtMs > Math.max(GAP_INTERVALS * intervalMs, 10_000 * rules.rate);
    noteReading(bed, reading, message, intervalMs);
    if (inOrder) leadsOff(bed, reading, message.atMs, message.origin, conditions);
    if (typeof reading.value !== 'number' || !isUsable(reading)) continue;
    if (inOrder) applyLimits(bed, reading.metric, reading.value, message, index, gap, conditions);
    for (const rule of index.windows.get(reading.metric) ?? []) {
      applyWindow(bed, rule, reading.value, message, intervalMs, conditions);
    }
  }
}

/** Closes windows that the watermark has passed; the final mean decides whether an alarm ends (D15). */
export function closePassedWindows(bed: BedState, rules: ActiveRules, conditions: Conditions): void {
  for (const [metric, windowRules] of indexRules(rules.ruleSet).windows) {
    for (const rule of windowRules) {
      const state = own(bed.windows, rule.id);
      if (state === undefined) continue;
      for (const window of closeWindows(state.open, rule.sizeMs, bed.watermarkMs)) {
        const intervalMs = bed.metrics[metric]?.intervalMs ?? metricRow(metric).nominalIntervalMs;
        const decides = hasCoverage(window.count, expectedSamples(rule.sizeMs, intervalMs), rule.coveragePct);
        if (state.active && decides && !isMeanBeyond(rule, window)) {
          state.active = false;
          conditions.end(windowCode(rule), window.startMs + rule.sizeMs);
        }
      }
    }
  }
}

export function limitCode(metric: MetricName, side: 'low' | 'high'): string {
  return `${metric}.${side}`;
}

export function windowCode(rule: WindowMeanRule): string {
  return `${rule.metric}.mean-${rule.side}`;
}

/** Questionable values count: a monitor that is unsure of a low saturation is no reason for silence. */
function isUsable(reading: Reading): boolean {
  return reading.quality === 'valid' || reading.quality === 'questionable';
}

function noteReading(bed: BedState, reading: Reading, message: DeviceMessage, intervalMs: number): void {
  // Values that no rule may use (artefact, out of range) are no sign: while nothing else comes the metric is not watched.
  const isSign =
    (reading.value !== null && isUsable(reading)) || reading.quality === 'leadsOff' || reading.quality === 'calibration';
  const known = bed.metrics[reading.metric];
  if (known === undefined) {
    // A channel that never had a value is not in use; its silence means nothing.
    if (isSign) bed.metrics[reading.metric] = { lastAtMs: message.atMs, lastSignMs: message.gatewayAtMs, intervalMs };
    return;
  }
  const next: MetricState = known;
  next.lastAtMs = Math.max(known.lastAtMs, message.atMs);
  if (isSign) next.lastSignMs = Math.max(known.lastSignMs, message.gatewayAtMs);
  next.intervalMs = intervalMs;
}

function leadsOff(bed: BedState, reading: Reading, atMs: number, origin: Origin, conditions: Conditions): void {
  const code = `${reading.metric}.leadsOff`;
  if (reading.quality !== 'leadsOff') {
    delete bed.pendingTechnical[code];
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

function applyLimits(
  bed: BedState,
  metric: MetricName,
  value: number,
  message: DeviceMessage,
  index: RuleIndex,
  gap: boolean,
  conditions: Conditions,
): void {
  const sides = index.limits.get(metric);
  if (sides === undefined) return;
  for (const side of ['low', 'high'] as const) {
    const rules = sides[side];
    if (rules.length === 0) continue;
    for (const rule of rules) {
      const state = (bed.limits[rule.id] = own(bed.limits, rule.id) ?? { phase: 'inside', sinceMs: message.atMs });
      limitStep(rule, effectiveLimit(rule, bed.overrides[metric], message.atMs), state, value, message.atMs, gap);
    }
    const worst = worstBeyond(rules, bed);
    if (worst === null) conditions.end(limitCode(metric, side), message.atMs);
    else raiseLimit(bed, worst, value, message, conditions);
  }
}

function raiseLimit(bed: BedState, rule: LimitRule, value: number, message: DeviceMessage, conditions: Conditions): void {
  conditions.raise(
    {
      conditionCode: limitCode(rule.metric, rule.side),
      kind: 'physiological',
      priority: rule.priority,
      metric: rule.metric,
      evidence: {
        ...NO_EVIDENCE,
        value,
        unit: metricRow(rule.metric).unit,
        limit: effectiveLimit(rule, bed.overrides[rule.metric], message.atMs),
        side: rule.side,
      },
      ruleId: rule.id,
      origin: message.origin,
    },
    message.atMs,
  );
}

function applyWindow(
  bed: BedState,
  rule: WindowMeanRule,
  value: number,
  message: DeviceMessage,
  intervalMs: number,
  conditions: Conditions,
): void {
  const state = (bed.windows[rule.id] = own(bed.windows, rule.id) ?? { open: [], active: false });
  // A closed window never changes, whichever source comes behind it.
  if (windowEnd(message.atMs, rule.sizeMs) <= bed.watermarkMs) return;
  const window = addToWindow(state.open, rule.sizeMs, message.atMs, inSteps(rule.metric, value));
  const expected = expectedSamples(rule.sizeMs, intervalMs);
  if (state.active || !hasCoverage(window.count, expected, rule.coveragePct) || !isMeanBeyond(rule, window)) return;
  state.active = true;
  const row = metricRow(rule.metric);
  const mean = row.kind === 'numeric' ? (window.sumSteps / window.count) * row.resolution : 0;
  conditions.raise(
    {
      conditionCode: windowCode(rule),
      kind: 'physiological',
      priority: rule.priority,
      metric: rule.metric,
      evidence: {
        value: Math.round(mean * 10) / 10,
        unit: row.unit,
        limit: rule.limit,
        side: rule.side,
        samples: window.count,
        samplesExpected: expected,
      },
      ruleId: rule.id,
      origin: message.origin,
    },
    message.atMs,
  );
}

/** Compares whole steps, so that no rounding decides. */
function isMeanBeyond(rule: WindowMeanRule, window: MeanWindow): boolean {
  const limitSum = inSteps(rule.metric, rule.limit) * window.count;
  return rule.side === 'high' ? window.sumSteps > limitSum : window.sumSteps < limitSum;
}
