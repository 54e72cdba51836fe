import { createHash, randomBytes } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { NewPasskey, Passkey, PasskeySignIn, PasskeySignInOptions, SessionUser } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { InvalidRequest } from '../http/invalid-request.js';
import type { Account, AccountChange, Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { SecondFactors } from '../ports/second-factors.js';
import type { RelyingParty } from './relying-party.js';
import type { TicketOffice } from './ticket-office.js';

/** COSE names of what browsers offer and Node checks: EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];
const ASKED_FOR_MS = 5 * 60_000;

export interface PasskeyParts {
  readonly accounts: Accounts;
  readonly factors: SecondFactors;
  readonly tickets: TicketOffice;
  readonly clock: AppClock;
}

/**
 * Passkeys (WebAuthn Level 3). Kept on the device or key and unlocked there by finger, face or PIN, so that one passkey
 * is two factors; bound to the name of the site, so that no other site can ask for it. Each challenge is made here, kept
 * here, and answered once.
 */
export class Passkeys {
  constructor(private readonly parts: PasskeyParts) {}

  /** Asks the browser for any passkey of this site: nobody has to say a name, and nothing tells whether one exists. */
  async signInOptions(site: RelyingParty, username: string | undefined): Promise<PasskeySignInOptions> {
    const options = await generateAuthenticationOptions({
      rpID: site.id,
      userVerification: 'required',
      timeout: ASKED_FOR_MS,
    });
    const content = { challenge: options.challenge, ...site, ...(username === undefined ? {} : { username }) };
    const issued = await this.parts.tickets.issue('passkey-sign-in', null, content);
    return { ...issued, options: { ...options } };
  }

  /**
   * The account whose passkey answered.
   *
   * @param onAccount told whose passkey is meant, before it is checked
   * @throws PlatformError 'unauthenticated' (unknown, removed, not verified, counted back), 'ticket-expired'
   */
  async verify({ ticket, credential }: PasskeySignIn, onAccount: (account: Account) => void): Promise<Account> {
    const { tickets, factors, accounts, clock } = this.parts;
    const { content } = await tickets.take(ticket, 'passkey-sign-in');
    const passkey = await factors.passkey(credential.id);
    const account = passkey === null ? null : await accounts.byStaffId(passkey.staffId);
    if (passkey === null || account === null) throw new PlatformError('unauthenticated');
    onAccount(account);
    if (content.username !== undefined && content.username !== account.user.username) throw new PlatformError('unauthenticated');
    const { userHandle } = credential.response;
    if (userHandle !== undefined && userHandle !== userHandleOf(account.user).toString('base64url')) {
      throw new PlatformError('unauthenticated');
    }
    const { credentialId: id, publicKey, signCount: counter } = passkey;
    const verified = await verifyAuthenticationResponse({
      response: { ...credential, response: withoutUndefined(credential.response), clientExtensionResults: {} },
      expectedChallenge: content.challenge ?? '',
      expectedOrigin: content.origin ?? '',
      expectedRPID: content.id ?? '',
      credential: { id, publicKey: new Uint8Array(publicKey), counter },
      requireUserVerification: true,
      // Its errors say what was wrong with the answer; the person is told that it does not count.
    }).catch(() => null);
    if (verified?.verified !== true) throw new PlatformError('unauthenticated');
    const isNewer = await factors.usePasskey(passkey.passkeyId, verified.authenticationInfo.newCounter, clock.wallMs());
    if (!isNewer) throw new PlatformError('unauthenticated');
    return account;
  }

  async enrolmentOptions(site: RelyingParty, user: SessionUser): Promise<PasskeySignInOptions> {
    const options = await generateRegistrationOptions({
      rpName: 'Vigil',
      rpID: site.id,
      userName: user.username,
      userDisplayName: user.name,
      userID: new Uint8Array(userHandleOf(user)),
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
      timeout: ASKED_FOR_MS,
    });
    const issued = await this.parts.tickets.issue('passkey-enrolment', user.staffId, { challenge: options.challenge, ...site });
    return { ...issued, options: { ...options } };
  }

  /** @throws PlatformError 'ticket-expired', 'conflict' (registered, or ten already), 'invalid-request' */
  async add({ ticket, name, credential }: NewPasskey, user: SessionUser, change: () => AccountChange): Promise<Passkey> {
    const { staffId, content } = await this.parts.tickets.take(ticket, 'passkey-enrolment');
    if (staffId !== user.staffId) throw new PlatformError('ticket-expired');
    const verified = await verifyRegistrationResponse({
      response: { ...credential, response: withoutUndefined(credential.response), clientExtensionResults: {} },
      expectedChallenge: content.challenge ?? '',
      expectedOrigin: content.origin ?? '',
      expectedRPID: content.id ?? '',
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch(() => null);
    if (verified?.verified !== true) {
      throw new InvalidRequest([{ path: 'body.credential', message: 'not an answer to the challenge of this ticket' }]);
    }
    const { credential: key, credentialBackedUp: synced } = verified.registrationInfo;
    const passkey = {
      passkeyId: `pk-${randomBytes(8).toString('hex')}`,
      staffId: user.staffId,
      credentialId: key.id,
      name,
      publicKey: key.publicKey,
      signCount: key.counter,
      synced,
      transports: credential.response.transports ?? [],
    };
    return this.parts.factors.addPasskey(passkey, change());
  }
}

/** What the passkey knows its person by: no name, and the same each time, so that a second one takes the place of the first on the same device. */
function userHandleOf({ staffId }: Pick<SessionUser, 'staffId'>): Buffer {
  return createHash('sha256').update(`vigil user|${staffId}`).digest();
}

/** The library's types take a member that is left out, not one that is undefined. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
