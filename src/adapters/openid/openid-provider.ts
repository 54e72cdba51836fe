import type { SignInMethod } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import * as oidc from 'openid-client';
import { type Identity, IdentityProvider, type ProviderLogout, type SignOnRequest } from '../../ports/identity-provider.js';
import { LogoutTokens } from './logout-tokens.js';
import { ProviderMetadata, type ProviderOptions } from './provider-metadata.js';

export type { ProviderOptions } from './provider-metadata.js';

/** A code is exchanged at once, so a token that was not made just now is somebody's old one. */
const TOKEN_AGE_S_MAX = 10 * 60;
const CLOCK_TOLERANCE_S = 30;
const METHODS_MAX = 8;
/** More than something that is known. Source: RFC 8176, section 2 (authentication method reference values). */
const STRONG_METHODS: ReadonlySet<string> = new Set(['oidc:mfa', 'oidc:mca', 'oidc:otp', 'oidc:hwk', 'oidc:swk', 'oidc:sc']);

/**
 * OpenID Connect by openid-client: authorization code with PKCE (S256), state and nonce; the ID token's signature is
 * always checked, by asymmetric algorithms only. Tokens are read and thrown away, none is stored. Token times are
 * compared with this machine's clock.
 *
 * Not supported: refresh tokens, userinfo, encrypted ID tokens, sign-in begun by the provider, several providers.
 */
export class OpenIdProvider extends IdentityProvider {
  override readonly name: string;
  private readonly metadata: ProviderMetadata;
  private readonly logoutTokens: LogoutTokens;

  constructor(
    private readonly options: ProviderOptions,
    private readonly wallMs: () => number,
  ) {
    super();
    this.name = options.name;
    this.metadata = new ProviderMetadata(options, wallMs);
    this.logoutTokens = new LogoutTokens(options);
  }

  override async begin(redirectUri: string): Promise<SignOnRequest> {
    const config = await this.metadata.configuration();
    const { scope, maxAgeS, acrValues } = this.options;
    const [state, nonce, codeVerifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      max_age: String(maxAgeS),
      ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
    });
    return { url: url.href, state, nonce, codeVerifier };
  }

  override async finish(callback: URL, { state, nonce, codeVerifier }: Omit<SignOnRequest, 'url'>): Promise<Identity> {
    const config = await this.metadata.configuration();
    try {
      const tokens = await oidc.authorizationCodeGrant(config, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
        maxAge: this.options.maxAgeS,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new PlatformError('unauthenticated');
      return this.identityOf(claims);
    } catch (error) {
      throw translated(error);
    }
  }

  override async endedBy(logoutToken: string): Promise<ProviderLogout> {
    const config = await this.metadata.configuration();
    try {
      return await this.logoutTokens.read(logoutToken, config.serverMetadata().jwks_uri ?? '', this.wallMs());
    } catch (error) {
      throw translated(error);
    }
  }

  override async logoutUrl(returnTo: string): Promise<string | null> {
    // Asked for by everybody who opens the sign-in page: it waits for nobody, and shows up once the provider answered.
    if (this.metadata.current === null) void this.metadata.configuration().catch(() => undefined);
    const config = this.metadata.current;
    if (config?.serverMetadata().end_session_endpoint === undefined) return Promise.resolve(null);
    return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo, client_id: this.options.clientId }).href;
  }

  private identityOf(claims: oidc.IDToken): Identity {
    const { clientId, issuer, acrValues, linkBy } = this.options;
    const ageS = this.wallMs() / 1_000 - claims.iat;
    const isFresh = ageS < TOKEN_AGE_S_MAX && ageS > -CLOCK_TOLERANCE_S;
    const isForUs = claims.azp === undefined || claims.azp === clientId;
    const isStrong = acrValues.length === 0 || (typeof claims.acr === 'string' && acrValues.includes(claims.acr));
    const isNamed = claims.sub.length > 0 && claims.sub.length <= 255;
    if (!isFresh || !isForUs || !isStrong || !isNamed) throw new PlatformError('unauthenticated');
    const methods = methodsOf(claims.amr);
    return {
      issuer,
      subject: claims.sub,
      sid: typeof claims['sid'] === 'string' && claims['sid'].length <= 255 ? claims['sid'] : null,
      username: linkBy === null ? null : usernameOf(claims, linkBy),
      methods,
      strong: acrValues.length > 0 || methods.some((method) => STRONG_METHODS.has(method)),
    };
  }
}

/** An e-mail address is a name only once the provider has seen that it is the person's. */
function usernameOf(claims: oidc.IDToken, linkBy: 'preferred_username' | 'email'): string | null {
  const name = claims[linkBy];
  if (typeof name !== 'string' || name === '' || name.length > 64) return null;
  return linkBy === 'email' && claims['email_verified'] !== true ? null : name;
}

function methodsOf(amr: unknown): readonly SignInMethod[] {
  const named = Array.isArray(amr) ? amr.filter((name): name is string => typeof name === 'string') : [];
  const plain = named.map((name) => name.toLowerCase()).filter((name) => /^[a-z0-9._-]{1,30}$/.test(name));
  return ['oidc', ...[...new Set(plain)].slice(0, METHODS_MAX).map((name) => `oidc:${name}`)];
}

const OUTAGES: ReadonlySet<unknown> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC']);

/** What went wrong, as a refusal or an outage; the provider's own words may name the person and stay behind. */
function translated(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const { code, cause, status } = error as { code?: unknown; cause?: unknown; status?: unknown };
  const answered = cause instanceof Response ? cause.status : status;
  // Undici says that a connection failed with a TypeError, and why in its cause.
  const isUnreached = error instanceof TypeError && (error.message === 'fetch failed' || error.message.includes('too large'));
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  const isBroken = typeof answered === 'number' && answered >= 500;
  if (isUnreached || isTimeout || isBroken || OUTAGES.has(code)) {
    return new PlatformError('identity-provider-unavailable', {}, true, error);
  }
  return new PlatformError('unauthenticated', {}, false, error);
}
