/**
 * Wall time since `sinceMs`, for what waits until so much has passed. A wall clock that was set back counts as time that has passed: then
 * it is done too early once, where a difference would put it off until the clock is there again.
 */
export function wallElapsedMs(sinceMs: number, wallMs: number): number {
  return Math.abs(wallMs - sinceMs);
}
