import { z } from 'zod';
import { EpochMs } from './ids.js';

/** `GET /api/v1/session/methods`: which ways of signing in this site has. Public: the sign-in page needs it first. */
export const SignInMethods = z.object({
  password: z.boolean(),
  passkey: z.boolean(),
  /** Null: the site has no identity provider. */
  oidc: z
    .object({
      /** What people call the provider, for the button. */
      name: z.string(),
      /** The browser goes there, as a page: not by fetch. */
      startUrl: z.string(),
      /** Where the browser can end the provider's session too, after Vigil's; null while that is not known. */
      logoutUrl: z.string().nullable(),
    })
    .nullable(),
});
export type SignInMethods = z.infer<typeof SignInMethods>;

/** Body of `POST /api/v1/session/oidc/backchannel-logout`, as a form (OpenID Connect Back-Channel Logout 1.0). */
export const BackchannelLogout = z.object({ logout_token: z.string().min(1).max(12_000) });

export const IdentityLinkId = z.string().regex(/^il-[0-9a-f]{16}$/, 'a link id');

/** An identity of a provider that signs in as this member of staff. The subject is not shown: only a hash is kept. */
export const IdentityLink = z.object({ linkId: IdentityLinkId, issuer: z.string(), linkedMs: EpochMs });
export type IdentityLink = z.infer<typeof IdentityLink>;

/** `POST /api/v1/accounts/{staffId}/identity-links`: the `sub` of the person at the site's provider. */
export const NewIdentityLink = z.strictObject({ subject: z.string().min(1).max(255) });
