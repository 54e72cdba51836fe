import type { EvidencePart, ScoreName } from '@vigil/contracts';
import { BEDSIDE_PEWS } from './bedside-pews.js';
import type { Given, PartAnswer, ScoreDefinition, ScoreValue } from './definition.js';
import { MEWS } from './mews.js';
import { NEWS2 } from './news2.js';
import { MEAN_PRESSURE, SHOCK_INDEX } from './ratios.js';
import { QSOFA, SIRS } from './sepsis.js';

/** Every score, in the order in which snapshots of one moment come. */
export const SCORES: Readonly<Record<ScoreName, ScoreDefinition>> = {
  news2: NEWS2,
  mews: MEWS,
  qsofa: QSOFA,
  sirs: SIRS,
  shockIndex: SHOCK_INDEX,
  meanPressure: MEAN_PRESSURE,
  bedsidePews: BEDSIDE_PEWS,
};
export const SCORE_NAMES = Object.keys(SCORES) as readonly ScoreName[];

/**
 * One score of what is given. Missing is never zero: without a part there is no total, only what the score is at least and at
 * most. Pure; a part counts if and only if it is given, so expiry is the caller's.
 */
export function deriveScore(score: ScoreName, given: Given): ScoreValue {
  const definition = SCORES[score];
  const parts = definition.parts(given);
  let untilMs = Infinity;
  for (const { known } of parts) if (known !== null) untilMs = Math.min(untilMs, known.atMs + known.forMs);
  return { ...(definition.kind === 'ratio' ? ratio(definition, given) : sum(definition, parts)), parts, untilMs };
}

function sum({ singleAt }: ScoreDefinition, parts: readonly PartAnswer[]): Omit<ScoreValue, 'parts' | 'untilMs'> {
  let [min, max, isComplete, singleParameter] = [0, 0, true, false];
  for (const part of parts) {
    min += part.min;
    max += part.max;
    if (part.points === null) isComplete = false;
    if (singleAt !== undefined && part.min >= singleAt) singleParameter = true;
  }
  return { total: isComplete ? min : null, min, max, singleParameter };
}

function ratio(definition: ScoreDefinition, given: Given): Omit<ScoreValue, 'parts' | 'untilMs'> {
  const total = definition.ratio?.(given) ?? null;
  const [min, max] = definition.bounds ?? [0, 0];
  return { total, min: total ?? min, max: total ?? max, singleParameter: false };
}

/** The parts as alarms and snapshots show them. */
export function evidenceParts(parts: readonly PartAnswer[]): EvidencePart[] {
  return parts.map(({ part, points, value, known }) => ({
    part,
    points,
    value,
    atMs: (known?.atMs ?? null) as EvidencePart['atMs'],
    source: known?.source ?? null,
  }));
}
