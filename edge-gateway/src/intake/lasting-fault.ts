/** How long nothing may be seen of a fault before it is over, in wall time. */
export const LASTS_MS = 60_000;

/**
 * A fault that is looked for in each message: it begins with the first in which it is seen, and is over with the first in which
 * it is not, a minute or more after the last in which it was. So it neither flickers nor ends because a device falls silent.
 */
export class LastingFault {
  active = false;
  private lastWallMs = 0;

  /** @returns whether it began or ended */
  see(isThere: boolean, wallMs: number): boolean {
    const before = this.active;
    if (isThere) {
      this.active = true;
      this.lastWallMs = wallMs;
    } else if (this.active && wallMs - this.lastWallMs >= LASTS_MS) this.active = false;
    return this.active !== before;
  }
}
