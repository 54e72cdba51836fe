import type { Role, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { sha256Hex } from '../http/sha.js';
import type { Accounts } from '../ports/accounts.js';
import type { IdentityLinks } from '../ports/identity-links.js';
import type { Identity, IdentityProvider } from '../ports/identity-provider.js';
import type { OpenedSession, Sessions } from './sessions.js';
import { mustHaveSecondFactor } from './sign-in-steps.js';
import type { SignOnAttempts } from './sign-on-attempts.js';
import { newToken, tokenHash } from './tokens.js';

/** Why somebody who came back from the provider is not signed in. Each has its words on the page that says so. */
export type SignOnProblem = 'begin-again' | 'not-known' | 'refused' | 'second-factor' | 'provider-away' | 'too-many' | 'fault';

/** The sign-in ends here, with words for the person. */
export class SignOnRefused extends PlatformError {
  constructor(
    readonly problem: SignOnProblem,
    cause?: unknown,
  ) {
    super('unauthenticated', {}, false, cause);
  }
}

export interface SignOnParts {
  readonly provider: IdentityProvider;
  readonly links: IdentityLinks;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly attempts: SignOnAttempts;
  /** Roles whose people must show a second factor, there or here. */
  readonly secondFactorRoles: readonly Role[];
  readonly wallMs: () => number;
}

export interface Callback {
  /** The URL that the browser came back to, with the public origin. */
  readonly url: URL;
  /** What the browser's cookie of the attempt says; null when it has none. */
  readonly browser: string | null;
  readonly ip: string;
}

/**
 * Sign-in at the site's identity provider. The provider says who somebody is; what the person may do here is said by
 * the account here and by nothing else, so an identity that is linked to nobody gets nothing (deny by default).
 */
export class SignOn {
  constructor(private readonly parts: SignOnParts) {}

  /**
   * @param replaces hash of the token of the session that the browser has
   * @returns where the browser goes, and the value of its cookie of this attempt
   * @throws PlatformError('not-found') without a provider; 'identity-provider-unavailable'
   */
  async begin(redirectUri: string, replaces: string | null): Promise<{ readonly url: string; readonly browser: string }> {
    const { provider, attempts, wallMs } = this.parts;
    this.requireProvider();
    const { url, ...request } = await provider.begin(redirectUri);
    const browser = newToken();
    attempts.add({ ...request, browserHash: tokenHash(browser), replaces, atMs: wallMs() });
    return { url, browser };
  }

  /**
   * The session of the person who came back.
   *
   * @param onPerson told who it is, once that is certain, and whether the identity was linked to the account just now
   * @throws SignOnRefused; PlatformError 'identity-provider-unavailable', 'store-unavailable'
   */
  async finish({ url, browser, ip }: Callback, onPerson: (staffId: StaffId, isNew: boolean) => void): Promise<OpenedSession> {
    const { provider, attempts, sessions, wallMs } = this.parts;
    this.requireProvider();
    const state = url.searchParams.getAll('state');
    const attempt =
      state.length === 1 && browser !== null ? attempts.take({ state: state[0]!, browser, wallMs: wallMs() }) : null;
    if (attempt === null) throw new SignOnRefused('begin-again');
    const identity = await provider.finish(url, attempt).catch((error: unknown) => {
      const isRefusal = error instanceof PlatformError && error.code === 'unauthenticated';
      throw isRefusal ? new SignOnRefused('refused', error) : error;
    });
    const known = await this.linked(identity);
    const staffId = known ?? (await this.linkNow(identity));
    if (staffId === null) throw new SignOnRefused('not-known');
    onPerson(staffId, known === null);
    if (!identity.strong && (await this.mustBeStrong(staffId))) throw new SignOnRefused('second-factor');
    const { methods } = identity;
    const externalRef = identity.sid === null ? null : externalRefOf(identity.issuer, identity.sid);
    try {
      return await sessions.open({ staffId, methods, ip, replaces: attempt.replaces, externalRef });
    } catch (error) {
      // A link to an account that is gone or disabled opens nothing.
      if (error instanceof PlatformError && error.code === 'not-found') throw new SignOnRefused('not-known', error);
      throw error;
    }
  }

  /**
   * Ends what the provider says has ended: one session when it names one, else all of the person.
   * @returns how many sessions ended, and whose; null for somebody who is not known here
   * @throws PlatformError 'unauthenticated', 'identity-provider-unavailable', 'store-unavailable'
   */
  async endedByProvider(logoutToken: string): Promise<{ readonly ended: number; readonly staffId: StaffId | null }> {
    const { provider, links, sessions } = this.parts;
    this.requireProvider();
    const { issuer, subject, sid } = await provider.endedBy(logoutToken);
    const staffId = subject === null ? null : await links.staffOf(issuer, subject);
    if (sid !== null) return { ended: await sessions.endByExternalRef(externalRefOf(issuer, sid)), staffId };
    return { ended: staffId === null ? 0 : await sessions.endAllOf(staffId), staffId };
  }

  private async mustBeStrong(staffId: StaffId): Promise<boolean> {
    const { accounts, secondFactorRoles } = this.parts;
    const account = await accounts.byStaffId(staffId);
    return account !== null && mustHaveSecondFactor({ roles: account.user.roles, secondFactorRoles });
  }

  private async linked({ issuer, subject }: Identity): Promise<StaffId | null> {
    return this.parts.links.staffOf(issuer, subject);
  }

  /** The first sign-in of somebody whose username the provider knows, where the site allows that. */
  private async linkNow({ issuer, subject, username }: Identity): Promise<StaffId | null> {
    const { accounts, links, wallMs } = this.parts;
    const account = username === null ? null : await accounts.byUsername(username);
    if (account === null) return null;
    const { staffId } = account.user;
    try {
      await links.link({ issuer, subject, staffId, wallMs: wallMs() });
      return staffId;
    } catch (error) {
      // The account belongs to another identity: a name that was given to somebody new opens nobody's account.
      if (error instanceof PlatformError && (error.code === 'conflict' || error.code === 'not-found')) return null;
      throw error;
    }
  }

  /** @throws PlatformError('not-found') when the site has none */
  private requireProvider(): void {
    if (this.parts.provider.name === null) throw new PlatformError('not-found');
  }
}

/** What the session store calls a session of the provider. */
function externalRefOf(issuer: string, sid: string): string {
  return `oidc:${sha256Hex(JSON.stringify([issuer, sid]))}`;
}
