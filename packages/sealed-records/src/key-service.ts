import { boundContext } from './header.js';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

/** Who asks while the service is away is answered at once, so that a list of names does not wait for one call each. */
const AWAY_PAUSE_MS = 2_000;

/** The key port, with a memory of whether it answers. */
export class KeyService {
  private awayMs: number | null = null;
  /** The last answer, while it was none. */
  private refusal: { readonly error: SealError; readonly atMs: number } | null = null;

  constructor(
    private readonly keys: KeyPort,
    private readonly wallMs: () => number,
  ) {}

  get currentKeyId(): string {
    return this.keys.currentKeyId;
  }

  /** Since when it has not answered; null while it does. */
  get awaySinceMs(): number | null {
    return this.awayMs;
  }

  async wrap(dataKey: Buffer, context: string): Promise<{ readonly keyId: string; readonly wrapped: Buffer }> {
    this.refuseAtOnce();
    return this.watched(() => this.keys.wrap(dataKey, boundContext(context)));
  }

  async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
    this.refuseAtOnce();
    return this.watched(() => this.keys.unwrap(keyId, wrapped, boundContext(context)));
  }

  refresh(): Promise<boolean> {
    return this.watched(() => this.keys.refresh());
  }

  private async watched<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      this.awayMs = this.refusal = null;
      return answer;
    } catch (e) {
      if (isAway(e)) {
        this.awayMs ??= this.wallMs();
        this.refusal = e.retryable ? { error: e, atMs: this.wallMs() } : null;
      }
      throw e;
    }
  }

  private refuseAtOnce(): void {
    if (this.refusal === null) return;
    const ageMs = this.wallMs() - this.refusal.atMs;
    if (ageMs >= 0 && ageMs < AWAY_PAUSE_MS) throw this.refusal.error;
  }
}

/** The keys themselves may be good: what is in memory goes on being used. */
export function isAway(e: unknown): e is SealError {
  return e instanceof SealError && (e.code === 'key-away' || e.code === 'key-denied' || e.code === 'key-file');
}
