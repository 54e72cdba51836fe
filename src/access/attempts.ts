export interface AttemptLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Most keys that are remembered; the one unused longest goes first. */
  readonly keysMax: number;
}

/**
 * At most so many attempts per key in any stretch of time of this length, in bounded memory: a sliding window, where a
 * fixed one would let twice as many pass around its edge. Plain: the caller brings the wall time.
 */
export class Attempts {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly limit: AttemptLimit) {}

  /** Counts one attempt; answers 0, or how many ms to wait when there were too many, and then counts none. */
  take(key: string, wallMs: number): number {
    const { max, windowMs, keysMax } = this.limit;
    const recent = (this.times.get(key) ?? []).filter((atMs) => wallMs - atMs < windowMs);
    this.times.delete(key);
    this.times.set(key, recent);
    if (this.times.size > keysMax) {
      const oldest = this.times.keys().next();
      if (oldest.done !== true) this.times.delete(oldest.value);
    }
    if (recent.length >= max) return Math.max(1, recent[0]! + windowMs - wallMs);
    recent.push(wallMs);
    return 0;
  }

  /** Takes the last attempt back. */
  giveBack(key: string): void {
    const recent = this.times.get(key);
    recent?.pop();
    if (recent?.length === 0) this.times.delete(key);
  }

  /** Forgets all attempts of the key. */
  forgive(key: string): void {
    this.times.delete(key);
  }

  get size(): number {
    return this.times.size;
  }
}
