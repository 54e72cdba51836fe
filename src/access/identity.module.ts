import { Module } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { Accounts } from '../ports/accounts.js';
import { AppClock } from '../ports/app-clock.js';
import { SecondFactors } from '../ports/second-factors.js';
import { SiteSecrets } from '../ports/site-secrets.js';
import { Stations } from '../ports/stations.js';
import { Tickets } from '../ports/tickets.js';
import { ServerConfig } from '../server-config.js';
import { AccessModule } from './access.module.js';
import { AccountController } from './account.controller.js';
import { AccountsController } from './accounts.controller.js';
import { KnownDevices } from './known-devices.js';
import { OneTimeCodes } from './one-time-codes.js';
import { OwnAccounts } from './own-account.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { PasskeyController } from './passkey.controller.js';
import { Passkeys } from './passkeys.js';
import { Passwords } from './passwords.js';
import { SessionAnswer } from './session-answer.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { StationDesk } from './stations.js';
import { StationsController } from './stations.controller.js';
import { TemporaryPasswords } from './temporary-passwords.js';
import { TicketOffice } from './ticket-office.js';
import { TotpEnrolment } from './totp-enrolment.js';

/** Plain parts, each made of the ones before it. */
interface Parts {
  readonly answer: SessionAnswer;
  readonly desk: StationDesk;
  readonly own: OwnAccounts;
  readonly passkeys: Passkeys;
  readonly signIn: SignIn;
  readonly temporary: TemporaryPasswords;
  readonly throttle: SignInThrottle;
}

class IdentityParts {
  constructor(readonly parts: Parts) {}
}

async function make(
  accounts: Accounts,
  factors: SecondFactors,
  stored: Tickets,
  stations: Stations,
  secrets: SiteSecrets,
  sessions: Sessions,
  clock: AppClock,
  config: ServerConfig,
  metrics: Metrics,
): Promise<IdentityParts> {
  const { secondFactorRoles, publicUrl } = config.settings;
  const siteWords = publicUrl === null ? [] : [new URL(publicUrl).hostname];
  const throttle = new SignInThrottle((limit) => metrics.signIns.attemptHeldUp(limit));
  const passwords = new Passwords(accounts);
  const tickets = new TicketOffice(stored, clock);
  const codes = new OneTimeCodes(factors, throttle, clock);
  const enrolment = new TotpEnrolment(factors, tickets, clock);
  const devices = new KnownDevices(await secrets.secret('known-devices'));
  const passkeys = new Passkeys({ accounts, factors, tickets, clock });
  const shared = { accounts, factors, sessions, passwords, enrolment, throttle, clock, secondFactorRoles };
  const signIn = new SignIn({ ...shared, tickets, codes, devices, siteWords });
  return new IdentityParts({
    answer: new SessionAnswer(devices, clock, config, metrics.signIns),
    desk: new StationDesk(stations, clock),
    own: new OwnAccounts({ ...shared, signIn, passkeys }),
    passkeys,
    signIn,
    temporary: new TemporaryPasswords(passwords, clock),
    throttle,
  });
}

const inject = [IdentityParts];

/** How people and screens show who they are: sign-in, second factors, accounts, stations. */
@Module({
  imports: [AccessModule],
  controllers: [
    SessionController,
    PasskeyController,
    AccountController,
    OwnSessionsController,
    AccountsController,
    StationsController,
  ],
  providers: [
    {
      provide: IdentityParts,
      useFactory: make,
      inject: [Accounts, SecondFactors, Tickets, Stations, SiteSecrets, Sessions, AppClock, ServerConfig, Metrics],
    },
    { provide: SessionAnswer, useFactory: ({ parts }: IdentityParts): SessionAnswer => parts.answer, inject },
    { provide: StationDesk, useFactory: ({ parts }: IdentityParts): StationDesk => parts.desk, inject },
    { provide: OwnAccounts, useFactory: ({ parts }: IdentityParts): OwnAccounts => parts.own, inject },
    { provide: Passkeys, useFactory: ({ parts }: IdentityParts): Passkeys => parts.passkeys, inject },
    { provide: SignIn, useFactory: ({ parts }: IdentityParts): SignIn => parts.signIn, inject },
    { provide: TemporaryPasswords, useFactory: ({ parts }: IdentityParts): TemporaryPasswords => parts.temporary, inject },
    { provide: SignInThrottle, useFactory: ({ parts }: IdentityParts): SignInThrottle => parts.throttle, inject },
  ],
})
export class IdentityModule {}
