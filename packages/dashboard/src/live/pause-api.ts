import { AUDIO_PAUSE_S_MAX, AudioPause, listOf } from '@vigil/contracts';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const Pauses = listOf(AudioPause);
const pathOf = (careUnitId: string): string => `/api/v1/care-units/${encodeURIComponent(careUnitId)}/audio-pauses`;

export const audioPauses = (careUnitId: string) => request('GET', pathOf(careUnitId), Pauses, { background: true });

/** As long as there is. For one screen; the others of the unit go on. */
export function pauseAudio(careUnitId: string, stationId: string): Promise<Answer<AudioPause>> {
  const body = { stationId, seconds: AUDIO_PAUSE_S_MAX };
  return request('POST', pathOf(careUnitId), AudioPause, { body, headers: { 'idempotency-key': uuid() } });
}

export function endAudioPause({ careUnitId, pauseId }: AudioPause): Promise<Answer<AudioPause>> {
  const headers = { 'idempotency-key': uuid() };
  return request('DELETE', `${pathOf(careUnitId)}/${encodeURIComponent(pauseId)}`, AudioPause, { headers });
}
