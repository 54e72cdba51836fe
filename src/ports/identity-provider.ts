import type { SignInMethod } from '@vigil/contracts';

/** Where a browser is sent to sign in, and what must come back from there with it. */
export interface SignOnRequest {
  readonly url: string;
  /** Chance that comes back in the URL: names this attempt. */
  readonly state: string;
  /** Chance that comes back inside the signed token: binds the token to this attempt. */
  readonly nonce: string;
  /** Never leaves this process before the code is exchanged (PKCE, RFC 7636). */
  readonly codeVerifier: string;
}

/** Who somebody is, as the identity provider has it. Says nothing about what the person may do here. */
export interface Identity {
  readonly issuer: string;
  /** Unique and never given to somebody else, by the issuer's promise. */
  readonly subject: string;
  /** What the provider calls its session, null when it does not say. */
  readonly sid: string | null;
  /** The claim by which the site lets a person be found the first time; null when there is none or it is not verified. */
  readonly username: string | null;
  /** `oidc`, and `oidc:<amr>` for each way that the provider names. */
  readonly methods: readonly SignInMethod[];
  /** The provider asked for more than a password, or reached a class of authentication that the site demands. */
  readonly strong: boolean;
}

/** Whose session has ended at the provider: one session, or all of a subject. */
export interface ProviderLogout {
  readonly issuer: string;
  readonly subject: string | null;
  readonly sid: string | null;
}

/** How people sign in that have an account elsewhere. One provider for the site, or none. */
export abstract class IdentityProvider {
  /** What people call it, for the button; null when the site has none: nothing below may then be called. */
  abstract readonly name: string | null;

  /**
   * Begins a sign-in.
   * @throws PlatformError('identity-provider-unavailable')
   */
  abstract begin(redirectUri: string): Promise<SignOnRequest>;

  /**
   * The person who comes back. Signature, issuer, audience, times and nonce of the token are checked, whatever the way
   * on which it came.
   *
   * @param callback the URL that the browser came back to, whole
   * @throws PlatformError 'unauthenticated' when anything does not fit; 'identity-provider-unavailable'
   */
  abstract finish(callback: URL, request: Omit<SignOnRequest, 'url'>): Promise<Identity>;

  /**
   * What a logout token says (OpenID Connect Back-Channel Logout 1.0), once.
   * @throws PlatformError 'unauthenticated' when it is forged, old or was used; 'identity-provider-unavailable'
   */
  abstract endedBy(logoutToken: string): Promise<ProviderLogout>;

  /** Where a browser can end the provider's own session too; null when that is not known or not offered. */
  abstract logoutUrl(returnTo: string): Promise<string | null>;
}
