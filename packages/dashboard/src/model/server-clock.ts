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

/**
 * Keeps the server's time from its ticks and this page's monotonic clock (`performance.now`), never from the local
 * wall clock, which a station may have wrong.
 *
 * A tick only ever arrives late, so the largest offset of the last ticks is the one that travelled fastest and the
 * best estimate. When the server's clock is set back, the old offset holds for up to 30 s and ages read too old in
 * that time: wrong on the safe side.
 */
export class ServerClock {
  private offsets: number[] = [];
  private newest: TickSample | null = null;

  observe(tick: TickSample, monotonicMs: number): void {
    this.offsets = [...this.offsets.slice(1 - TICKS_KEPT), tick.serverWallMs - monotonicMs];
    this.newest = tick;
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
