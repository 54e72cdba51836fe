export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Most keys that are remembered; the one unused longest goes first. */
  readonly keysMax: number;
}

interface Window {
  readonly sinceMs: number;
  count: number;
}

/** Counts per key in fixed windows of wall time, in bounded memory. Plain: the caller brings the time. */
export class RateLimiter {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly limit: RateLimit) {}

  /** Takes one from the key's allowance; answers 0, or how many ms to wait when there is none left. */
  take(key: string, wallMs: number): number {
    const known = this.windows.get(key);
    const window = known === undefined || wallMs - known.sinceMs >= this.limit.windowMs ? { sinceMs: wallMs, count: 0 } : known;
    this.windows.delete(key);
    this.windows.set(key, window);
    if (this.windows.size > this.limit.keysMax) {
      const oldest = this.windows.keys().next();
      if (oldest.done !== true) this.windows.delete(oldest.value);
    }
    if (window.count >= this.limit.max) return Math.max(1, window.sinceMs + this.limit.windowMs - wallMs);
    window.count += 1;
    return 0;
  }

  /** Gives the key its whole allowance back. */
  forgive(key: string): void {
    this.windows.delete(key);
  }

  get size(): number {
    return this.windows.size;
  }
}
