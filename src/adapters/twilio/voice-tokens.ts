import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { SiteSecrets } from '../../ports/site-secrets.js';

/** Wall time for which a call can be answered by a key, as a link can. */
export const VOICE_TOKEN_MS = 10 * 60_000;

/** Tokens for the keys of a call: for one page, for ten minutes, of no use for a link. Nothing is stored for them. */
export class VoiceTokens {
  private secret: Buffer | null = null;

  constructor(
    private readonly secrets: Pick<SiteSecrets, 'secret'>,
    private readonly clock: Pick<Clock, 'wallMs'>,
  ) {}

  /** @throws PlatformError('keys-unavailable') */
  async issue(pageId: string): Promise<string> {
    const claim = `${Buffer.from(pageId).toString('base64url')}.${Math.round(this.clock.wallMs()) + VOICE_TOKEN_MS}`;
    return `${claim}.${await this.sign(claim)}`;
  }

  /** The page that it is for; null where it is none of ours, or too old. */
  async read(token: string): Promise<string | null> {
    const [page = '', expires = '', signature = ''] = token.slice(0, 512).split('.');
    const expected = Buffer.from(await this.sign(`${page}.${expires}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    return this.clock.wallMs() < Number(expires) ? Buffer.from(page, 'base64url').toString('utf8') : null;
  }

  private async sign(claim: string): Promise<string> {
    this.secret ??= await this.secrets.secret('voice-token');
    return createHmac('sha256', this.secret).update(claim).digest('base64url');
  }
}
