import type { Retention } from '../hub-meta.js';
import type { SegmentFacts } from '../log/segment-facts.js';

/** How fast retention's time may follow a wall clock that is ahead of it: so many milliseconds for each that passes. */
export const CATCH_UP = 10;
/** The segment that is written to is closed after this part of the age, so that events outlive their age by no more. */
const ROLL_PART = 8;
const ROLL_MS_MIN = 60_000;

/**
 * The time that ages are measured by, on the wall clock's scale.
 *
 * A wall clock that leaps years ahead would make everything old at once, and what retention deletes is gone. So this
 * time never runs more than `CATCH_UP` times as fast as time passes, however far the wall clock is ahead: a wrong clock
 * can be put right before it costs much. It is never ahead of the wall clock. After a long time without running it
 * lags behind and events are kept longer; that does no harm.
 *
 * @param knownMs where it stood, or null when this is not known; then the newest event in the log says what time it
 *   was at least (0 for an empty log, which has nothing to lose)
 * @param elapsedMs wall time that passed since, by a clock that does not jump
 */
export function retentionTime(knownMs: number | null, at: { wallMs: number; elapsedMs: number; newestMs: number }): number {
  if (knownMs === null) return at.newestMs > 0 ? Math.min(at.wallMs, at.newestMs) : at.wallMs;
  return Math.min(at.wallMs, knownMs + CATCH_UP * at.elapsedMs);
}

/** What the plan looks at of a segment. */
export type SegmentAge = Pick<SegmentFacts, 'bytes' | 'lastEnqueuedMs'>;

export interface Due {
  /** Segments to delete, from the oldest on. */
  readonly segments: number;
  /** Which limit asks for most of them. */
  readonly reason: 'age' | 'bytes';
}

/**
 * How many of the oldest segments are due: those whose last event is older than the age, and as many as it takes to
 * bring all within the bytes. Whole segments only, never the one that is written to.
 *
 * @param sealed oldest first
 */
export function dueSegments(sealed: readonly SegmentAge[], activeBytes: number, retention: Retention, timeMs: number): Due {
  const young = sealed.findIndex((segment) => segment.lastEnqueuedMs > timeMs - retention.ageMs);
  const byAge = young === -1 ? sealed.length : young;
  let byBytes = 0;
  if (retention.bytes !== null) {
    let bytes = sealed.reduce((sum, segment) => sum + segment.bytes, activeBytes);
    while (bytes > retention.bytes && byBytes < sealed.length) bytes -= sealed[byBytes++]!.bytes;
  }
  return byBytes > byAge ? { segments: byBytes, reason: 'bytes' } : { segments: byAge, reason: 'age' };
}

/** Should the segment that is written to be closed, so that its oldest events can go when they are due? */
export function isRollDue(firstEnqueuedMs: number | null, retention: Retention, timeMs: number): boolean {
  return firstEnqueuedMs !== null && timeMs - firstEnqueuedMs > Math.max(ROLL_MS_MIN, retention.ageMs / ROLL_PART);
}
