/** A target must have shown the same alarm, untouched, for so long (dashboard.md §2.6, H3 and H8). Wall time. */
export const GUARD_MS = 500;

/**
 * Lets a deliberate press through and stops the rest: a press on a button that has just changed its meaning under the
 * finger, and the rain of taps of a broken touch panel, in which only the first is believed.
 *
 * One guard for all command buttons of the station.
 */
export class PressGuard {
  private lastPressMs = -Infinity;

  /** @param shownSinceMs when the target began to show what it shows; same clock as `nowMs` */
  allows(nowMs: number, shownSinceMs: number): boolean {
    const quiet = nowMs - this.lastPressMs >= GUARD_MS;
    this.lastPressMs = nowMs;
    return quiet && nowMs - shownSinceMs >= GUARD_MS;
  }
}
