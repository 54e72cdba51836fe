import type { DeviceMessage, LogEventOf, ScoreName, ScoreSnapshot } from '@vigil/contracts';
import type { BedState } from '../state.js';
import { hurry, scoreCharted } from './charted.js';
import { NO_NEWS, type ScoredStay, type ScoreNews, settleEstimates } from './estimate.js';
import { forgetLevels, takeItems, takeReadings } from './score-inputs.js';
import { emptyScores, type ScoreState } from './score-state.js';

/** Readings of a message for the scores of the stay: of now, or judged by its gateway before. Derives nothing yet. */
export function noteForScores(bed: BedState, message: DeviceMessage): void {
  const scores = scoresOf(bed);
  if (scores === null || message.atMs < bed.encounter!.sinceMs) return;
  takeReadings(scores, message, bed);
}

/** Time has passed, or readings were noted: derives what is due and tells what is news. */
export function settleScores(bed: BedState, atMs: number, out: ScoreSnapshot[]): ScoreNews {
  const scores = scoresOf(bed);
  if (scores === null) return NO_NEWS;
  return settleEstimates(scores, stayOf(bed), bed.clockMs > 0 ? bed.clockMs : atMs, out);
}

/** What a person charted: its charted score where it is a complete, validated set, and its items for the estimates. */
export function chartScores(bed: BedState, event: LogEventOf<'charted'>, out: ScoreSnapshot[]): ScoreNews {
  const scores = scoresOf(bed);
  if (scores === null || bed.encounter?.encounterId !== event.encounterId || event.atMs < bed.encounter.sinceMs) return NO_NEWS;
  const charted = scoreCharted(scores, stayOf(bed), event);
  if (charted !== null) out.push(charted);
  takeItems(scores, event.items, event.atMs);
  const news = settleAtOnce(bed, scores, event.atMs, out);
  return charted === null || news.includes(charted.score) ? news : [...news, charted.score];
}

/** Scale 2 from here on, or scale 1 again: the estimate at once, a charted score with its next set. */
export function setScoreSettings(bed: BedState, event: LogEventOf<'scoreSettingsSet'>, out: ScoreSnapshot[]): ScoreNews {
  const scores = scoresOf(bed);
  if (scores === null || bed.encounter?.encounterId !== event.encounterId) return NO_NEWS;
  scores.spo2Scale = event.spo2Scale;
  forgetLevels(scores);
  return settleAtOnce(bed, scores, event.atMs, out);
}

/**
 * The patient is of another age group than was told: the scores of the new one are made at once. That those of the old one are gone is
 * news too, or a rule would go on with what it knew last.
 */
export function setScoredAge(bed: BedState, event: LogEventOf<'stayProfileSet'>, out: ScoreSnapshot[]): ScoreNews {
  bed.encounter = { ...bed.encounter!, ageGroup: event.ageGroup };
  if (bed.scores === undefined || bed.scores.ageGroup === event.ageGroup) return NO_NEWS;
  const gone = Object.keys(bed.scores.estimates) as ScoreName[];
  const scores = scoresOf(bed)!;
  return [...new Set([...gone, ...settleAtOnce(bed, scores, event.atMs, out)])];
}

/** The time of a person counts where the bed's own has stood still since: its gateway may be away. */
function settleAtOnce(bed: BedState, scores: ScoreState, atMs: number, out: ScoreSnapshot[]): ScoreNews {
  const nowMs = Math.max(bed.clockMs, atMs);
  hurry(scores);
  return settleEstimates(scores, stayOf(bed), nowMs, out);
}

/** The patient is of another age group than was told: other scores are made, from the same inputs. */
function followAge(scores: ScoreState, ageGroup: ScoreState['ageGroup']): void {
  scores.ageGroup = ageGroup;
  forgetLevels(scores);
  scores.estimates = {};
  scores.dueMs = 0;
  scores.ratioDueMs = 0;
}

/** Null while nobody lies in the bed: nobody is scored. */
function scoresOf(bed: BedState): ScoreState | null {
  if (bed.encounter === null) return null;
  const ageGroup = bed.encounter.ageGroup ?? 'adult';
  const scores = (bed.scores ??= emptyScores(ageGroup));
  if (scores.ageGroup !== ageGroup) followAge(scores, ageGroup);
  return scores;
}

function stayOf({ bedId, encounter }: BedState): ScoredStay {
  return { bedId, encounterId: encounter!.encounterId };
}
