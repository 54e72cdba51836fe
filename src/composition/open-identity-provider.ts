import { OpenIdProvider } from '../adapters/openid/openid-provider.js';
import type { OidcSettings } from '../config.js';
import type { IdentityProvider } from '../ports/identity-provider.js';

/** By what an account is found the first time, a provider is asked for; and for no more than that. */
const SCOPES = { preferred_username: 'openid profile', email: 'openid email' } as const;

export function openIdentityProvider(oidc: OidcSettings, wallMs: () => number): IdentityProvider {
  return new OpenIdProvider({ ...oidc, scope: oidc.linkBy === null ? 'openid' : SCOPES[oidc.linkBy] }, wallMs);
}
