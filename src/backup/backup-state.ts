import type { LastRun } from './last-run.js';

const MINUTE_MS = 60_000;

/** How the back-ups of a site stand. */
export interface BackupState {
  /** Since the moment that the newest good one shows; null where there is none. */
  readonly ageMs: number | null;
  /** A few words for the readiness check; null where all is well or nobody asked for back-ups. */
  readonly problem: string | null;
}

/**
 * A demo whose operator has never made a back-up wants none; a site with patients does from the beginning.
 *
 * @param ageMsMax 0: they are made by other means
 */
export function backupState(
  last: LastRun | null,
  { nowMs, ageMsMax, isLive }: { readonly nowMs: number; readonly ageMsMax: number; readonly isLive: boolean },
): BackupState {
  const ageMs = last?.goodMs === null || last === null ? null : Math.max(0, nowMs - last.goodMs);
  const isWanted = ageMsMax > 0 && (isLive || last !== null);
  if (!isWanted || (ageMs !== null && ageMs <= ageMsMax)) return { ageMs, problem: null };
  const failed = last === null || last.failure === null ? '' : `; the last one failed: ${last.failure}`;
  return { ageMs, problem: ageMs === null ? `none was ever made${failed}` : `${Math.floor(ageMs / MINUTE_MS)} min old${failed}` };
}
