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

/** How many ticks the offset is taken from: long enough that a burst of late ticks does not hide their lateness. */
const TICKS_KEPT = 30;
/** Two channels tell of the same moment one after the other, and a clock is slewed by less than this between two ticks. */
const SET_BACK_MS = 100;

/**
 * Keeps the server's time from its ticks and this page's monotonic clock (`performance.now`), never from the local
 * wall clock, which a station may have wrong.
 *
 * A tick only ever arrives late, so the largest offset of the last ticks is the one that travelled fastest and the
 * best estimate; a middle one would follow a burst of late ticks and make old values look new.
 *
 * Ticks come in the order in which they were said. One that names an earlier moment than the one before it therefore means that the
 * server's clock was set back: what was learned before it is worth nothing. Set back by less than the time between two ticks it is
 * not noticed, and ages read too old by less than that for up to 30 s.
 */
export class ServerClock {
  private offsets: number[] = [];
  private newest: TickSample | null = null;

  /** @returns whether the server's clock was set back since the tick before: times of before are of another clock */
  observe(tick: TickSample, monotonicMs: number): boolean {
    const wasSetBack = this.newest !== null && this.newest.serverWallMs - tick.serverWallMs > SET_BACK_MS;
    if (wasSetBack) this.forget();
    this.offsets = [...this.offsets.slice(1 - TICKS_KEPT), tick.serverWallMs - monotonicMs];
    this.newest = tick;
    return wasSetBack;
  }

  /** Null before the first tick. */
  at(monotonicMs: number): Now | null {
    if (!this.newest) return null;
    const wallMs = monotonicMs + Math.max(...this.offsets);
    const { serverWallMs, eventMs, rate } = this.newest;
    return { wallMs, eventMs: eventMs + (wallMs - serverWallMs) * rate, rate };
  }

  /** After a sleep the monotonic clock may have stood still: what was learned is worth nothing. */
  forget(): void {
    this.offsets = [];
    this.newest = null;
  }
}
