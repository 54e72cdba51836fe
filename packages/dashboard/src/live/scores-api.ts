import {
  ChartedObservations,
  type ChartRequest,
  Encounter,
  type Encounter as EncounterOf,
  listOf,
  ScoreSettings,
  ScoreView,
  type ScoreView as ScoreViewOf,
  type SetScoreSettings,
  StayScores,
} from '@vigil/contracts';
import type { TimeSpan } from '../model/trend.js';
import type { Answer } from './problem.js';
import { request } from './request.js';

const seg = encodeURIComponent;
const Scores = listOf(ScoreView);
const HISTORY_MAX = 200;

export const stayScores = (encounterId: string): Promise<Answer<StayScores>> =>
  request('GET', `/api/v1/encounters/${seg(encounterId)}/scores`, StayScores);

/**
 * Charted sets of NEWS2, the newest `HISTORY_MAX` of the span, newest first. Of these alone: an estimate changes so often that a
 * chart of both would lose its sets after some hours.
 *
 * @param withReplaced also those that were charted anew for the same moment, marked
 */
export async function chartedHistory(
  encounterId: string,
  { fromMs, toMs }: TimeSpan,
  withReplaced: boolean,
): Promise<Answer<readonly ScoreViewOf[]>> {
  const span = `from=${Math.max(0, Math.floor(fromMs))}&to=${Math.ceil(toMs)}&limit=${HISTORY_MAX}`;
  const which = `basis=charted${withReplaced ? '&replaced=true' : ''}`;
  const path = `/api/v1/encounters/${seg(encounterId)}/scores/news2/history?${span}&${which}`;
  const answer = await request('GET', path, Scores);
  return answer.ok ? { ok: true, value: answer.value.items } : answer;
}

/** @param key made when the form was opened: pressed twice, it is charted once */
export const chart = (encounterId: string, body: ChartRequest, key: string): Promise<Answer<ChartedObservations>> =>
  request('POST', `/api/v1/encounters/${seg(encounterId)}/observations`, ChartedObservations, {
    body,
    headers: { 'idempotency-key': key },
  });

export const setScale = (encounterId: string, body: SetScoreSettings, rev: number, key: string): Promise<Answer<ScoreSettings>> =>
  request('PUT', `/api/v1/encounters/${seg(encounterId)}/score-settings`, ScoreSettings, {
    body,
    headers: { 'idempotency-key': key, 'if-match': `"${rev}"` },
  });

export const encounter = (id: string): Promise<Answer<EncounterOf>> => request('GET', `/api/v1/encounters/${seg(id)}`, Encounter);
