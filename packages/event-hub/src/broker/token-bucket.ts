/** One token, less what adding fractions loses. */
const WHOLE = 1 - 1e-6;

/**
 * Lets a given rate through on average and a bounded burst at once.
 *
 * What is taken may exceed what is there: one large piece passes and is paid back before the next. Time is given with
 * each call and may jump: a jump back stands still, a jump ahead fills the bucket once.
 */
export class TokenBucket {
  private level: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private atMs: number,
  ) {
    this.level = burst;
  }

  /** Milliseconds until something may pass; 0 when it may now. */
  waitMs(nowMs: number): number {
    this.refill(nowMs);
    return this.level >= WHOLE ? 0 : Math.ceil(((1 - this.level) / this.perSecond) * 1000);
  }

  /** What may pass now without debt. */
  available(nowMs: number): number {
    this.refill(nowMs);
    return Math.max(0, this.level);
  }

  take(amount: number, nowMs: number): void {
    this.refill(nowMs);
    this.level -= amount;
  }

  private refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.atMs);
    this.atMs = nowMs;
    this.level = Math.min(this.burst, this.level + (passedMs / 1000) * this.perSecond);
  }
}
