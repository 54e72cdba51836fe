import type { Clock } from '@vigil/clock';

/** Behind by more than this, time is skipped: a device that was stopped (a suspended laptop) has not measured. */
export const LAG_WALL_MS_MAX = 60_000;

/** Resolves when event time has reached `atMs`; rejects with the signal's reason. */
export async function until(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for (let leftMs = atMs - clock.nowMs(); leftMs > 0; leftMs = atMs - clock.nowMs()) {
    await clock.sleep(Math.min(Math.max(1, leftMs / clock.rate), 3_600_000), signal);
  }
}

/** How far event time is ahead of `atMs`, when that is more than a catch-up should bridge; otherwise 0. */
export function lagMs(clock: Clock, atMs: number): number {
  const behindMs = clock.nowMs() - atMs;
  return behindMs > LAG_WALL_MS_MAX * clock.rate ? behindMs : 0;
}
