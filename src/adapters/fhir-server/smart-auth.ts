import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { EhrRefused, EhrUnavailable } from '../../ports/fhir-server.js';
import { type Bounds, boundedAnswer, type RawAnswer, type RawRequest, retryAfterMs } from './bounded-answer.js';
import type { ClientKey } from './client-key.js';

/** Of an assertion; 5 min are allowed, and the rest is for clocks that differ. */
const ASSERTION_S = 240;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** For a server that does not say. Source: SMART App Launch 2.2, backend services: 300 s are recommended. */
const EXPIRES_S_DEFAULT = 300;
const EXPIRES_S_MAX = 24 * 3_600;
const RENEW_AT = 0.8;
/** What was discovered is believed for this long. */
const DISCOVERED_MS = 60 * 60_000;
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

const WellKnown = z.object({ token_endpoint: z.string().max(2_048) });
const Extension = z.object({ url: z.string(), valueUri: z.string().max(2_048).optional() });
const Nested = z.object({ url: z.string(), extension: z.array(Extension).max(20).optional() });
const Capability = z.object({
  resourceType: z.literal('CapabilityStatement'),
  rest: z
    .array(z.object({ security: z.object({ extension: z.array(Nested).max(20).optional() }).optional() }))
    .max(10)
    .optional(),
});
const Granted = z.object({
  access_token: z
    .string()
    .min(1)
    .max(16_384)
    // What may stand in a header, so that no token breaks a request.
    .regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().optional(),
});
const Denied = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) });

export interface SmartAuthOptions {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly key: ClientKey;
  /** Null: discovered, and then at the origin of the base only. */
  readonly tokenUrl: string | null;
  readonly scopes: readonly string[];
  readonly wallMs: () => number;
  readonly bounds?: Bounds;
}

/**
 * Access tokens by SMART backend services: client credentials with an assertion that this key signs. One token at a time, renewed
 * when four fifths of its time are over, asked for once however many wait for it. Neither it nor an assertion gets into an error.
 *
 * Source: SMART App Launch 2.2, "Backend services"; RFC 7523.
 * Not supported: refresh tokens, several scopes by turns, keys in hardware.
 */
export class SmartAuth {
  private held: { readonly token: string; readonly renewAtWallMs: number } | null = null;
  private asking: Promise<string> | null = null;
  private endpoint: { readonly url: string; readonly atWallMs: number } | null = null;

  constructor(private readonly options: SmartAuthOptions) {}

  /** @throws EhrUnavailable when there is nobody to ask, EhrRefused when the authorization server refuses this client */
  async token(): Promise<string> {
    if (this.held !== null && this.options.wallMs() < this.held.renewAtWallMs) return this.held.token;
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  /** The server does not take this token: the next one is a new one. */
  refused(token: string): void {
    if (this.held?.token === token) this.held = null;
  }

  private async ask(): Promise<string> {
    const { clientId, scopes, wallMs } = this.options;
    const url = await this.tokenUrl();
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: scopes.join(' '),
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await this.assertion(url, clientId),
    });
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.send(url, { method: 'POST', headers, body: form.toString() });
    if (answer.status >= 500 || answer.status === 429) {
      throw new EhrUnavailable('no-token', retryAfterMs(answer.headers, wallMs()));
    }
    if (answer.status !== 200) {
      // The endpoint may have moved; the next try looks again.
      this.endpoint = null;
      const denied = Denied.safeParse(jsonOf(answer));
      throw new EhrRefused(answer.status, denied.success ? denied.data.error : 'none');
    }
    const granted = Granted.safeParse(jsonOf(answer));
    if (!granted.success) throw new EhrUnavailable('no-token');
    const { access_token: token, expires_in: expiresS = EXPIRES_S_DEFAULT } = granted.data;
    this.held = { token, renewAtWallMs: wallMs() + Math.min(expiresS, EXPIRES_S_MAX) * 1_000 * RENEW_AT };
    return token;
  }

  private assertion(audience: string, clientId: string): Promise<string> {
    const { key, algorithm, keyId } = this.options.key;
    return new SignJWT()
      .setProtectedHeader({ alg: algorithm, kid: keyId, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setJti(randomUUID())
      .setExpirationTime(Math.floor(this.options.wallMs() / 1_000) + ASSERTION_S)
      .sign(key);
  }

  private async tokenUrl(): Promise<string> {
    const { tokenUrl, wallMs } = this.options;
    if (tokenUrl !== null) return tokenUrl;
    if (this.endpoint !== null && wallMs() - this.endpoint.atWallMs < DISCOVERED_MS) return this.endpoint.url;
    const url = (await this.wellKnown()) ?? (await this.fromCapability());
    if (url === null) throw new EhrUnavailable('no-token');
    // An assertion for somebody else's endpoint could be used there: only the setting leads to another origin.
    if (!isAtOriginOf(url, this.options.baseUrl)) throw new EhrUnavailable('foreign-link');
    this.endpoint = { url, atWallMs: wallMs() };
    return url;
  }

  private async wellKnown(): Promise<string | null> {
    const found = WellKnown.safeParse(await this.json(`${this.options.baseUrl}/.well-known/smart-configuration`));
    return found.success ? found.data.token_endpoint : null;
  }

  private async fromCapability(): Promise<string | null> {
    const found = Capability.safeParse(await this.json(`${this.options.baseUrl}/metadata`));
    if (!found.success) return null;
    const uris = (found.data.rest ?? []).flatMap(({ security }) => security?.extension ?? []);
    const nested = uris.filter(({ url }) => url === OAUTH_URIS).flatMap(({ extension }) => extension ?? []);
    return nested.find(({ url }) => url === 'token')?.valueUri ?? null;
  }

  private async json(url: string): Promise<unknown> {
    const answer = await this.send(url, { method: 'GET', headers: { accept: 'application/json' } });
    if (answer.status >= 500 || answer.status === 429) throw new EhrUnavailable('no-token');
    return answer.status === 200 ? jsonOf(answer) : null;
  }

  /** Whoever asked first may give up; the others still wait for the token, so no signal of theirs ends it. */
  private async send(url: string, request: RawRequest): Promise<RawAnswer> {
    try {
      return await boundedAnswer(url, request, new AbortController().signal, this.options.bounds);
    } catch {
      throw new EhrUnavailable('no-token');
    }
  }
}

/** False also for what is no URL, or has a name or a password in it. */
export function isAtOriginOf(url: string, baseUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, username, password } = new URL(url);
  return origin === new URL(baseUrl).origin && username === '' && password === '';
}

function jsonOf({ text }: RawAnswer): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
