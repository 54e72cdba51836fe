import type { ScoreRule } from '@vigil/contracts';
import { givenAt } from '../scores/given.js';
import { deriveScore, evidenceParts } from '../scores/derive.js';
import type { EstimateState, ScoreState } from '../scores/score-state.js';
import { type Answer, type RuleKind, UNKNOWN } from './evaluator.js';

/** Points that each part had last, since the rule held first: what falls away is remembered with them. Null until it holds. */
export interface ScoreMemory {
  held: (number | null)[] | null;
  askedMs: number;
}

/** A charted score grows too old without any event: it is looked at again this often. */
const ASK_AGAIN_MS = 5_000;

/**
 * A score at or above a total.
 *
 * `charted` compares the newest validated set while it stands; when it is too old nothing is known. `estimate` compares the
 * *least* that the score can be, so that a missing part raises nothing (D14), and says no where the score has come down. A
 * part that falls away ends nothing: as long as the score with what that part had then would still be there, it is not known.
 */
export const scoreKind: RuleKind<ScoreRule, ScoreMemory> = {
  inputs: (rule) => ({ topics: [`score:${rule.score}`] }),
  memoryKey: ({ score, basis }) => JSON.stringify([score, basis]),
  empty: () => ({ held: null, askedMs: -1 }),
  ask: (rule, memory, { bed, nowMs }) => {
    memory.askedMs = nowMs;
    if (bed.scores === undefined) return UNKNOWN;
    return rule.basis === 'charted' ? askCharted(rule, bed.scores, nowMs) : askEstimate(rule, memory, bed.scores);
  },
  due: (rule, { askedMs }) => (rule.basis === 'charted' ? { clock: 'event', atMs: askedMs + ASK_AGAIN_MS } : null),
  limit: (rule) => rule.atLeast,
  evidence: (rule, _memory, _answer, { bed, nowMs }) => {
    if (bed.scores === undefined) return {};
    const { scores } = bed;
    if (rule.basis === 'charted') return { parts: scores.charted[rule.score]?.parts ?? [] };
    return { parts: evidenceParts(deriveScore(rule.score, givenAt(scores, nowMs)).parts) };
  },
};

function askCharted(rule: ScoreRule, scores: ScoreState, nowMs: number): Answer {
  const charted = scores.charted[rule.score];
  if (charted === undefined || nowMs >= charted.untilMs) return UNKNOWN;
  return { holds: isReached(rule, charted.total, charted.singleParameter) ? 'yes' : 'no', value: charted.total };
}

function askEstimate(rule: ScoreRule, memory: ScoreMemory, scores: ScoreState): Answer {
  const estimate = scores.estimates[rule.score];
  if (estimate === undefined) return UNKNOWN;
  const value = estimate.min;
  const isReachedNow = isReached(rule, value, estimate.singleParameter);
  if (memory.held === null) {
    if (!isReachedNow) return { holds: isReached(rule, estimate.max, estimate.max > value) ? 'unknown' : 'no', value };
    memory.held = [...estimate.points];
    return { holds: 'yes', value };
  }
  // Said again and again, because an off-delay may run. What falls away from here on had what it has now.
  keepLast(memory.held, estimate.points);
  const [least, singleParameter] = withHeld(estimate, memory.held);
  const holds = isReachedNow ? 'yes' : isReached(rule, least, singleParameter) ? 'unknown' : 'no';
  return least > value ? { holds, value, mayBe: least } : { holds, value };
}

function keepLast(held: (number | null)[], points: readonly (number | null)[]): void {
  for (let i = 0; i < points.length; i += 1) held[i] = points[i] ?? held[i] ?? null;
}

/** The least that the score is if every part that has fallen away had what it had when the rule held. */
function withHeld(estimate: EstimateState, held: readonly (number | null)[]): [least: number, singleParameter: boolean] {
  let least = estimate.min;
  let singleParameter = estimate.singleParameter;
  for (const [i, points] of estimate.points.entries()) {
    const before = held[i] ?? null;
    if (points !== null || before === null) continue;
    least += before;
    if (before >= SINGLE) singleParameter = true;
  }
  return [least, singleParameter];
}
const SINGLE = 3;

function isReached(rule: ScoreRule, least: number, singleParameter: boolean): boolean {
  return least >= rule.atLeast || (rule.singleParameter === true && singleParameter);
}
