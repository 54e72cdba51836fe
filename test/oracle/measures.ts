import { metricRow, type RateOfChangeRule, type WindowRule } from '@vigil/contracts';
import { type Answer, against, type Holds, levelAnswers } from './answers.js';
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

/** Where the windows that hold `atMs` end. */
export function endsOf({ window }: WindowRule, atMs: number): number[] {
  const hopMs = window.type === 'hopping' ? window.hopMs : window.sizeMs;
  const ends: number[] = [];
  for (let from = Math.floor(atMs / hopMs) * hopMs; from > atMs - window.sizeMs; from -= hopMs) ends.push(from + window.sizeMs);
  return ends;
}

/** What the readings of one window come to, in whole steps. */
function aggregate(rule: WindowRule, steps: readonly number[]): number {
  const sum = steps.reduce((total, step) => total + step, 0);
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
    case 'median': {
      const sorted = [...steps].sort((a, b) => a - b);
      const middle = Math.floor(sorted.length / 2);
      return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
    }
    default:
      throw new Error(`the oracle knows nothing of ${rule.aggregate}`);
  }
}

/** One window as it stands: null where too few of its expected readings are there (D15). A count speaks for itself. */
export function windowSays(rule: WindowRule, notes: readonly Noted[], toMs: number, intervalMs: number): Said | null {
  const inside = notes.filter((n) => n.atMs >= toMs - rule.window.sizeMs && n.atMs < toMs);
  if (inside.length === 0) return null;
  const expected = Math.floor(rule.window.sizeMs / intervalMs);
  const isCovered = rule.aggregate === 'count' || (expected > 0 && inside.length * 100 >= expected * rule.coveragePct);
  if (!isCovered) return null;
  const unit = rule.aggregate === 'count' ? 1 : resolutionOf(inside[0]!);
  const steps = aggregate(rule, inside.map(stepsOf));
  const { side, hysteresis = 0, limit } = rule;
  const inSteps = (value: number): number => Math.round(value / unit);
  const isBeyond = (edge: number): boolean => (side === 'high' ? steps > edge : steps < edge);
  const back = side === 'high' ? limit - hysteresis : limit + hysteresis;
  const holds: Holds = isBeyond(inSteps(limit)) ? 'yes' : isBeyond(inSteps(back)) ? 'between' : 'no';
  const value = Math.round(steps * unit * 1e6) / 1e6;
  return { holds, value, levels: levelAnswers({ side, hysteresis, levels: rule.levels }, value, holds, limit) };
}

export { against };
