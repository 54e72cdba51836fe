import { tokenHash } from './tokens.js';

/** Time to sign in at the provider, with a second factor and a forgotten password. */
export const ATTEMPT_MS_MAX = 10 * 60_000;
const ATTEMPTS_MAX = 5_000;

export interface SignOnAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Hash of what only the browser that began has, in a cookie. */
  readonly browserHash: string;
  /** Hash of the token of the session that the browser had when it began. */
  readonly replaces: string | null;
  readonly atMs: number;
}

/**
 * Sign-ins that are under way at the provider. Each ends with the first callback, right or wrong, and after ten
 * minutes; of more than 5,000 the oldest go. In memory: after a restart people begin again.
 */
export class SignOnAttempts {
  private readonly attempts = new Map<string, SignOnAttempt>();

  add(attempt: SignOnAttempt): void {
    // In the order of their start, so the old ones are in front.
    for (const [key, { atMs }] of this.attempts) {
      if (attempt.atMs - atMs < ATTEMPT_MS_MAX && this.attempts.size < ATTEMPTS_MAX) break;
      this.attempts.delete(key);
    }
    this.attempts.set(tokenHash(attempt.state), attempt);
  }

  /** The attempt that this callback belongs to; null when there is none, when it is over, or when another browser began it. */
  take({ state, browser, wallMs }: { state: string; browser: string; wallMs: number }): SignOnAttempt | null {
    const key = tokenHash(state);
    const attempt = this.attempts.get(key);
    if (attempt === undefined) return null;
    // Another browser's callback does not use up the attempt: it would let anybody end somebody's sign-in.
    if (attempt.browserHash !== tokenHash(browser)) return null;
    this.attempts.delete(key);
    return wallMs - attempt.atMs < ATTEMPT_MS_MAX ? attempt : null;
  }

  get size(): number {
    return this.attempts.size;
  }
}
