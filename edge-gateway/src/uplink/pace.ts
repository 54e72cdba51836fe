/** Records a second at which a drain begins, and below which it never goes: a backlog is never starved. */
const START_PER_SECOND = 2_000;
const MIN_PER_SECOND = 100;
/** Live records that were longer under way than this slow the backlog down; below the half of it, it speeds up. */
const LIVE_AGE_MS = 1_000;

/** How fast the backlog may go. Plain data. */
export interface Pace {
  readonly perSecond: number;
}

export const startPace = (perSecondMax: number): Pace => ({ perSecond: Math.min(START_PER_SECOND, perSecondMax) });

/**
 * The next rate: half of it while live records are late, a quarter more while they are not. The log takes what it can
 * anyway, because no partition has more than one batch under way; this keeps the newest data ahead of the oldest.
 *
 * @param liveAgeMs how long the slowest live record of the last look took from the spool to the log, wall time
 */
export function nextPace({ perSecond }: Pace, liveAgeMs: number, perSecondMax: number): Pace {
  if (liveAgeMs > LIVE_AGE_MS) return { perSecond: Math.min(perSecondMax, Math.max(MIN_PER_SECOND, perSecond / 2)) };
  if (liveAgeMs > LIVE_AGE_MS / 2) return { perSecond };
  return { perSecond: Math.min(perSecondMax, perSecond * 1.25 + MIN_PER_SECOND) };
}
