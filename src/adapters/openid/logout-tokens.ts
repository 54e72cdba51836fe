import { PlatformError } from '@vigil/domain';
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { ProviderLogout } from '../../ports/identity-provider.js';
import { boundedFetch, FETCH_TIMEOUT_MS } from './bounded-fetch.js';
import { SIGNATURE_ALGORITHMS } from './provider-metadata.js';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const AGE_S_MAX = 5 * 60;
const CLOCK_TOLERANCE_S = 30;
/** How long a token can be valid, so how long it is remembered. */
const REMEMBERED_MS = (AGE_S_MAX + 2 * CLOCK_TOLERANCE_S) * 1_000;
const REMEMBERED_MAX = 10_000;
const KEYS_FRESH_MS = 5 * 60_000;
/** Between two looks for a key that is not known: otherwise anybody could have us ask the provider all the time. */
const KEYS_COOLDOWN_MS = 30_000;
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'JWT', 'logout+jwt', 'application/logout+jwt']);

/** Checks logout tokens and takes each once. Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6. */
export class LogoutTokens {
  private keys: { readonly uri: string; readonly find: JWTVerifyGetKey } | null = null;
  private readonly used = new Map<string, number>();

  constructor(private readonly options: { readonly issuer: string; readonly clientId: string }) {}

  /** @throws PlatformError('unauthenticated'), or what jose throws when it can't be verified */
  async read(token: string, keysUri: string, wallMs: number): Promise<ProviderLogout> {
    const { issuer, clientId } = this.options;
    const { payload, protectedHeader } = await jwtVerify(token, this.keysAt(keysUri), {
      algorithms: [...SIGNATURE_ALGORITHMS],
      issuer,
      audience: clientId,
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: AGE_S_MAX,
      requiredClaims: ['iat', 'jti', 'events'],
    });
    const subject = textOrNull(payload.sub);
    const sid = textOrNull(payload['sid']);
    const isLogout = TYPES.has(protectedHeader.typ) && hasEvent(payload) && payload['nonce'] === undefined;
    if (!isLogout || (subject === null && sid === null)) throw new PlatformError('unauthenticated');
    this.useOnce(String(payload.jti), wallMs);
    return { issuer, subject, sid };
  }

  private useOnce(jti: string, wallMs: number): void {
    for (const [known, atMs] of this.used) {
      if (wallMs - atMs < REMEMBERED_MS && this.used.size < REMEMBERED_MAX) break;
      this.used.delete(known);
    }
    if (this.used.has(jti)) throw new PlatformError('unauthenticated');
    this.used.set(jti, wallMs);
  }

  private keysAt(uri: string): JWTVerifyGetKey {
    if (this.keys?.uri !== uri) {
      const find = createRemoteJWKSet(new URL(uri), {
        timeoutDuration: FETCH_TIMEOUT_MS,
        cooldownDuration: KEYS_COOLDOWN_MS,
        cacheMaxAge: KEYS_FRESH_MS,
        [customFetch]: boundedFetch,
      });
      this.keys = { uri, find };
    }
    return this.keys.find;
  }
}

/** Without this claim a token says something else, e.g. who signed in. */
function hasEvent({ events }: JWTPayload & { readonly events?: unknown }): boolean {
  const event = typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[LOGOUT_EVENT] : null;
  return typeof event === 'object' && event !== null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= 255 ? value : null;
}
