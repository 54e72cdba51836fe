import { type ChartItem, type DeviceMessage, type MetricName, metricRow, type Reading, ZERO_IS_NO_VALUE } from '@vigil/contracts';
import { inDisplaySteps } from './display.js';
import { countsFor } from './given.js';
import { levelOf } from './levels.js';
import type { InputName, InputState, ScoreState } from './score-state.js';

/** A first and a second way to measure one thing: which of them counts may change although neither value does. */
const RIVALS: Readonly<Partial<Record<InputName, InputName>>> = {
  heartRate: 'pulseRate',
  pulseRate: 'heartRate',
  arterialSystolic: 'nibpSystolic',
  nibpSystolic: 'arterialSystolic',
};
const RIVAL_APART_MS = 60_000;

/** Takes what a message brings for scores. Allocates only where an input is new. */
export function takeReadings(state: ScoreState, message: DeviceMessage, intervalOf: (metric: MetricName) => number): void {
  for (const reading of message.readings) {
    const { metric, value } = reading;
    if (value === null || !isUsable(reading)) continue;
    if (metric === 'consciousness') {
      if (typeof value === 'string' && isAcvpu(value)) takeCode(state, metric, value, message.atMs, 'device');
    } else if (typeof value === 'number' && Number.isFinite(value)) {
      if (value === 0 && ZERO_IS_NO_VALUE.has(metric)) continue;
      const steps = inDisplaySteps(metric, value);
      const level = levelOf(metric, steps, state);
      if (level < 0 || isMoreOfTheSame(state.inputs, metric, steps, level, message.atMs)) continue;
      const forMs = countsFor(metric, 'device', metric.startsWith('nibp') ? intervalOf(metric) : 0);
      take(state, metric, { value: steps, level, atMs: message.atMs, forMs, source: 'device' });
    }
  }
}

/** Takes what a person charted; what no score is made of is passed by. */
export function takeItems(state: ScoreState, items: readonly ChartItem[], atMs: number): void {
  for (const item of items) {
    if (item.item === 'number') {
      const level = levelOf(item.metric, inDisplaySteps(item.metric, item.value), state);
      if (level < 0 || !Number.isFinite(item.value)) continue;
      const forMs = countsFor(item.metric, 'charted', 0);
      take(state, item.metric, { value: inDisplaySteps(item.metric, item.value), level, atMs, forMs, source: 'charted' });
    } else if (item.item !== 'code') {
      takeCode(state, item.item, item.value, atMs, 'charted');
    }
  }
}

/**
 * What nearly every reading is: newer than the one before it, of the same device value as far as scores go, and nothing that
 * another way of measuring waits for. Noted in place.
 */
function isMoreOfTheSame(inputs: ScoreState['inputs'], metric: MetricName, steps: number, level: number, atMs: number): boolean {
  const known = inputs[metric];
  if (known === undefined || known.level !== level || known.source !== 'device') return false;
  if (atMs <= known.atMs || atMs >= known.atMs + known.forMs || isOtherNow(inputs, metric, known.atMs, atMs)) return false;
  known.value = steps;
  known.atMs = atMs;
  return true;
}

function takeCode(state: ScoreState, name: InputName, value: string, atMs: number, source: InputState['source']): void {
  take(state, name, { value, level: 0, atMs, forMs: countsFor(name, source, 0), source });
}

/** The newest counts; of one moment, what a person charted. */
function take(state: ScoreState, name: InputName, next: InputState): void {
  const known = state.inputs[name];
  if (known === undefined) {
    state.inputs[name] = next;
    state.dueMs = 0;
    return;
  }
  if (next.atMs < known.atMs || (next.atMs === known.atMs && next.source === 'device')) return;
  const isNews =
    next.level !== known.level ||
    next.source !== known.source ||
    next.atMs >= known.atMs + known.forMs ||
    (typeof next.value === 'string' && next.value !== known.value) ||
    isOtherNow(state.inputs, name, known.atMs, next.atMs);
  known.value = next.value;
  known.level = next.level;
  known.atMs = next.atMs;
  known.forMs = next.forMs;
  known.source = next.source;
  if (isNews) state.dueMs = 0;
}

/** With this reading the other way of measuring takes over, or gives way. */
function isOtherNow(inputs: ScoreState['inputs'], name: InputName, beforeMs: number, atMs: number): boolean {
  const rivalName = RIVALS[name];
  const rival = rivalName === undefined ? undefined : inputs[rivalName];
  if (rival === undefined) return false;
  const isSecond = name === 'pulseRate' || name === 'nibpSystolic';
  const isTaken = (ownMs: number): boolean => (isSecond ? ownMs - rival.atMs : rival.atMs - ownMs) > RIVAL_APART_MS;
  return isTaken(beforeMs) !== isTaken(atMs);
}

/** As the rules do it: a monitor that is unsure of a value is no reason to leave it out. */
function isUsable(reading: Reading): boolean {
  return reading.quality === 'valid' || reading.quality === 'questionable';
}

function isAcvpu(value: string): boolean {
  const row = metricRow('consciousness');
  return row.kind === 'coded' && row.codes.includes(value);
}
