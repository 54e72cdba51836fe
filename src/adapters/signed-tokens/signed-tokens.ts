import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { SiteSecrets } from '../../ports/site-secrets.js';

/** Wall time for which a token is good, as a page link is. */
export const SIGNED_TOKEN_MS = 10 * 60_000;
const TOKEN_CHARS_MAX = 512;

/**
 * Tokens that say one thing, for ten minutes, for one purpose: of no use for another one, and never for a page link. Nothing is stored
 * for them.
 */
export class SignedTokens {
  private secret: Buffer | null = null;

  constructor(
    private readonly secrets: Pick<SiteSecrets, 'secret'>,
    private readonly clock: Pick<Clock, 'wallMs'>,
    private readonly purpose: 'voice-token' | 'push-receipt',
  ) {}

  /** @param said ids alone: whoever holds the token can read it. @throws PlatformError('keys-unavailable') */
  async issue(said: string): Promise<string> {
    const claim = `${Buffer.from(said).toString('base64url')}.${Math.round(this.clock.wallMs()) + SIGNED_TOKEN_MS}`;
    return `${claim}.${await this.sign(claim)}`;
  }

  /** What it says; null where it is none of ours, or too old. */
  async read(token: string): Promise<string | null> {
    const [said = '', expires = '', signature = ''] = token.slice(0, TOKEN_CHARS_MAX).split('.');
    const expected = Buffer.from(await this.sign(`${said}.${expires}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    return this.clock.wallMs() < Number(expires) ? Buffer.from(said, 'base64url').toString('utf8') : null;
  }

  private async sign(claim: string): Promise<string> {
    this.secret ??= await this.secrets.secret(this.purpose);
    return createHmac('sha256', this.secret).update(claim).digest('base64url');
  }
}
