import type {
  NewPasskey,
  OwnAccount,
  Passkey,
  PasskeySignInOptions,
  Role,
  StaffId,
  TotpEnrolment as Enrolment,
} from '@vigil/contracts';
import { EpochMs } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { InvalidRequest } from '../http/invalid-request.js';
import type { Account, AccountChange, Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { SecondFactors } from '../ports/second-factors.js';
import type { StoredSession } from '../ports/session-store.js';
import type { Passkeys } from './passkeys.js';
import type { Passwords } from './passwords.js';
import type { RelyingParty } from './relying-party.js';
import type { RequestContext } from './request-context.js';
import type { OpenedSession, Sessions } from './sessions.js';
import type { SignIn, SignInFrom } from './sign-in.js';
import { mustHaveSecondFactor } from './sign-in-steps.js';
import type { SignInThrottle } from './sign-in-throttle.js';
import { newRecoveryCodes, recoveryHash } from './totp.js';
import type { TotpEnrolment } from './totp-enrolment.js';

/** Wall time after a sign-in during which the ways in may be changed. */
const FRESH_MS = 10 * 60_000;

export interface OwnAccountParts {
  readonly accounts: Accounts;
  readonly factors: SecondFactors;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly passwords: Passwords;
  readonly passkeys: Passkeys;
  readonly enrolment: TotpEnrolment;
  readonly throttle: SignInThrottle;
  readonly clock: AppClock;
  readonly secondFactorRoles: readonly Role[];
}

/** What people change about their own way in. Each change is one audit row, committed with it. */
export class OwnAccounts {
  constructor(private readonly parts: OwnAccountParts) {}

  async show(staffId: StaffId): Promise<OwnAccount> {
    const { factors, secondFactorRoles } = this.parts;
    const account = await this.account(staffId);
    const { totp, recoveryCodes, passkeys } = await factors.of(staffId);
    const { user, passwordHash, passwordChangedMs } = account;
    return {
      staffId,
      username: user.username,
      hasPassword: passwordHash !== '',
      passwordChangedMs: passwordChangedMs === null ? null : EpochMs.parse(passwordChangedMs),
      secondFactorRequired: mustHaveSecondFactor({ roles: user.roles, secondFactorRoles }),
      totp,
      recoveryCodesLeft: recoveryCodes,
      passkeys: [...passkeys],
    };
  }

  /**
   * All sessions of the person end; the answer is the one that takes the place of theirs.
   * @throws InvalidRequest: the old password is not theirs, or the new one may not be one; TooManyAttempts
   */
  async changePassword(
    context: RequestContext,
    { oldPassword, newPassword }: { readonly oldPassword: string; readonly newPassword: string },
    from: SignInFrom,
  ): Promise<OpenedSession> {
    const { accounts, passwords, signIn, sessions, throttle, clock } = this.parts;
    const { staffId } = context.person;
    const account = await this.account(staffId);
    const { username } = account.user;
    const knownDeviceId = signIn.knownDeviceId(account, from);
    const giveBack = throttle.password({ username, ip: context.ip, knownDeviceId, wallMs: clock.wallMs() });
    if (!(await passwords.matches(account, oldPassword))) refuse('body.oldPassword', 'this is not your password');
    giveBack();
    await signIn.requireGoodPassword(account, newPassword);
    if (oldPassword.normalize('NFKC') === newPassword.normalize('NFKC'))
      refuse('body.newPassword', 'choose another than the old one');
    const hash = await passwords.hash(newPassword);
    const { methods } = await this.session(context);
    await accounts.setPassword(staffId, hash, this.change(context, 'own password'));
    await sessions.noticeEnded();
    return sessions.open({ staffId, methods, ip: context.ip });
  }

  async beginTotp(context: RequestContext): Promise<Enrolment> {
    await this.requireFresh(context);
    return this.parts.enrolment.start(context.person, {});
  }

  /** The session gets a new token: it is one of more than a password from here on. */
  async confirmTotp(
    context: RequestContext,
    given: { readonly ticket: string; readonly code: string },
  ): Promise<{ readonly recoveryCodes: readonly string[]; readonly opened: OpenedSession }> {
    const { enrolment, sessions } = this.parts;
    const { methods } = await this.requireFresh(context);
    const { staffId } = context.person;
    const { recoveryCodes } = await enrolment.confirm(
      given,
      (waiting) => waiting.staffId === staffId && waiting.content.methods === undefined,
      () => this.change(context, 'authenticator app'),
    );
    const replaces = context.caller.tokenHash;
    const opened = await sessions.open({ staffId, methods: [...new Set([...methods, 'totp'])], ip: context.ip, replaces });
    return { recoveryCodes, opened };
  }

  async removeTotp(context: RequestContext): Promise<void> {
    await this.requireFresh(context);
    await this.parts.factors.removeTotp(context.person.staffId, this.change(context, 'authenticator app taken away'));
  }

  /** @throws PlatformError('conflict') without an authenticator app, which they stand in for */
  async newRecoveryCodes(context: RequestContext): Promise<readonly string[]> {
    const { factors } = this.parts;
    const { staffId } = context.person;
    await this.requireFresh(context);
    if (!(await factors.of(staffId)).totp) throw new PlatformError('conflict');
    const codes = newRecoveryCodes();
    const hashes = codes.map((code) => recoveryHash(staffId, code));
    await factors.setRecoveryCodes(staffId, hashes, this.change(context, 'new recovery codes'));
    return codes;
  }

  async passkeyOptions(context: RequestContext, site: RelyingParty): Promise<PasskeySignInOptions> {
    await this.requireFresh(context);
    return this.parts.passkeys.enrolmentOptions(site, context.person);
  }

  async addPasskey(context: RequestContext, given: NewPasskey): Promise<Passkey> {
    await this.requireFresh(context);
    return this.parts.passkeys.add(given, context.person, () => this.change(context, 'passkey added'));
  }

  /** @throws PlatformError('not-found') */
  async removePasskey(context: RequestContext, passkeyId: string): Promise<void> {
    await this.requireFresh(context);
    const change = this.change(context, `passkey ${passkeyId} taken away`);
    if (await this.parts.factors.removePasskey(context.person.staffId, passkeyId, change)) return;
    throw new PlatformError('not-found');
  }

  /** The session of a sign-in of the last minutes. @throws PlatformError('reauthentication-required') */
  private async requireFresh(context: RequestContext): Promise<StoredSession> {
    const session = await this.session(context);
    if (this.parts.clock.wallMs() - session.startedMs > FRESH_MS) throw new PlatformError('reauthentication-required');
    return session;
  }

  /** @throws PlatformError 'forbidden' for a program; 'unauthenticated' when it ended this moment */
  private async session(context: RequestContext): Promise<StoredSession> {
    const { tokenHash } = context.caller;
    if (tokenHash === null || context.caller.user === null) throw new PlatformError('forbidden');
    const session = await this.parts.sessions.current(tokenHash);
    if (session === null) throw new PlatformError('unauthenticated');
    return session;
  }

  private async account(staffId: StaffId): Promise<Account> {
    const account = await this.parts.accounts.byStaffId(staffId);
    if (account === null) throw new PlatformError('unauthenticated');
    return account;
  }

  private change(context: RequestContext, detail: string): AccountChange {
    return { audit: context.commandEntry(detail), wallMs: this.parts.clock.wallMs() };
  }
}

function refuse(path: string, message: string): never {
  throw new InvalidRequest([{ path, message }]);
}
