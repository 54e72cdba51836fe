import { z } from 'zod';
import { CareUnitId, EpochMs, StaffId } from './ids.js';

/** Longest pause of the sound of screens; wall time, as people live by it. */
export const AUDIO_PAUSE_S_MAX = 120;

const stationId = z.string().min(1).max(64);

/**
 * `POST /api/v1/care-units/{id}/audio-pauses`: screens of a care unit make no sound for alarms that are there. A high alarm that begins
 * meanwhile sounds all the same, and nothing else changes: pages go, alarms are shown.
 */
export const NewAudioPause = z.strictObject({
  /** The screen that it is for; left out: every screen of the unit that has none of its own. */
  stationId: stationId.optional(),
  seconds: z.number().int().min(10).max(AUDIO_PAUSE_S_MAX),
});
export type NewAudioPause = z.infer<typeof NewAudioPause>;

/** Wall times, half open. It is over at `untilWallMs` by itself. */
export const AudioPause = z.object({
  pauseId: z.string().min(1).max(64),
  careUnitId: CareUnitId,
  stationId: stationId.nullable(),
  fromWallMs: EpochMs,
  untilWallMs: EpochMs,
  by: StaffId,
});
export type AudioPause = z.infer<typeof AudioPause>;
