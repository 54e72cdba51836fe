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

/** The newest `HISTORY_MAX` of the span, newest first. */
export async function scoreHistory(
  encounterId: string,
  score: 'news2' | 'bedsidePews',
  { fromMs, toMs }: TimeSpan,
): Promise<Answer<readonly ScoreViewOf[]>> {
  const path = `/api/v1/encounters/${seg(encounterId)}/scores/${score}/history?from=${Math.max(0, Math.floor(fromMs))}&to=${Math.ceil(toMs)}&limit=${HISTORY_MAX}`;
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
