import type { ReadingView } from '@vigil/contracts';
import type { Now } from './server-clock.js';

/** dashboard.md §2.7, in wall time. `held` is an intermittent value within its validity. */
export type Freshness = 'live' | 'late' | 'stale' | 'lost' | 'held';

/**
 * A metric measured this seldom (event time) is intermittent: its value is kept, with its age, until the next one is due. For a
 * cuff every 15 minutes that is the default validity of §2.7.
 */
export const INTERMITTENT_FROM_MS = 30_000;

/**
 * The ladder for a metric that comes every second is 3, 5 and 10 s. One that comes less often is looked for when it is due, so
 * the same seconds count from there: a silent device is stale within 5 s of its expected interval, whatever the interval.
 */
const DUE_MS = 1_000;
const LIVE_MS = 3_000;
const STALE_MS = 5_000;
const LOST_MS = 10_000;
/** An intermittent value this old says nothing any more, not even small. */
export const HIDDEN_MS = 60 * 60_000;

/**
 * Wall time since a reading was true: the larger of what the platform's receipt and what the measurement's own time
 * say. The first catches a device whose clock runs ahead, the second a backlog that arrives late.
 */
export function ageMs(reading: Pick<ReadingView, 'atMs' | 'receivedWallMs'>, now: Now): number {
  return Math.max(0, now.wallMs - reading.receivedWallMs, (now.eventMs - reading.atMs) / now.rate);
}

/** @param intervalMs expected interval in event time */
export function freshness(age: number, intervalMs: number, rate: number): Freshness {
  const overdueMs = Math.max(0, intervalMs / rate - DUE_MS);
  if (intervalMs >= INTERMITTENT_FROM_MS) {
    if (age <= overdueMs + STALE_MS) return 'held';
    return age <= Math.max(HIDDEN_MS, overdueMs + LOST_MS) ? 'stale' : 'lost';
  }
  if (age <= overdueMs + LIVE_MS) return 'live';
  if (age <= overdueMs + STALE_MS) return 'late';
  return age <= overdueMs + LOST_MS ? 'stale' : 'lost';
}

/** True while a value may be read as current. */
export function isCurrent(state: Freshness): boolean {
  return state === 'live' || state === 'late' || state === 'held';
}
