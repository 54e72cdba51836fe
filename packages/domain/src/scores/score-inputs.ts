import { type ChartItem, type DeviceMessage, type MetricName, metricRow, type Reading } from '@vigil/contracts';
import { spanAt } from '../device-spans.js';
import type { BedState } from '../state.js';
import { halfUp } from './display.js';
import { countsFor } from './given.js';
import { levelOf, type Levels, levelsFor, NO_LEVEL } from './levels.js';
import type { InputName, InputState, ScoreState } from './score-state.js';

/** Two ways to measure one thing are this far apart before the second is taken for the first. */
const RIVAL_APART_MS = 60_000;

/** Takes what a message brings for scores. Allocates only where an input is new. */
export function takeReadings(state: ScoreState, message: DeviceMessage, bed: Pick<BedState, 'clockMs' | 'devices'>): void {
  const { atMs, readings } = message;
  // Values grow too old by the clock of the bed, and that of the device may be behind it.
  const nowMs = Math.max(atMs, bed.clockMs);
  for (const reading of readings) {
    const { metric, value } = reading;
    if (value === null || !isUsable(reading)) continue;
    if (typeof value === 'string') {
      if (metric === 'consciousness' && isAcvpu(value)) takeCode(state, metric, value, { atMs, nowMs, source: 'device' });
      continue;
    }
    const levels = levelsFor(metric);
    if (levels === undefined || !Number.isFinite(value) || (value === 0 && levels.isZeroNone)) continue;
    const steps = halfUp(value, levels.stepsPerUnit);
    const level = levelOf(levels, steps, state);
    const known = state.inputs[metric];
    if (known !== undefined && known.level === level && isMoreOfTheSame(known, levels, state.inputs, { atMs, nowMs })) {
      known.value = steps;
      known.atMs = atMs;
      continue;
    }
    const forMs = countsFor(metric, 'device', levels.isCuff ? intervalOf(bed, message, metric) : 0);
    take(state, metric, { value: steps, level, atMs, forMs, source: 'device' }, { levels, nowMs });
  }
}

function intervalOf(bed: Pick<BedState, 'devices'>, { deviceId, atMs }: DeviceMessage, metric: MetricName): number {
  return spanAt(bed, deviceId, atMs)?.intervalsMs[metric] ?? metricRow(metric).nominalIntervalMs;
}

/** Takes what a person charted; what no score is made of is passed by. */
export function takeItems(state: ScoreState, items: readonly ChartItem[], atMs: number): void {
  for (const item of items) {
    if (item.item === 'number') {
      const levels = levelsFor(item.metric);
      if (levels === undefined || !Number.isFinite(item.value)) continue;
      const value = halfUp(item.value, levels.stepsPerUnit);
      const forMs = countsFor(item.metric, 'charted', 0);
      take(
        state,
        item.metric,
        { value, level: levelOf(levels, value, state), atMs, forMs, source: 'charted' },
        { levels, nowMs: atMs },
      );
    } else if (item.item !== 'code') {
      takeCode(state, item.item, item.value, { atMs, nowMs: atMs, source: 'charted' });
    }
  }
}

/**
 * What nearly every reading is, once its level is seen to be that of the one before: newer, of the device as well, and nothing
 * that another input waits for. A cuff comes seldom, and how long it counts may change.
 */
function isMoreOfTheSame(known: InputState, levels: Levels, inputs: ScoreState['inputs'], { atMs, nowMs }: When): boolean {
  return (
    known.source === 'device' &&
    atMs > known.atMs &&
    nowMs < known.atMs + known.forMs &&
    !levels.isCuff &&
    !isOtherNow(levels, inputs, known.atMs, atMs)
  );
}

type When = { readonly atMs: number; readonly nowMs: number };

function takeCode(state: ScoreState, name: InputName, value: string, said: When & Pick<InputState, 'source'>): void {
  const { atMs, nowMs, source } = said;
  take(state, name, { value, level: 0, atMs, forMs: countsFor(name, source, 0), source }, { levels: null, nowMs });
}

/** Other tables tell the values apart from here on: levels of before mean nothing among theirs. */
export function forgetLevels(state: ScoreState): void {
  for (const input of Object.values(state.inputs)) input.level = NO_LEVEL;
}

interface TakenBy {
  readonly levels: Levels | null;
  readonly nowMs: number;
}

/** The newest counts; of one moment, what a person charted. */
function take(state: ScoreState, name: InputName, next: InputState, { levels, nowMs }: TakenBy): void {
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
    nowMs >= known.atMs + known.forMs ||
    next.forMs < known.forMs ||
    (typeof next.value === 'string' && next.value !== known.value) ||
    (levels !== null && isOtherNow(levels, state.inputs, known.atMs, next.atMs));
  known.value = next.value;
  known.level = next.level;
  known.atMs = next.atMs;
  known.forMs = next.forMs;
  known.source = next.source;
  if (isNews) state.dueMs = 0;
}

/** With this reading another input takes over, or gives way. */
function isOtherNow(levels: Levels, inputs: ScoreState['inputs'], beforeMs: number, atMs: number): boolean {
  if (levels.saysOxygen) return saysAgain(inputs.supplementalOxygen, beforeMs, atMs);
  const rival = levels.rival === null ? undefined : inputs[levels.rival];
  if (rival === undefined) return false;
  return isTaken(levels, rival.atMs, beforeMs) !== isTaken(levels, rival.atMs, atMs);
}

/** Whether the second counts and not the first. */
function isTaken({ isFirst }: Levels, rivalMs: number, ownMs: number): boolean {
  return (isFirst ? rivalMs - ownMs : ownMs - rivalMs) > RIVAL_APART_MS;
}

/** A person charted in between: what they said was the newest until now. */
function saysAgain(charted: InputState | undefined, beforeMs: number, atMs: number): boolean {
  return charted !== undefined && charted.atMs >= beforeMs && charted.atMs < atMs;
}

/** As the rules do it: a monitor that is unsure of a value is no reason to leave it out. */
function isUsable(reading: Reading): boolean {
  return reading.quality === 'valid' || reading.quality === 'questionable';
}

function isAcvpu(value: string): boolean {
  const row = metricRow('consciousness');
  return row.kind === 'coded' && row.codes.includes(value);
}
