export interface BucketSize {
  /** Most tokens that a bucket holds: the burst. */
  readonly capacity: number;
  readonly refillPerS: number;
  /** Most keys that are remembered; the one unused longest goes first, and comes back with a full bucket. */
  readonly keysMax: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A token bucket per key, in bounded memory. Plain: the caller brings the time. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly bucketSize: BucketSize) {}

  /** Takes one token; answers 0, or after how many ms there will be one. */
  take(key: string, wallMs: number): number {
    const { capacity, refillPerS, keysMax } = this.bucketSize;
    const bucket = this.buckets.get(key) ?? { tokens: capacity, atMs: wallMs };
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > keysMax) {
      const oldest = this.buckets.keys().next();
      if (oldest.done !== true) this.buckets.delete(oldest.value);
    }
    // A clock that steps back gives nothing and takes nothing away.
    const passedS = Math.max(0, wallMs - bucket.atMs) / 1_000;
    bucket.tokens = Math.min(capacity, bucket.tokens + passedS * refillPerS);
    bucket.atMs = wallMs;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil(((1 - bucket.tokens) / refillPerS) * 1_000));
    bucket.tokens -= 1;
    return 0;
  }

  get size(): number {
    return this.buckets.size;
  }
}
