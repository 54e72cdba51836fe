import type { ChartItem, EpochMs, LogEventOf, ScoreName, ScoreSnapshot } from '@vigil/contracts';
import { deriveScore, evidenceParts } from './derive.js';
import type { ScoredStay } from './estimate.js';
import { givenAt } from './given.js';
import { news2DueAfterMs } from './news2.js';
import { takeItems } from './score-inputs.js';
import { emptyScores, type ScoreState } from './score-state.js';

/** Scores of which every part can be charted. The others keep a part that nobody can give here, or are no points. */
export const CHARTABLE = ['news2', 'mews', 'qsofa'] as const satisfies readonly ScoreName[];
export type ChartableScore = (typeof CHARTABLE)[number];

/** A charted score of which the source says no interval counts as long as temperature does. */
const OTHERS_STAND_MS = 6 * 3_600_000;

/** The score of these items alone. Pure; used by REST to say what is missing and by the engine to score. */
function scoreItems(score: ScoreName, items: readonly ChartItem[], spo2Scale: 1 | 2, atMs: number) {
  const alone: ScoreState = { ...emptyScores('adult'), spo2Scale };
  takeItems(alone, items, atMs);
  return deriveScore(score, givenAt(alone, atMs));
}

/** Names of the parts that a set lacks to be complete; empty for a complete one. */
export function missingParts(score: ScoreName, items: readonly ChartItem[]): readonly string[] {
  return scoreItems(score, items, 1, 0)
    .parts.filter((part) => part.points === null)
    .map((part) => part.part);
}

/**
 * A complete, validated set (D14): scored from its own items and nothing else. Null for one that is not complete; such a set
 * is refused before it reaches the log, and only feeds the estimate if it does.
 */
export function scoreCharted(state: ScoreState, stay: ScoredStay, event: LogEventOf<'charted'>): ScoreSnapshot | null {
  const score = event.score ?? 'news2';
  if (!event.validated || !(CHARTABLE as readonly ScoreName[]).includes(score)) return null;
  const value = scoreItems(score, event.items, state.spo2Scale, event.atMs);
  if (value.total === null) return null;
  const forMs = score === 'news2' ? news2DueAfterMs(value.total, value.singleParameter) : OTHERS_STAND_MS;
  const untilMs = event.atMs + forMs;
  const known = state.charted[score];
  // A set that is written down late does not replace what was seen since.
  if (known === undefined || event.atMs >= known.atMs) {
    state.charted[score] = {
      total: value.total,
      singleParameter: value.singleParameter,
      parts: evidenceParts(value.parts),
      atMs: event.atMs,
      untilMs,
    };
  }
  return {
    v: 1,
    bedId: stay.bedId,
    encounterId: stay.encounterId,
    score,
    basis: 'charted',
    atMs: event.atMs,
    validUntilMs: untilMs as EpochMs,
    total: value.total,
    min: value.min,
    max: value.max,
    singleParameter: value.singleParameter,
    parts: evidenceParts(value.parts),
    ...(score === 'news2' ? { spo2Scale: state.spo2Scale } : {}),
    by: event.by,
  };
}

/** What a person charts shows at once, not when the next snapshot of the estimate would be due. */
export function hurry(state: ScoreState): void {
  for (const { told } of Object.values(state.estimates)) if (told !== null) told.againMs = 0;
  state.dueMs = 0;
  state.ratioDueMs = 0;
}
