import { type Aggregate, type MetricName, metricRow, type WindowSpec } from '@vigil/contracts';
import { CELLS, KEPT, type Kept } from './accumulator.js';

/** A sliding window is made of at most so many panes; of half of them where each holds the counts of its values. */
export const SLIDING_PANES_MAX = 60;
const SKETCHED_PANES_MAX = 30;
/** Monitors send once a second; a finer pane would hold nothing more. */
const PANE_MS_MIN = 1_000;
/** Panes of one hopping window at most; `windowProblems` refuses others. */
export const HOPPING_PANES_MAX = 120;
/** Different values that one window keeps apart, and that all panes of one window keep apart together. */
export const BUCKETS_MAX = 256;
const PANED_BUCKETS_MAX = 768;

/** What windows are asked for. */
export interface WindowQuestion {
  readonly metric: MetricName;
  readonly window: WindowSpec;
  readonly aggregate: Aggregate;
  readonly quantile?: number | undefined;
}

/**
 * A question in the form in which it is worked on; made once per rule set. Aligned windows are runs of panes of `paneMs`: a
 * reading is added to one pane, whatever number of windows it is in. Half open, aligned to the Unix epoch.
 */
export interface WindowPlan {
  readonly question: WindowQuestion;
  readonly kept: Kept;
  /** Numbers per pane or session in `cells`. */
  readonly stride: number;
  readonly isSession: boolean;
  readonly isSliding: boolean;
  readonly sizeMs: number;
  readonly paneMs: number;
  /** Distance between the ends of windows; a whole number of panes. */
  readonly hopMs: number;
  readonly gapMs: number;
  readonly bucketsMax: number;
  /** For the answer; overwritten by the next question. */
  readonly view: WindowView;
  readonly scratch: number[];
}

/** One window as it stands. A view is only good until the next question: copy what is to be kept. */
export interface WindowView {
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  count: number;
  /** In whole steps of the metric, squared for a variance, per minute for a slope; null where too little is there. */
  value: number | null;
}

export function planWindow(question: WindowQuestion): WindowPlan {
  const { window, aggregate } = question;
  const kept = KEPT[aggregate];
  const isSession = window.type === 'session';
  const shared = {
    question,
    kept,
    stride: CELLS[kept] + (isSession ? 2 : 1),
    isSession,
    isSliding: window.type === 'sliding',
    gapMs: isSession ? window.gapMs : 0,
    view: { fromMs: 0, toMs: 0, count: 0, value: null },
    scratch: new Array<number>(CELLS[kept]).fill(0),
  };
  const { paneMs, sizeMs, hopMs } = panesOf(window, kept);
  const panes = sizeMs / paneMs;
  const bucketsMax = panes === 1 ? BUCKETS_MAX : Math.max(16, Math.floor(PANED_BUCKETS_MAX / panes));
  return { ...shared, sizeMs, paneMs, hopMs, bucketsMax };
}

function panesOf(window: WindowSpec, kept: Kept): { paneMs: number; sizeMs: number; hopMs: number } {
  const { sizeMs } = window;
  switch (window.type) {
    case 'tumbling':
    case 'session':
      return { paneMs: sizeMs, sizeMs, hopMs: sizeMs };
    case 'hopping':
      return { paneMs: greatestDivisor(sizeMs, window.hopMs), sizeMs, hopMs: window.hopMs };
    case 'sliding': {
      const panesMax = kept === 'sketch' ? SKETCHED_PANES_MAX : SLIDING_PANES_MAX;
      const paneMs = Math.max(PANE_MS_MIN, Math.ceil(sizeMs / panesMax / PANE_MS_MIN) * PANE_MS_MIN);
      return { paneMs, sizeMs: Math.ceil(sizeMs / paneMs) * paneMs, hopMs: paneMs };
    }
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Why such a window is not possible, in words that say what to change; empty where it is. */
export function windowProblems({ metric, window, aggregate, quantile }: WindowQuestion): string[] {
  const problems: string[] = [];
  if (metricRow(metric).kind !== 'numeric') problems.push(`${metric} is no number: choose a metric that is measured`);
  if (aggregate === 'quantile' && quantile === undefined) problems.push('say which quantile: 0.01 to 0.99');
  if (window.type === 'hopping') {
    if (window.hopMs > window.sizeMs)
      problems.push('hopMs is longer than sizeMs: readings between two windows would count for nothing');
    else if (window.sizeMs / greatestDivisor(window.sizeMs, window.hopMs) > HOPPING_PANES_MAX) {
      problems.push(
        `a hopping window has at most ${HOPPING_PANES_MAX} panes: choose hopMs so that it divides sizeMs, or use a sliding window`,
      );
    }
  }
  if (window.type === 'session' && window.gapMs >= window.sizeMs)
    problems.push('gapMs is not shorter than sizeMs: no session could hold a pause');
  return problems;
}

/** What one step of the metric is worth in the unit of the aggregate. */
export function unitsPerStep(metric: MetricName, aggregate: Aggregate): number {
  const row = metricRow(metric);
  if (aggregate === 'count' || row.kind !== 'numeric') return 1;
  return aggregate === 'variance' ? row.resolution * row.resolution : row.resolution;
}

/**
 * A limit in the steps of the aggregate. Limits are written in whole steps of the metric as a rule; one between two steps stays
 * between them for aggregates that are no whole steps themselves.
 */
export function limitInSteps(metric: MetricName, aggregate: Aggregate, limit: number): number {
  const steps = limit / unitsPerStep(metric, aggregate);
  const whole = Math.round(steps);
  return Math.abs(steps - whole) < 1e-6 ? whole : steps;
}
