import { metricRow, type RateOfChangeRule, type WindowRule } from '@vigil/contracts';
import { type Answer, type Holds, levelAnswers } from './answers.js';
import type { Noted } from './bed-history.js';

/** What a rule of one metric has been given, and the answers that it gave. */
export interface Given {
  /** In the order in which they came. */
  readonly notes: readonly Noted[];
  /** Windows that end up to here are closed. */
  readonly closedMs: number;
}
export type Said = Pick<Answer, 'holds' | 'value' | 'levels'>;
const UNKNOWN = 'unknown';

/** In whole steps of the metric, so that no rounding decides (D3). */
export function stepsOf(note: Pick<Noted, 'metric' | 'value'>): number {
  const row = metricRow(note.metric);
  return row.kind === 'numeric' ? Math.round(note.value! / row.resolution) : 0;
}

const resolutionOf = (note: Pick<Noted, 'metric'>): number => {
  const row = metricRow(note.metric);
  return row.kind === 'numeric' ? row.resolution : 1;
};

/**
 * How far the newest value has risen from the lowest (fallen from the highest) of the time before it. A pause longer than three
 * intervals, or 10 s, begins the course anew.
 */
export function changeNow(rule: RateOfChangeRule, notes: readonly Noted[], rate: number): Said {
  const inOrder = notes.filter((n) => n.inOrder);
  const now = inOrder.at(-1)!;
  const breaks = inOrder.findLastIndex((n, i) => {
    const before = inOrder[i - 1];
    return before === undefined || n.afterGap || n.atMs - before.atMs > Math.max(3 * n.intervalMs, 10_000 * rate);
  });
  const course = inOrder.slice(breaks, -1);
  const none = (holds: Holds, value: number | null): Said => {
    const scale = { side: 'high' as const, hysteresis: 0, levels: rule.levels };
    return { holds, value, levels: levelAnswers(scale, value, holds, rule.change) };
  };
  if (course.length === 0) return none(UNKNOWN, null);
  const from = course.filter((n) => n.atMs >= now.atMs - rule.overMs).map(stepsOf);
  if (from.length === 0) return none('no', 0);
  const base = rule.direction === 'rise' ? Math.min(...from) : Math.max(...from);
  const change = Math.max(0, rule.direction === 'rise' ? stepsOf(now) - base : base - stepsOf(now));
  if (rule.unit === 'percent') {
    if (base === 0) return none(UNKNOWN, null);
    return none(change * 100 > rule.change * base ? 'yes' : 'no', (change * 100) / base);
  }
  const limit = Math.round(rule.change / resolutionOf(now));
  return none(change > limit ? 'yes' : 'no', Math.round(change * resolutionOf(now) * 1_000) / 1_000);
}

/** What the readings of one window come to, in whole steps (a slope: per minute); null where they are too few for it. */
export function aggregateOf(rule: WindowRule, notes: readonly Noted[]): number | null {
  const steps = notes.map(stepsOf);
  const sum = steps.reduce((total, step) => total + step, 0);
  // Two readings of one instant are told apart by their value.
  const inTime = [...notes].sort((a, b) => a.atMs - b.atMs || stepsOf(a) - stepsOf(b));
  switch (rule.aggregate) {
    case 'count':
      return steps.length;
    case 'sum':
      return sum;
    case 'min':
      return Math.min(...steps);
    case 'max':
      return Math.max(...steps);
    case 'range':
      return Math.max(...steps) - Math.min(...steps);
    case 'mean':
      return sum / steps.length;
    case 'first':
      return stepsOf(inTime[0]!);
    case 'last':
      return stepsOf(inTime.at(-1)!);
    case 'variance':
      return varianceOf(steps, sum);
    case 'standardDeviation': {
      const variance = varianceOf(steps, sum);
      return variance === null ? null : Math.sqrt(variance);
    }
    case 'slope':
      return slopeOf(notes);
    default: {
      const sorted = [...steps].sort((a, b) => a - b);
      const at = (rank: number): number => sorted[Math.max(1, rank) - 1]!;
      if (rule.aggregate === 'quantile') return at(Math.ceil((rule.quantile ?? 0.5) * sorted.length));
      const half = Math.floor(sorted.length / 2);
      return sorted.length % 2 === 1 ? at(half + 1) : (at(half) + at(half + 1)) / 2;
    }
  }
}

/** Of a sample; whole numbers up to the division. */
function varianceOf(steps: readonly number[], sum: number): number | null {
  const n = steps.length;
  if (n < 2) return null;
  const squares = steps.reduce((total, step) => total + step * step, 0);
  return (n * squares - sum * sum) / (n * (n - 1));
}

/** Least squares around the mean. */
function slopeOf(notes: readonly Noted[]): number | null {
  const fromMs = Math.min(...notes.map((n) => n.atMs));
  const meanMs = notes.reduce((total, n) => total + (n.atMs - fromMs), 0) / notes.length;
  const mean = notes.reduce((total, n) => total + stepsOf(n), 0) / notes.length;
  let [below, above] = [0, 0];
  for (const note of notes) {
    const offMs = note.atMs - fromMs - meanMs;
    below += offMs * offMs;
    above += offMs * (stepsOf(note) - mean);
  }
  return below === 0 ? null : (above / below) * 60_000;
}
