import { type BaselineRule, metricRow } from '@vigil/contracts';
import { levelAnswers, type Remembered } from './answers.js';
import type { Noted } from './bed-history.js';
import { type Said, stepsOf } from './measures.js';

/** What a rule of deviations has read: what is recent, what it has learnt as usual, and since when the deviation holds. */
export interface Learnt {
  recent: { readonly paneMs: number; readonly note: Noted }[];
  usual: { readonly paneMs: number; readonly bin: number }[];
  deviatesMs: number | null;
}
export const nothingLearnt = (): Learnt => ({ recent: [], usual: [], deviatesMs: null });

/** Both times go on by a sixth of their own (docs/adr/0041). */
const PARTS = 6;
const binWidth = (rule: BaselineRule): number => {
  const row = metricRow(rule.metric);
  if (row.kind !== 'numeric') return 1;
  const [low, high] = row.plausible;
  // Half of the least deviation that counts, and a plausible range of 160 bins at most.
  return Math.max(1, Math.floor(rule.deviationMin / 2 / row.resolution), Math.ceil((high - low) / row.resolution / 160));
};
const binOf = (rule: BaselineRule, note: Noted): number => Math.floor(stepsOf(note) / binWidth(rule));
const paneOf = (atMs: number, sizeMs: number): number => {
  const paneMs = Math.ceil(sizeMs / PARTS);
  return Math.floor(atMs / paneMs) * paneMs;
};

/** Says something when a reading begins a new sixth of the recent time, of the sixths that are full; else null. */
export function baselineReading(rule: BaselineRule, memory: Remembered, note: Noted): Said | null {
  const learnt = (memory.learnt ??= nothingLearnt());
  const paneMs = paneOf(note.atMs, rule.recentMs);
  const newestMs = learnt.recent.at(-1)?.paneMs;
  if (newestMs !== undefined && paneMs < newestMs) {
    const at = learnt.recent.findLastIndex((each) => each.paneMs === paneMs);
    if (at >= 0) learnt.recent.splice(at + 1, 0, { paneMs, note });
    return null;
  }
  const isNew = newestMs !== undefined && paneMs > newestMs;
  if (isNew) learn(rule, learnt, paneMs);
  const said = isNew ? judge(rule, learnt, paneMs, note.intervalMs) : null;
  learnt.recent.push({ paneMs, note });
  return said;
}

function learn(rule: BaselineRule, learnt: Learnt, nowMs: number): void {
  if (learnt.deviatesMs !== null && nowMs - learnt.deviatesMs >= rule.baselineMs) {
    learnt.usual = [];
    learnt.deviatesMs = null;
  }
  const isOld = (each: Learnt['recent'][number]): boolean => each.paneMs < nowMs - rule.recentMs;
  const gone = learnt.recent.filter(isOld);
  learnt.recent = learnt.recent.filter((each) => !isOld(each));
  if (learnt.deviatesMs !== null) return;
  learnt.usual.push(...gone.map(({ paneMs, note }) => ({ paneMs: paneOf(paneMs, rule.baselineMs), bin: binOf(rule, note) })));
  const sixthMs = Math.ceil(rule.baselineMs / PARTS);
  learnt.usual = learnt.usual.filter(({ paneMs }) => paneMs + sixthMs > nowMs - rule.recentMs - rule.baselineMs);
}

function judge(rule: BaselineRule, learnt: Learnt, nowMs: number, intervalMs: number): Said {
  const scale = { side: 'high' as const, hysteresis: 0, levels: rule.levels };
  const isEnough = (count: number, sizeMs: number): boolean => {
    const expected = Math.floor(sizeMs / intervalMs);
    return expected > 0 && count * 100 >= expected * rule.coveragePct;
  };
  if (!isEnough(learnt.recent.length, rule.recentMs) || !isEnough(learnt.usual.length, rule.baselineMs)) {
    return { holds: 'unknown', value: null, levels: levelAnswers(scale, null, 'unknown', rule.z) };
  }
  const z = zOf(rule, learnt);
  const far = rule.side === 'both' ? Math.abs(z) : rule.side === 'high' ? z : -z;
  const holds = far > rule.z ? 'yes' : 'no';
  learnt.deviatesMs = holds === 'no' ? null : (learnt.deviatesMs ?? nowMs);
  const value = Math.round(far * 100) / 100;
  return { holds, value, levels: levelAnswers(scale, value, holds, rule.z) };
}

/** (median of the recent - median of the usual) / (1.4826 * median absolute deviation of the usual), all in bins. */
function zOf(rule: BaselineRule, { recent, usual }: Learnt): number {
  const row = metricRow(rule.metric);
  const width = binWidth(rule) * (row.kind === 'numeric' ? row.resolution : 1);
  const bins = usual.map(({ bin }) => bin);
  const middle = medianOf(bins);
  const distances = bins.map((bin) => Math.abs(bin - middle)).sort((a, b) => a - b);
  const deviation = distances[Math.ceil(distances.length / 2) - 1]! * 1.4826 * width;
  const now = medianOf(recent.map(({ note }) => binOf(rule, note)));
  return ((now - middle) * width) / Math.max(deviation, rule.deviationMin);
}

/** As if the values of a bin lay evenly across it. */
function medianOf(bins: readonly number[]): number {
  const sorted = [...bins].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const bin = sorted[Math.ceil(half) - 1]!;
  const below = sorted.filter((each) => each < bin).length;
  return bin - 0.5 + (half - below) / sorted.filter((each) => each === bin).length;
}
