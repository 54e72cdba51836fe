/** A target must have shown the same alarm, at the same place, for so long (dashboard.md §2.6, H3 and H8). Wall time. */
export const GUARD_MS = 500;
/** A finger that takes the sound of an alarm away stays down for so long; what a broken touch panel reports is shorter (H3). */
export const FINGER_MS = 150;
/** So many touches in `RAIN_IN_MS` are not of one person's hands. */
export const RAIN_TAPS = 10;
export const RAIN_IN_MS = 1_000;
/** After the last such touch no command is taken for so long. */
export const RAIN_HOLD_MS = 5_000;

/**
 * Lets a deliberate press through and stops the rest: a press on a button that has just changed its meaning or its place under
 * the finger, and the rain of taps of a broken touch panel, in which only the first is believed.
 *
 * One guard for all command buttons of the station.
 */
export class PressGuard {
  private lastPressMs = -Infinity;

  /** @param shownSinceMs when the target began to show what it shows where it shows it; same clock as `nowMs` */
  allows(nowMs: number, shownSinceMs: number): boolean {
    const quiet = nowMs - this.lastPressMs >= GUARD_MS;
    this.lastPressMs = nowMs;
    return quiet && nowMs - shownSinceMs >= GUARD_MS;
  }
}

/** Counts touches anywhere on the screen: also those that fall where the button was. */
export class TapRain {
  private taps: readonly number[] = [];
  private untilMs = -Infinity;

  tap(nowMs: number): void {
    this.taps = [...this.taps.slice(1 - RAIN_TAPS), nowMs];
    const [first = nowMs] = this.taps;
    if (this.taps.length === RAIN_TAPS && nowMs - first <= RAIN_IN_MS) this.untilMs = nowMs + RAIN_HOLD_MS;
  }

  /** The screen presses by itself, or did a moment ago. */
  isRaining(nowMs: number): boolean {
    return nowMs < this.untilMs;
  }
}

/**
 * A press that is shorter than a finger takes no sound away (H3: up inside the target after 150 ms). Held for touches, pens and what
 * the browser cannot name. Not for a mouse: people click in 60 to 120 ms, most honest presses would come to nothing, and who is
 * refused often presses harder instead of looking. A panel that passes itself off as a mouse is met by the other guards: nothing
 * before 500 ms at one place, one press in a rain, and the server's count by the minute.
 *
 * Not for Accept either: it sends somebody and takes nothing away; a ghost that accepts is seen by name on every screen and may be
 * passed on, and a nurse whose quick tap came to nothing believes that she is known to be coming.
 */
export function tooShort(command: 'accept' | 'acknowledge', pointerType: string, downForMs: number): boolean {
  return command === 'acknowledge' && pointerType !== 'mouse' && downForMs < FINGER_MS;
}
