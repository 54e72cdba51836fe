import type { AgeGroup, BedId, EncounterId, EpochMs, ScoreName, ScoreSnapshot } from '@vigil/contracts';
import type { ScoreValue } from './definition.js';
import { deriveScore, evidenceParts, SCORE_NAMES, SCORES } from './derive.js';
import { givenAt } from './given.js';
import type { EstimateState, ScoreState } from './score-state.js';

/** Snapshots of one score of one bed come no more often than this (event time); what people chart comes at once. */
export const POINTS_TOLD_EVERY_MS = 10_000;
/** A number without points changes with nearly every reading, and its rules live with one that is this old. */
export const RATIO_DERIVED_EVERY_MS = 10_000;
export const RATIO_TOLD_EVERY_MS = 60_000;
/** A snapshot that says the same is sent again so long before it would end, if its parts are newer by now. */
export const REFRESH_BEFORE_MS = 60_000;

/** Scores that have changed: rules that look at them are to be asked. */
export type ScoreNews = readonly ScoreName[];
export const NO_NEWS: ScoreNews = [];

export interface ScoredStay {
  readonly bedId: BedId;
  readonly encounterId: EncounterId;
}

/** The scores that are made for an age group. */
export function scoresFor(ageGroup: AgeGroup): readonly ScoreName[] {
  return FOR_AGE[ageGroup];
}
const forAge = (ageGroup: AgeGroup): readonly ScoreName[] =>
  SCORE_NAMES.filter((score) => SCORES[score].ageGroups.includes(ageGroup));
const FOR_AGE: Readonly<Record<AgeGroup, readonly ScoreName[]>> = {
  adult: forAge('adult'),
  paediatric: forAge('paediatric'),
  neonate: forAge('neonate'),
};

/**
 * Derives every estimate anew when its time has come (`state.dueMs`), and tells those that are news. Answers the scores whose
 * rules are to be asked. Costs one comparison while nothing is due.
 */
export function settleEstimates(state: ScoreState, stay: ScoredStay, nowMs: number, out: ScoreSnapshot[]): ScoreNews {
  if (nowMs < state.dueMs) return NO_NEWS;
  const given = givenAt(state, nowMs);
  const changed: ScoreName[] = [];
  let dueMs = Infinity;
  for (const score of FOR_AGE[state.ageGroup]) {
    const value = deriveScore(score, given);
    const known = state.estimates[score];
    // Nothing was ever known of it: nothing to say.
    if (known === undefined && value.untilMs === Infinity) continue;
    const estimate = (state.estimates[score] ??= newEstimate());
    if (keep(estimate, value)) changed.push(score);
    const isRatio = SCORES[score].kind === 'ratio';
    tell(estimate, value, { score, isRatio, spo2Scale: state.spo2Scale, ...stay }, nowMs, out);
    dueMs = Math.min(dueMs, nextLook(estimate, value, isRatio, nowMs));
  }
  state.dueMs = dueMs === Infinity ? NEVER_MS : dueMs;
  return changed;
}
/** JSON has no Infinity. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

function newEstimate(): EstimateState {
  return { total: null, min: 0, max: 0, singleParameter: false, points: [], told: null };
}

/** True when anything that a rule compares has changed. */
function keep(estimate: EstimateState, value: ScoreValue): boolean {
  const isSame =
    estimate.total === value.total &&
    estimate.min === value.min &&
    estimate.max === value.max &&
    estimate.points.length === value.parts.length &&
    estimate.points.every((each, i) => each === value.parts[i]!.points);
  if (isSame) return false;
  estimate.total = value.total;
  estimate.min = value.min;
  estimate.max = value.max;
  estimate.singleParameter = value.singleParameter;
  estimate.points = value.parts.map((part) => part.points);
  return true;
}

/** What a snapshot says beside its times and values: two that say the same differ for nobody. */
function saying({ total, min, max, singleParameter, points }: EstimateState): string {
  return `${total ?? ''}/${min}/${max}/${singleParameter ? 1 : 0}/${points.join()}`;
}

interface Telling extends ScoredStay {
  readonly score: ScoreName;
  readonly isRatio: boolean;
  readonly spo2Scale: 1 | 2;
}

function tell(estimate: EstimateState, value: ScoreValue, about: Telling, nowMs: number, out: ScoreSnapshot[]): void {
  const said = saying(estimate);
  const { told } = estimate;
  if (told !== null) {
    if (nowMs < told.againMs) return;
    const ends = nowMs >= told.untilMs - REFRESH_BEFORE_MS && value.untilMs !== Infinity && value.untilMs > told.untilMs;
    if (said === told.said && !ends) return;
  }
  // Each later than the one before it: two charts of one moment, or another bed's gateway whose clock is behind.
  const atMs = told === null ? nowMs : Math.max(nowMs, told.atMs + 1);
  const untilMs = value.untilMs === Infinity ? atMs : value.untilMs;
  const everyMs = about.isRatio ? RATIO_TOLD_EVERY_MS : POINTS_TOLD_EVERY_MS;
  estimate.told = { atMs, untilMs, said, againMs: nowMs + everyMs };
  out.push({
    v: 1,
    bedId: about.bedId,
    encounterId: about.encounterId,
    score: about.score,
    basis: 'estimate',
    atMs: atMs as EpochMs,
    validUntilMs: untilMs as EpochMs,
    total: value.total,
    min: value.min,
    max: value.max,
    singleParameter: value.singleParameter,
    parts: evidenceParts(value.parts),
    ...(about.score === 'news2' ? { spo2Scale: about.spo2Scale } : {}),
    by: null,
  });
}

/** When this score may be another one although nothing new is measured, or may be told. */
function nextLook(estimate: EstimateState, value: ScoreValue, isRatio: boolean, nowMs: number): number {
  const { told } = estimate;
  let atMs = value.untilMs;
  if (isRatio && value.untilMs !== Infinity) atMs = Math.min(atMs, nowMs + RATIO_DERIVED_EVERY_MS);
  if (told === null) return atMs;
  if (told.said !== saying(estimate)) {
    atMs = Math.min(atMs, Math.max(told.againMs, nowMs));
  } else if (value.untilMs !== Infinity) {
    atMs = Math.min(atMs, Math.max(told.untilMs - REFRESH_BEFORE_MS, nowMs + POINTS_TOLD_EVERY_MS));
  }
  return atMs;
}
