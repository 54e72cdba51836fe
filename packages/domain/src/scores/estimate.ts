import type { AgeGroup, BedId, EncounterId, EpochMs, ScoreName, ScoreSnapshot } from '@vigil/contracts';
import type { Given, ScoreValue } from './definition.js';
import { deriveScore, evidenceParts, SCORE_NAMES, SCORES } from './derive.js';
import { givenAt, ratioGivenAt } from './given.js';
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
  return SCORE_NAMES.filter((score) => SCORES[score].ageGroups.includes(ageGroup));
}
type ByKind = Readonly<Record<'points' | 'ratio', readonly ScoreName[]>>;
function forAge(ageGroup: AgeGroup): ByKind {
  const of = (kind: keyof ByKind): ScoreName[] => scoresFor(ageGroup).filter((score) => SCORES[score].kind === kind);
  return { points: of('points'), ratio: of('ratio') };
}
const FOR_AGE: Readonly<Record<AgeGroup, ByKind>> = {
  adult: forAge('adult'),
  paediatric: forAge('paediatric'),
  neonate: forAge('neonate'),
};

/**
 * Derives every estimate anew when its time has come (`state.dueMs`), and tells those that are news. Answers the scores whose
 * rules are to be asked. Costs one comparison while nothing is due.
 */
export function settleEstimates(state: ScoreState, stay: ScoredStay, nowMs: number, out: ScoreSnapshot[]): ScoreNews {
  if (nowMs < state.dueMs && nowMs < state.ratioDueMs) return NO_NEWS;
  const changed: ScoreName[] = [];
  if (nowMs >= state.dueMs) {
    state.dueMs = settleAll(state, stay, { given: givenAt(state, nowMs), nowMs, kind: 'points', changed, out });
  }
  // A ratio is another one with nearly every reading, and is looked at by the clock alone.
  if (nowMs >= state.ratioDueMs) {
    const dueMs = settleAll(state, stay, { given: ratioGivenAt(state, nowMs), nowMs, kind: 'ratio', changed, out });
    state.ratioDueMs = Math.min(dueMs, nowMs + RATIO_DERIVED_EVERY_MS);
  }
  return changed;
}

interface Settling {
  readonly given: Given;
  readonly nowMs: number;
  readonly kind: 'points' | 'ratio';
  readonly changed: ScoreName[];
  readonly out: ScoreSnapshot[];
}

/** Answers when one of these is to be looked at again. */
function settleAll(state: ScoreState, stay: ScoredStay, { given, nowMs, kind, changed, out }: Settling): number {
  let dueMs = NEVER_MS;
  for (const score of FOR_AGE[state.ageGroup][kind]) {
    const value = deriveScore(score, given);
    const known = state.estimates[score];
    // Nothing was ever known of it: nothing to say.
    if (known === undefined && value.untilMs === Infinity) continue;
    const estimate = (state.estimates[score] ??= newEstimate());
    if (keep(estimate, value)) changed.push(score);
    if (kind === 'ratio' && estimate.told !== null && nowMs < estimate.told.againMs) {
      dueMs = Math.min(dueMs, value.untilMs, estimate.told.againMs);
      continue;
    }
    const scale = score === 'news2' ? state.spo2Scale : null;
    const said = saying(estimate, scale);
    if (isToTell(estimate, value, said, nowMs)) out.push(tell(estimate, value, { score, scale, said, stay }, nowMs));
    dueMs = Math.min(dueMs, nextLook(estimate, value, said, nowMs));
  }
  return dueMs;
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
function saying({ total, min, max, singleParameter, points }: EstimateState, scale: 1 | 2 | null): string {
  return `${total ?? ''}/${min}/${max}/${singleParameter ? 1 : 0}/${scale ?? ''}/${points.join()}`;
}

/** News, or the old before it ends; neither more often than it may come. */
function isToTell({ told }: EstimateState, { untilMs }: ScoreValue, said: string, nowMs: number): boolean {
  if (told === null) return true;
  if (nowMs < told.againMs) return false;
  return said !== told.said || (nowMs >= told.untilMs - REFRESH_BEFORE_MS && untilMs !== Infinity && untilMs > told.untilMs);
}

interface Telling {
  readonly stay: ScoredStay;
  readonly score: ScoreName;
  readonly scale: 1 | 2 | null;
  readonly said: string;
}

function tell(estimate: EstimateState, value: ScoreValue, { stay, score, scale, said }: Telling, nowMs: number): ScoreSnapshot {
  const { told } = estimate;
  // Each later than the one before it: two charts of one moment, or another bed's gateway whose clock is behind.
  const atMs = told === null ? nowMs : Math.max(nowMs, told.atMs + 1);
  const untilMs = value.untilMs === Infinity ? atMs : value.untilMs;
  const everyMs = SCORES[score].kind === 'ratio' ? RATIO_TOLD_EVERY_MS : POINTS_TOLD_EVERY_MS;
  estimate.told = { atMs, untilMs, said, againMs: nowMs + everyMs };
  return {
    v: 1,
    bedId: stay.bedId,
    encounterId: stay.encounterId,
    score,
    basis: 'estimate',
    atMs: atMs as EpochMs,
    validUntilMs: untilMs as EpochMs,
    total: value.total,
    min: value.min,
    max: value.max,
    singleParameter: value.singleParameter,
    parts: evidenceParts(value.parts),
    ...(scale === null ? {} : { spo2Scale: scale }),
    by: null,
  };
}

/** When this score may be another one although nothing new is measured, or may be told. */
function nextLook({ told }: EstimateState, { untilMs }: ScoreValue, said: string, nowMs: number): number {
  const atMs = Math.min(untilMs, NEVER_MS);
  if (told === null) return atMs;
  if (told.said !== said) return Math.min(atMs, Math.max(told.againMs, nowMs));
  return untilMs === Infinity ? atMs : Math.min(atMs, Math.max(told.untilMs - REFRESH_BEFORE_MS, nowMs + POINTS_TOLD_EVERY_MS));
}
