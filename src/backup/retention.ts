const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Everything of a day, one an hour of a week, one a day after that. */
const ALL_MS = DAY_MS;
const HOURLY_MS = 7 * DAY_MS;

export interface KnownRun {
  readonly runId: string;
  readonly atMs: number;
}

/**
 * Which runs stay. The newest always does, whatever a clock says; one that is later than now (a clock that was wrong) stays too.
 *
 * @param days after which a run goes
 */
export function runsToKeep(runs: readonly KnownRun[], nowMs: number, days: number): ReadonlySet<string> {
  const kept = new Set<string>();
  const taken = new Set<string>();
  for (const { runId, atMs } of [...runs].sort((a, b) => b.atMs - a.atMs)) {
    const ageMs = nowMs - atMs;
    if (kept.size > 0 && ageMs > days * DAY_MS) continue;
    const place =
      ageMs <= ALL_MS ? runId : ageMs <= HOURLY_MS ? `h${Math.floor(atMs / HOUR_MS)}` : `d${Math.floor(atMs / DAY_MS)}`;
    if (taken.has(place)) continue;
    taken.add(place);
    kept.add(runId);
  }
  return kept;
}
