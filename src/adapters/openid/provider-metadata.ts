import * as oidc from 'openid-client';
import { PlatformError } from '@vigil/domain';
import { boundedFetch, FETCH_TIMEOUT_MS } from './bounded-fetch.js';

/**
 * Signatures that are believed: asymmetric ones only. A provider that offers `none` or a MAC with the client secret is
 * not taken at its word (RFC 8725, sections 2.1 and 3.1).
 */
export const SIGNATURE_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const CLOCK_TOLERANCE_S = 30;
/** Metadata older than this are read again. */
const FRESH_MS = 60 * 60_000;
/** After a failure the provider is left alone for this long. */
const RETRY_AFTER_MS = 5_000;

export interface ProviderOptions {
  /** As the provider writes it, to the letter. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `openid` and the scope of the claim that links are made by. */
  readonly scope: string;
  /** The claim that is compared with usernames at the first sign-in; null makes no links. */
  readonly linkBy: 'preferred_username' | 'email' | null;
  /** Seconds since the person signed in at the provider; 0 has them sign in each time. */
  readonly maxAgeS: number;
  /** One of these must be reached; none asks for nothing. */
  readonly acrValues: readonly string[];
  /** For the button. */
  readonly name: string;
}

/** What the provider says about itself, cached for an hour. When it is away the last answer is used on. */
export class ProviderMetadata {
  private known: { readonly config: oidc.Configuration; readonly atMs: number } | null = null;
  private asking: Promise<oidc.Configuration> | null = null;
  private failedAtMs = -Infinity;

  constructor(
    private readonly options: ProviderOptions,
    private readonly wallMs: () => number,
  ) {}

  /** What is known now, without asking. */
  get current(): oidc.Configuration | null {
    return this.known?.config ?? null;
  }

  /** @throws PlatformError('identity-provider-unavailable') when there is no answer and never was one */
  async configuration(): Promise<oidc.Configuration> {
    const nowMs = this.wallMs();
    const { known } = this;
    if (known !== null && nowMs - known.atMs < FRESH_MS) return known.config;
    if (nowMs - this.failedAtMs < RETRY_AFTER_MS && nowMs >= this.failedAtMs) return this.orKnown(undefined);
    // One question at a time, however many people want to sign in.
    this.asking ??= this.discover().finally(() => (this.asking = null));
    try {
      const config = await this.asking;
      this.known = { config, atMs: nowMs };
      return config;
    } catch (error) {
      this.failedAtMs = nowMs;
      return this.orKnown(error);
    }
  }

  private orKnown(cause: unknown): oidc.Configuration {
    if (this.known !== null) return this.known.config;
    throw new PlatformError('identity-provider-unavailable', {}, true, cause);
  }

  private async discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const url = new URL(issuer);
    const insecure = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    const found = await oidc.discovery(url, clientId, clientSecret, undefined, {
      timeout: FETCH_TIMEOUT_MS / 1_000,
      execute: insecure,
      [oidc.customFetch]: boundedFetch,
    });
    const { supportsPKCE: _helper, ...metadata } = found.serverMetadata();
    // The library is lenient with some providers; the setting is what this site trusts.
    if (metadata.issuer !== issuer) throw new Error('the provider calls itself otherwise than the setting');
    const offered = metadata.id_token_signing_alg_values_supported ?? ['RS256'];
    const config = new oidc.Configuration(
      {
        ...metadata,
        id_token_signing_alg_values_supported: offered.filter((alg) => SIGNATURE_ALGORITHMS.includes(alg)),
      } as oidc.ServerMetadata,
      clientId,
      { client_secret: clientSecret, [oidc.clockTolerance]: CLOCK_TOLERANCE_S },
      // The secret goes into the header where the provider takes it there, which keeps it out of its logs of bodies.
      (metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']).includes('client_secret_basic')
        ? oidc.ClientSecretBasic(clientSecret)
        : oidc.ClientSecretPost(clientSecret),
    );
    config.timeout = FETCH_TIMEOUT_MS / 1_000;
    config[oidc.customFetch] = boundedFetch;
    for (const extension of insecure) extension(config);
    // Without this, a token from the token endpoint is believed because of TLS alone.
    oidc.enableNonRepudiationChecks(config);
    return config;
  }
}
