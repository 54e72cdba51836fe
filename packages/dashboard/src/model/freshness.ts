import type { ReadingView } from '@vigil/contracts';
import type { Now } from './server-clock.js';

/** dashboard.md §2.7, in wall time. `held` is an intermittent value within its validity. */
export type Freshness = 'live' | 'late' | 'stale' | 'lost' | 'held';

/** A metric measured this seldom (event time) is intermittent: its value is kept, with its age, for three intervals. */
export const INTERMITTENT_FROM_MS = 5 * 60_000;

/** Floors of the ladder for metrics that come every second. */
const LIVE_MS = 3_000;
const STALE_MS = 5_000;
const LOST_MS = 10_000;

/**
 * Wall time since a reading was true: the larger of what the platform's receipt and what the measurement's own time
 * say. The first catches a device whose clock runs ahead, the second a backlog that arrives late.
 */
export function ageMs(reading: Pick<ReadingView, 'atMs' | 'receivedWallMs'>, now: Now): number {
  return Math.max(0, now.wallMs - reading.receivedWallMs, (now.eventMs - reading.atMs) / now.rate);
}

/** @param intervalMs expected interval in event time */
export function freshness(age: number, intervalMs: number, rate: number): Freshness {
  const wallIntervalMs = intervalMs / rate;
  if (intervalMs >= INTERMITTENT_FROM_MS) return age <= 3 * wallIntervalMs ? 'held' : 'stale';
  if (age <= Math.max(LIVE_MS, 1.5 * wallIntervalMs)) return 'live';
  if (age <= Math.max(STALE_MS, 3 * wallIntervalMs)) return 'late';
  return age <= Math.max(LOST_MS, 6 * wallIntervalMs) ? 'stale' : 'lost';
}

/** True while a value may be read as current. */
export function isCurrent(state: Freshness): boolean {
  return state === 'live' || state === 'late' || state === 'held';
}
