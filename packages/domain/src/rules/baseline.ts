import { type BaselineRule, metricRow } from '@vigil/contracts';
import { type Answer, type RuleKind, type RuleReading, UNKNOWN } from './evaluator.js';
import {
  addAll,
  addTo,
  type AnyHistogram,
  type Histogram,
  medianDeviation,
  medianOf,
  packHistogram,
  total,
  unpackHistogram,
} from './histogram.js';

/** A normal distribution has 1.4826 median absolute deviations in a standard deviation. */
const MAD_TO_SD = 1.4826;
/** Parts of the recent time and of the baseline: what is forgotten goes by one of them at a time. */
const RECENT_PANES = 6;
const BASELINE_PANES = 6;
/** Different bins that a metric's plausible range has at most, which bounds a pane. */
const BINS_MAX = 160;

/**
 * How far the recent values are from what is usual for this patient, as a robust z-score over histograms.
 *
 * Learnt from the stay alone. What comes while the deviation holds is not learnt as usual, until it has held for as long as the
 * whole baseline: then it is forgotten, and the new usual is learnt. Not known while either side has fewer than its share of the
 * expected samples. It is judged when a pane of the recent time is full, so an answer is up to a sixth of `recentMs` old.
 */
export const baselineKind: RuleKind<BaselineRule, BaselineMemory> = {
  inputs: ({ metric }) => ({ metrics: [metric] }),
  memoryKey: ({ metric, recentMs, baselineMs, deviationMin }) => `${metric}/${recentMs}/${baselineMs}/${deviationMin}`,
  empty: () => ({ recent: [], usual: [] }),
  onReading(rule, memory, reading) {
    const paneMs = Math.ceil(rule.recentMs / RECENT_PANES);
    const startMs = Math.floor(reading.atMs / paneMs) * paneMs;
    const newest = memory.recent.at(-1);
    if (newest !== undefined && startMs < newest.startMs) {
      // A late one still counts where its pane is there; the answer that was given stands.
      const pane = memory.recent.find((p) => p.startMs === startMs);
      if (pane !== undefined) addToPane(pane, binOf(rule, reading));
      return null;
    }
    let answer: Answer | null = null;
    if (newest === undefined || startMs > newest.startMs) {
      if (newest !== undefined) {
        pack(newest);
        answer = judge(rule, memory, startMs, reading.intervalMs);
      }
      memory.recent.push({ startMs, bins: [] });
    }
    addToPane(memory.recent.at(-1)!, binOf(rule, reading));
    return answer;
  },
  limit: ({ z }) => z,
  evidence: (rule, { recent }, { value }) => ({
    value: value === null ? null : Math.round(value * 10) / 10,
    unit: null,
    side: rule.side === 'both' ? 'high' : rule.side,
    window: {
      fromMs: (recent[0]?.startMs ?? 0) as never,
      toMs: ((recent.at(-1)?.startMs ?? 0) + Math.ceil(rule.recentMs / RECENT_PANES)) as never,
      aggregate: 'deviation',
    },
  }),
};

interface Pane {
  readonly startMs: number;
  /** Packed but for the newest; in states of before there was that, the same as it was. */
  bins: AnyHistogram;
}

interface BaselineMemory {
  /** Ascending; at most `RECENT_PANES` + 1. */
  recent: Pane[];
  /** Ascending; at most `BASELINE_PANES` + 1. */
  usual: Pane[];
  /** Event time since when the deviation holds; absent while it does not. */
  deviatesMs?: number;
}

/** A new recent pane begins at `nowMs`: what leaves the recent time is learnt, and the full panes are judged. */
function judge(rule: BaselineRule, memory: BaselineMemory, nowMs: number, intervalMs: number): Answer {
  learn(rule, memory, nowMs);
  const recent: Histogram = [];
  for (const pane of memory.recent) addAll(recent, pane.bins);
  const usual: Histogram = [];
  for (const pane of memory.usual) addAll(usual, pane.bins);
  if (!isCovered(recent, rule.recentMs, rule, intervalMs) || !isCovered(usual, rule.baselineMs, rule, intervalMs)) return UNKNOWN;
  const z = zScore(rule, recent, usual);
  const value = rule.side === 'both' ? Math.abs(z) : rule.side === 'high' ? z : -z;
  if (value <= rule.z) delete memory.deviatesMs;
  else memory.deviatesMs ??= nowMs;
  return { holds: value > rule.z ? 'yes' : 'no', value: Math.round(value * 100) / 100 };
}

function learn(rule: BaselineRule, memory: BaselineMemory, nowMs: number): void {
  if (memory.deviatesMs !== undefined && nowMs - memory.deviatesMs >= rule.baselineMs) {
    memory.usual = [];
    delete memory.deviatesMs;
  }
  const paneMs = Math.ceil(rule.baselineMs / BASELINE_PANES);
  while (memory.recent.length > 0 && memory.recent[0]!.startMs < nowMs - rule.recentMs) {
    const gone = memory.recent.shift()!;
    if (memory.deviatesMs !== undefined) continue;
    const startMs = Math.floor(gone.startMs / paneMs) * paneMs;
    const newest = memory.usual.at(-1);
    if (newest?.startMs !== startMs) {
      if (newest !== undefined) pack(newest);
      memory.usual.push({ startMs, bins: [] });
    }
    addAll(memory.usual.at(-1)!.bins as Histogram, gone.bins);
  }
  // While the deviation holds, what was usual before it is not forgotten: it is what the alarm is measured against.
  if (memory.deviatesMs !== undefined) return;
  while (memory.usual.length > 0 && memory.usual[0]!.startMs + paneMs <= nowMs - rule.recentMs - rule.baselineMs) {
    memory.usual.shift();
  }
}

function addToPane(pane: Pane, bin: number): void {
  if (typeof pane.bins !== 'string') {
    addTo(pane.bins, bin);
    return;
  }
  const bins = unpackHistogram(pane.bins);
  addTo(bins, bin);
  pane.bins = packHistogram(bins);
}

function pack(pane: Pane): void {
  if (typeof pane.bins !== 'string') pane.bins = packHistogram(pane.bins);
}

function isCovered(histogram: Histogram, sizeMs: number, rule: BaselineRule, intervalMs: number): boolean {
  const expected = Math.floor(sizeMs / intervalMs);
  return expected > 0 && total(histogram) * 100 >= expected * rule.coveragePct;
}

function zScore(rule: BaselineRule, recent: Histogram, usual: Histogram): number {
  const middle = medianOf(usual);
  const width = binSteps(rule) * resolutionOf(rule);
  const deviation = Math.max(medianDeviation(usual, middle) * MAD_TO_SD * width, rule.deviationMin);
  return ((medianOf(recent) - middle) * width) / deviation;
}

/** A bin is half of the least deviation that counts wide, so that z is exact to about a quarter; wider where a pane would grow. */
function binSteps(rule: BaselineRule): number {
  const row = metricRow(rule.metric);
  const rangeSteps = row.kind === 'numeric' ? (row.plausible[1] - row.plausible[0]) / row.resolution : 1;
  return Math.max(1, Math.floor(rule.deviationMin / 2 / resolutionOf(rule)), Math.ceil(rangeSteps / BINS_MAX));
}

function binOf(rule: BaselineRule, { valueSteps }: RuleReading): number {
  return Math.floor(valueSteps / binSteps(rule));
}

function resolutionOf({ metric }: BaselineRule): number {
  const row = metricRow(metric);
  return row.kind === 'numeric' ? row.resolution : 1;
}
