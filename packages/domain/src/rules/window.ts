import { metricRow, type WindowRule } from '@vigil/contracts';
import {
  addToWindows,
  closeWindowsUpTo,
  decidesEarly,
  eachOpenWindow,
  emptyWindows,
  isCovered,
  limitInSteps,
  nextCloseMs,
  planWindow,
  samplesExpected,
  unitsPerStep,
  type WindowPlan,
  type WindowState,
  type WindowView,
} from '../windows/index.js';
import { type Answer, type Holds, type RuleContext, type RuleKind, type RuleReading, UNKNOWN } from './evaluator.js';

/** What a window rule remembers: its open windows, and which window it answered from last. */
export interface WindowMemory {
  windows: WindowState;
  newestMs: number;
  intervalMs: number;
  fromMs: number;
  toMs: number;
  samples: number;
  expected: number;
}

interface Compiled {
  readonly plan: WindowPlan;
  readonly limit: number;
  readonly back: number;
  readonly unit: number;
  readonly isEarly: boolean;
}

const compiledRules = new WeakMap<WindowRule, Compiled>();

function compile(rule: WindowRule): Compiled {
  const known = compiledRules.get(rule);
  if (known !== undefined) return known;
  const { metric, aggregate, side, hysteresis = 0 } = rule;
  const plan = planWindow(rule);
  const backAt = side === 'high' ? rule.limit - hysteresis : rule.limit + hysteresis;
  const compiled = {
    plan,
    limit: limitInSteps(metric, aggregate, rule.limit),
    back: limitInSteps(metric, aggregate, backAt),
    unit: unitsPerStep(metric, aggregate),
    isEarly: decidesEarly(plan, side),
  };
  compiledRules.set(rule, compiled);
  return compiled;
}

/**
 * An aggregate over a window against a limit.
 *
 * Tumbling, hopping and session windows say yes as soon as what they hold so far is beyond the limit and covered (D15), and no only when
 * a closed window is back inside: half a window may change its mind, a closed one does not. A sliding window is whole at every
 * reading and decides both ways there. Compared in whole steps, so that no rounding decides.
 */
export const windowKind: RuleKind<WindowRule, WindowMemory> = {
  inputs: (rule) => ({ metrics: [rule.metric] }),
  memoryKey: ({ metric, window, aggregate, quantile }) => JSON.stringify([metric, window, aggregate, quantile ?? null]),
  empty: (rule) => ({
    windows: emptyWindows(compile(rule).plan),
    ...{ newestMs: 0, intervalMs: metricRow(rule.metric).nominalIntervalMs, fromMs: 0, toMs: 0, samples: 0, expected: 0 },
  }),
  onReading(rule, memory, reading, context) {
    const closed = closeAll(rule, memory, context);
    const early = takeReading(rule, memory, reading, context);
    // What is beyond now counts, whatever an older window said as it closed.
    return early ?? closed;
  },
  ask: (rule, memory, context) => closeAll(rule, memory, context),
  due(rule, { windows, newestMs }) {
    const { plan } = compile(rule);
    // A sliding window without a new reading is covered for a while yet, and then no longer.
    const atMs = plan.isSliding && windows.cells.length > 0 ? newestMs + plan.sizeMs : nextCloseMs(plan, windows);
    return atMs === null ? null : { clock: 'watermark', atMs };
  },
  limit: (rule) => rule.limit,
  evidence(rule, memory, answer) {
    const { fromMs, toMs, samples, expected } = memory;
    return {
      value: answer.value === null ? null : Math.round(answer.value * 100) / 100,
      unit: unitOf(rule),
      samples,
      samplesExpected: expected,
      window: { fromMs: fromMs as never, toMs: toMs as never, aggregate: rule.aggregate },
    };
  },
};

function takeReading(rule: WindowRule, memory: WindowMemory, reading: RuleReading, { bed }: RuleContext): Answer | null {
  const { plan, isEarly } = compile(rule);
  const { windows } = memory;
  memory.intervalMs = reading.intervalMs;
  if (!addToWindows(plan, windows, reading.atMs, reading.valueSteps, bed.watermarkMs)) return null;
  memory.newestMs = Math.max(memory.newestMs, reading.atMs);
  if (plan.isSliding) return slidingAnswer(rule, memory);
  return isEarly ? worstOpen(rule, memory, reading.atMs) : null;
}

function slidingAnswer(rule: WindowRule, memory: WindowMemory): Answer {
  const { plan } = compile(rule);
  let answer = UNKNOWN;
  eachOpenWindow(plan, memory.windows, memory.newestMs, (view) => {
    answer = answerOf(rule, memory, view);
    return true;
  });
  return answer;
}

/** The open window that is furthest beyond the limit, if one is; what is still inside may yet change and says nothing. */
function worstOpen(rule: WindowRule, memory: WindowMemory, atMs: number): Answer | null {
  const { plan, limit } = compile(rule);
  const isCount = rule.aggregate === 'count';
  const countMin = isCount || plan.isSession ? 0 : (Math.floor(plan.sizeMs / memory.intervalMs) * rule.coveragePct) / 100;
  let worst: Answer | null = null;
  const look = (view: WindowView): boolean => {
    if (view.value === null || !isBeyond(rule, view.value, limit)) return false;
    if (worst !== null && !isBeyond(rule, inUnits(rule, view.value), worst.value!)) return false;
    const expected = samplesExpected(plan, view, memory.intervalMs);
    if (isCovered(plan, view, expected, rule.coveragePct)) worst = answerOf(rule, memory, view);
    return false;
  };
  const mayMatter = (lowest: number, highest: number): boolean => isBeyond(rule, rule.side === 'high' ? highest : lowest, limit);
  eachOpenWindow(plan, memory.windows, atMs, look, { countMin, mayMatter });
  return worst;
}

/** Closes what the watermark has passed; the newest of what was closed answers. */
function closeAll(rule: WindowRule, memory: WindowMemory, { bed }: RuleContext): Answer | null {
  const { plan } = compile(rule);
  const { windows } = memory;
  if (plan.isSliding) {
    closeWindowsUpTo(plan, windows, bed.watermarkMs, null);
    if (windows.cells.length > 0 || memory.newestMs === 0 || bed.watermarkMs < memory.newestMs + plan.sizeMs) return null;
    return UNKNOWN;
  }
  let answer: Answer | null = null;
  closeWindowsUpTo(plan, windows, bed.watermarkMs, (view) => {
    answer = answerOf(rule, memory, view);
  });
  if (answer === null || !compile(rule).isEarly) return answer;
  // A younger window that is beyond already would raise what this one ends.
  return worstOpen(rule, memory, memory.newestMs) ?? answer;
}

function answerOf(rule: WindowRule, memory: WindowMemory, view: WindowView): Answer {
  const { plan, limit, back } = compile(rule);
  const expected = samplesExpected(plan, view, memory.intervalMs);
  if (view.value === null || !isCovered(plan, view, expected, rule.coveragePct)) return UNKNOWN;
  memory.fromMs = view.fromMs;
  memory.toMs = view.toMs;
  memory.samples = view.count;
  memory.expected = expected;
  const holds: Holds = isBeyond(rule, view.value, limit) ? 'yes' : isBeyond(rule, view.value, back) ? 'between' : 'no';
  return { holds, value: inUnits(rule, view.value) };
}

function isBeyond({ side }: WindowRule, value: number, limit: number): boolean {
  return side === 'high' ? value > limit : value < limit;
}

/** A millionth of the unit is beyond every resolution, and the last bits of a product are no measurement. */
function inUnits(rule: WindowRule, steps: number): number {
  return Math.round(steps * compile(rule).unit * 1e6) / 1e6;
}

/** UCUM. */
function unitOf({ metric, aggregate }: WindowRule): string | null {
  const { unit } = metricRow(metric);
  if (aggregate === 'count') return null;
  if (aggregate === 'variance') return `(${unit})2`;
  return aggregate === 'slope' ? `${unit}/min` : unit;
}
