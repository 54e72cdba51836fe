/** The moment on the server's clocks, as far as this browser can tell. */
export interface Now {
  /** Server wall time. */
  readonly wallMs: number;
  /** Event time now. Equal to wall time except during a replay. */
  readonly eventMs: number;
  /** Event time per wall time. */
  readonly rate: number;
}

export interface TickSample {
  readonly serverWallMs: number;
  readonly eventMs: number;
  readonly rate: number;
}

/** Clocks drift apart, and one that is slewed does by half of this at most; faster nothing is believed to have come on time. */
const DRIFT = 0.001;
/** Two channels tell of the same moment one after the other, and a clock is slewed by less than this between two ticks. */
const SET_BACK_MS = 100;

/**
 * Keeps the server's time from its ticks and this page's monotonic clock (`performance.now`), never from the local
 * wall clock, which a station may have wrong.
 *
 * A tick only ever arrives late, so the largest offset is the one that travelled fastest and the best estimate. It is forgotten no
 * faster than clocks drift: with the largest of the last thirty, a minute of ticks that had waited on the line, or a line that is
 * always ten seconds behind, soon passed for fresh. The middle of some would follow at once.
 *
 * Ticks come in the order in which they were said. One that names an earlier moment than the one before it therefore means that the
 * server's clock was set back: what was learned before it is worth nothing. Set back by less than the time between two ticks it is
 * not noticed, and ages read too old by less than that for some minutes: wrong on the safe side.
 */
export class ServerClock {
  /** Server time ahead of the monotonic clock, and when it was so. */
  private best: { readonly offsetMs: number; readonly atMs: number } | null = null;
  private newest: TickSample | null = null;

  /** @returns whether the server's clock was set back since the tick before: times of before are of another clock */
  observe(tick: TickSample, monotonicMs: number): boolean {
    const wasSetBack = this.newest !== null && this.newest.serverWallMs - tick.serverWallMs > SET_BACK_MS;
    if (wasSetBack) this.forget();
    const drifted = this.best ? this.best.offsetMs - (monotonicMs - this.best.atMs) * DRIFT : -Infinity;
    this.best = { offsetMs: Math.max(drifted, tick.serverWallMs - monotonicMs), atMs: monotonicMs };
    this.newest = tick;
    return wasSetBack;
  }

  /** Null before the first tick. */
  at(monotonicMs: number): Now | null {
    if (!this.newest || !this.best) return null;
    const wallMs = monotonicMs + this.best.offsetMs;
    const { serverWallMs, eventMs, rate } = this.newest;
    return { wallMs, eventMs: eventMs + (wallMs - serverWallMs) * rate, rate };
  }

  /** After a sleep the monotonic clock may have stood still: what was learned is worth nothing. */
  forget(): void {
    this.best = null;
    this.newest = null;
  }
}
