import type { Role, SignInMethod, TotpEnrolment as Enrolment } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { InvalidRequest } from '../http/invalid-request.js';
import { SignInUnfinished } from '../http/sign-in-unfinished.js';
import type { Account, AccountChange, Accounts } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { SecondFactors } from '../ports/second-factors.js';
import type { StoredTicket } from '../ports/tickets.js';
import type { KnownDevice, KnownDevices } from './known-devices.js';
import type { OneTimeCodes } from './one-time-codes.js';
import { passwordProblem } from './password-policy.js';
import type { Passwords } from './passwords.js';
import type { OpenedSession, Sessions } from './sessions.js';
import { nextSignInStep } from './sign-in-steps.js';
import type { SignInThrottle } from './sign-in-throttle.js';
import type { TicketOffice } from './ticket-office.js';
import type { TotpEnrolment } from './totp-enrolment.js';

/** Where a step of a sign-in comes from, and whom to tell whose it is once that is known. */
export interface SignInFrom {
  readonly ip: string;
  /** Hash of the token of the session that the browser had; it ends. */
  readonly replaces: string | null;
  /** What the browser's cookie says of who signed in with it before. */
  readonly device: KnownDevice | null;
  readonly onAccount: (account: Account) => void;
}

export interface SignInParts {
  readonly accounts: Accounts;
  readonly factors: SecondFactors;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly tickets: TicketOffice;
  readonly codes: OneTimeCodes;
  readonly enrolment: TotpEnrolment;
  readonly throttle: SignInThrottle;
  readonly devices: KnownDevices;
  readonly clock: AppClock;
  /** Roles whose people must show more than a password. */
  readonly secondFactorRoles: readonly Role[];
  /** Host name of the site and the like: no passwords are made of them. */
  readonly siteWords: readonly string[];
}

/**
 * Signs people in, step by step. Each step ends with a session, or throws `SignInUnfinished` with the ticket of the
 * next; `nextSignInStep` says which. Nobody has a session, not even a small one, before the last step.
 *
 * Wrong password and a name that does not exist take the same time and say the same.
 */
export class SignIn {
  constructor(private readonly parts: SignInParts) {}

  /** @throws PlatformError 'unauthenticated', 'too-many-attempts', 'store-unavailable'; SignInUnfinished */
  async password(given: { readonly username: string; readonly password: string }, from: SignInFrom): Promise<OpenedSession> {
    const { accounts, throttle, passwords, clock } = this.parts;
    const wallMs = clock.wallMs();
    const account = await accounts.byUsername(given.username);
    if (account !== null) from.onAccount(account);
    const knownDeviceId = this.knownDeviceId(account, from);
    const giveBack = throttle.password({ username: given.username, ip: from.ip, knownDeviceId, wallMs });
    const isRight = await passwords.matches(account, given.password);
    if (account === null || !isRight || isOver(account, wallMs)) throw new PlatformError('unauthenticated');
    giveBack();
    return this.proceed(account, ['password'], from);
  }

  /** @throws PlatformError 'wrong-code', 'ticket-expired', 'too-many-attempts'; SignInUnfinished */
  async secondFactor(given: { readonly ticket: string; readonly code: string }, from: SignInFrom): Promise<OpenedSession> {
    const { tickets, codes } = this.parts;
    const waiting = await tickets.look(given.ticket, 'second-factor');
    const account = await this.accountOf(waiting, from);
    const method = await codes.use(account.user.staffId, given.code, this.knownDeviceId(account, from));
    if (method === null) return tickets.wrongCode(given.ticket);
    await tickets.take(given.ticket, 'second-factor');
    return this.proceed(account, [...methodsOf(waiting), method], from);
  }

  /** @throws PlatformError 'ticket-expired', 'invalid-request' with the reason why it may not be a password */
  async newPassword(
    given: { readonly ticket: string; readonly newPassword: string },
    from: SignInFrom,
    change: (account: Account) => AccountChange,
  ): Promise<OpenedSession> {
    const { tickets, accounts, passwords } = this.parts;
    const waiting = await tickets.look(given.ticket, 'new-password');
    const account = await this.accountOf(waiting, from);
    await this.requireGoodPassword(account, given.newPassword);
    if (await passwords.matches(account, given.newPassword)) refusePassword('choose another than the one that you were given');
    const hash = await passwords.hash(given.newPassword);
    await tickets.take(given.ticket, 'new-password');
    await accounts.setPassword(account.user.staffId, hash, change(account));
    const changed = await accounts.byStaffId(account.user.staffId);
    if (changed === null) throw new PlatformError('ticket-expired');
    return this.proceed(changed, methodsOf(waiting), from);
  }

  /** What an authenticator app needs. @throws PlatformError('ticket-expired') */
  async enrol(ticket: string, from: SignInFrom): Promise<Enrolment> {
    const { tickets, enrolment } = this.parts;
    const waiting = await tickets.take(ticket, 'enrolment');
    const account = await this.accountOf(waiting, from);
    return enrolment.start(account.user, waiting.content);
  }

  /** @throws PlatformError 'wrong-code', 'ticket-expired' */
  async confirmEnrolment(
    given: { readonly ticket: string; readonly code: string },
    from: SignInFrom,
    change: (account: Account) => AccountChange,
  ): Promise<{ readonly recoveryCodes: readonly string[]; readonly opened: OpenedSession }> {
    const { enrolment, factors } = this.parts;
    let account: Account | null = null;
    const { recoveryCodes, stored } = await enrolment.confirm(
      given,
      async (waiting) => {
        if (waiting.content.methods === undefined) return false;
        account = await this.accountOf(waiting, from);
        // Set up by another sign-in meanwhile: that one holds.
        return !(await factors.of(account.user.staffId)).totp;
      },
      () => change(account!),
    );
    const opened = await this.proceed(account!, [...methodsOf(stored), 'totp'], from);
    return { recoveryCodes, opened };
  }

  /** For ways of signing in that are whole by themselves: a passkey. */
  async shown(account: Account, methods: readonly SignInMethod[], from: SignInFrom): Promise<OpenedSession> {
    return this.proceed(account, methods, from);
  }

  /** @throws InvalidRequest with the reason */
  async requireGoodPassword({ user }: Pick<Account, 'user'>, password: string): Promise<void> {
    const owner = { username: user.username, name: user.name, siteWords: this.parts.siteWords };
    const problem = await passwordProblem(password, owner);
    if (problem !== null) refusePassword(problem);
  }

  knownDeviceId(account: Account | null, { device }: Pick<SignInFrom, 'device'>): string | null {
    if (account === null || device === null) return null;
    return this.parts.devices.knows(device, account.user.staffId) ? device.deviceId : null;
  }

  private async proceed(
    account: Account,
    methods: readonly SignInMethod[],
    { ip, replaces }: SignInFrom,
  ): Promise<OpenedSession> {
    const { factors, tickets, sessions, secondFactorRoles } = this.parts;
    const { staffId, roles } = account.user;
    const has = await factors.of(staffId);
    const { passwordTemporary } = account;
    const step = nextSignInStep({
      roles,
      methods,
      passwordTemporary,
      totp: has.totp,
      passkeys: has.passkeys.length,
      secondFactorRoles,
    });
    if (step === 'session') return sessions.open({ staffId, methods, ip, replaces });
    const issued = await tickets.issue(step, staffId, { methods: methods.join(','), stamp: stampOf(account) });
    if (step === 'new-password') throw new SignInUnfinished('password-change-required', issued);
    if (step === 'enrolment') throw new SignInUnfinished('second-factor-enrolment-required', issued);
    const shown = [
      ...(has.totp ? (['totp'] as const) : []),
      ...(has.recoveryCodes > 0 ? (['recovery-code'] as const) : []),
      ...(has.passkeys.length > 0 ? (['passkey'] as const) : []),
    ];
    throw new SignInUnfinished('second-factor-required', { ...issued, methods: [...shown] });
  }

  /** The account of a ticket, as it is now. @throws PlatformError('ticket-expired') when it was reset or disabled since */
  private async accountOf({ staffId, content }: StoredTicket, from: SignInFrom): Promise<Account> {
    const account = staffId === null ? null : await this.parts.accounts.byStaffId(staffId);
    if (account === null) throw new PlatformError('ticket-expired');
    from.onAccount(account);
    if (content.stamp !== stampOf(account)) throw new PlatformError('ticket-expired');
    return account;
  }
}

/** A temporary password that is too old is as good as none. */
function isOver({ temporaryUntilMs }: Account, wallMs: number): boolean {
  return temporaryUntilMs !== null && temporaryUntilMs <= wallMs;
}

function methodsOf({ content }: StoredTicket): readonly SignInMethod[] {
  return (content.methods ?? '').split(',').filter((method) => method !== '');
}

/** Changes with the password, so that a ticket ends with the password that it was given for. */
function stampOf({ passwordChangedMs, passwordTemporary, temporaryUntilMs }: Account): string {
  return [passwordChangedMs, passwordTemporary, temporaryUntilMs].join('/');
}

function refusePassword(message: string): never {
  throw new InvalidRequest([{ path: 'body.newPassword', message }]);
}
