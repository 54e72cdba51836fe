import { metricRow, type RateOfChangeRule } from '@vigil/contracts';
import { type Answer, type RuleKind, type RuleReading, UNKNOWN } from './evaluator.js';

/** The course is kept in so many steps of its time; within one step only the sample that the change is measured from. */
const STEPS = 60;

/**
 * How far a value has risen from the lowest (fallen from the highest) of the last `overMs`.
 *
 * Kept as a queue of the samples that a change can still be measured from: for a rise, each is higher than the one before it, so
 * the first is the lowest. At most one in every 1/60 of the time is kept, which never makes a change larger than it was: of two
 * close ones the older stays, and goes that much earlier.
 *
 * Not known after a gap, until there is a course again: the value before a gap says nothing of how fast it changed.
 */
export const rateOfChangeKind: RuleKind<RateOfChangeRule, RateMemory> = {
  inputs: ({ metric }) => ({ metrics: [metric] }),
  memoryKey: ({ metric, direction, overMs }) => `${metric}/${direction}/${overMs}`,
  empty: () => ({ atMs: [], steps: [] }),
  onReading(rule, memory, reading, { rate }) {
    if (!reading.isInOrder) return null;
    const pauseMs = memory.lastMs === undefined ? 0 : reading.atMs - memory.lastMs;
    if (reading.isAfterGap || pauseMs > gapMaxMs(reading, rate)) forget(memory);
    const isAlone = memory.lastMs === undefined;
    memory.lastMs = reading.atMs;
    expire(memory, reading.atMs - rule.overMs);
    const answer = isAlone ? UNKNOWN : answerOf(rule, memory, reading);
    keep(rule, memory, reading);
    return answer;
  },
  limit: ({ change }) => change,
  evidence: (rule, memory, { value }) => ({
    value: value === null ? null : Math.round(value * 10) / 10,
    unit: rule.unit === 'percent' ? '%' : metricRow(rule.metric).unit,
    side: rule.direction === 'rise' ? 'high' : 'low',
    window: {
      fromMs: (memory.atMs[0] ?? 0) as never,
      toMs: ((memory.lastMs ?? 0) + 1) as never,
      aggregate: rule.direction,
    },
  }),
};

/** Samples that a change can be measured from, oldest first; both lists have the same length, at most `STEPS` + 1. */
interface RateMemory {
  atMs: number[];
  steps: number[];
  /** Event time of the newest sample. */
  lastMs?: number;
}

/** Values that no rule may use (artefacts) come between the readings of a metric, and are no course. */
function gapMaxMs({ intervalMs }: RuleReading, rate: number): number {
  return Math.max(3 * intervalMs, 10_000 * rate);
}

function forget(memory: RateMemory): void {
  memory.atMs = [];
  memory.steps = [];
  delete memory.lastMs;
}

function expire(memory: RateMemory, beforeMs: number): void {
  let gone = 0;
  while (gone < memory.atMs.length && memory.atMs[gone]! < beforeMs) gone += 1;
  if (gone === 0) return;
  memory.atMs.splice(0, gone);
  memory.steps.splice(0, gone);
}

function answerOf(rule: RateOfChangeRule, memory: RateMemory, { metric, valueSteps }: RuleReading): Answer {
  const fromSteps = memory.steps[0];
  if (fromSteps === undefined) return { holds: 'no', value: 0 };
  const row = metricRow(metric);
  const changeSteps = Math.max(0, rule.direction === 'rise' ? valueSteps - fromSteps : fromSteps - valueSteps);
  if (rule.unit === 'percent') {
    // From nothing there is no share.
    if (fromSteps === 0) return UNKNOWN;
    const isOver = changeSteps * 100 > rule.change * fromSteps;
    return { holds: isOver ? 'yes' : 'no', value: (changeSteps * 100) / fromSteps };
  }
  const resolution = row.kind === 'numeric' ? row.resolution : 1;
  const isOver = changeSteps > Math.round(rule.change / resolution);
  return { holds: isOver ? 'yes' : 'no', value: Math.round(changeSteps * resolution * 1_000) / 1_000 };
}

function keep(rule: RateOfChangeRule, { atMs, steps }: RateMemory, { atMs: nowMs, valueSteps }: RuleReading): void {
  const sign = rule.direction === 'rise' ? 1 : -1;
  // What is neither newer nor further away can not be measured from any more.
  while (steps.length > 0 && sign * steps.at(-1)! >= sign * valueSteps) {
    atMs.pop();
    steps.pop();
  }
  const lastMs = atMs.at(-1);
  const stepMs = rule.overMs / STEPS;
  if (lastMs !== undefined && Math.floor(lastMs / stepMs) === Math.floor(nowMs / stepMs)) return;
  atMs.push(nowMs);
  steps.push(valueSteps);
}
