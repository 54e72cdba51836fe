import type { EpochMs, FleetDevice } from '@vigil/contracts';

/** What a gateway counts of a device since its own start; `reconnects` null where it does not tell. */
export interface Counts {
  /** Event time at which it said so. */
  readonly atMs: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly reconnects: number | null;
}

/** Two earlier words of a device: what is new since then is what counts today. Two, so that there is always one of half an hour ago. */
export interface Marks {
  readonly base: Counts;
  readonly next: Counts;
}

/** Event time between two marks. */
export const MARK_EVERY_MS = 30 * 60_000;

/** @param last what was told before; null for the first time */
export function marksAfter(marks: Marks | null, last: Counts | null, now: Counts): Marks {
  if (marks === null || last === null) return { base: now, next: now };
  if (hasRestarted(last, now)) {
    const zero = { atMs: last.atMs, accepted: 0, rejected: 0, reconnects: now.reconnects === null ? null : 0 };
    return { base: zero, next: zero };
  }
  return now.atMs - marks.next.atMs < MARK_EVERY_MS ? marks : { base: marks.next, next: now };
}

/** Null until it was told twice. */
export function recentOf({ base }: Marks, now: Counts): NonNullable<FleetDevice['state']>['recent'] {
  if (now.atMs <= base.atMs) return null;
  return {
    sinceMs: base.atMs as EpochMs,
    accepted: now.accepted - base.accepted,
    rejected: now.rejected - base.rejected,
    reconnects: now.reconnects === null || base.reconnects === null ? null : now.reconnects - base.reconnects,
  };
}

/** A gateway that starts anew counts from nothing, and another gateway counts for itself. */
function hasRestarted(last: Counts, now: Counts): boolean {
  return now.accepted < last.accepted || now.rejected < last.rejected || (now.reconnects ?? 0) < (last.reconnects ?? 0);
}
