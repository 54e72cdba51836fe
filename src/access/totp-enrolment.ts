import type { SessionUser, TotpEnrolment as Enrolment } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AccountChange } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { SecondFactors } from '../ports/second-factors.js';
import type { StoredTicket } from '../ports/tickets.js';
import type { TicketOffice } from './ticket-office.js';
import { newRecoveryCodes, newTotpSecret, plainCode, recoveryHash, totpStep, totpUri } from './totp.js';

const ISSUER = 'Vigil';

/** Sets up an authenticator app: a secret that waits, and the first code of the app, before anything depends on it. */
export class TotpEnrolment {
  constructor(
    private readonly factors: SecondFactors,
    private readonly tickets: TicketOffice,
    private readonly clock: AppClock,
  ) {}

  /** @param content what the sign-in that waits for this has shown so far; empty for somebody who is signed in */
  async start(user: SessionUser, content: Readonly<Record<string, string>>): Promise<Enrolment> {
    const secret = newTotpSecret();
    const issued = await this.tickets.issue('totp-setup', user.staffId, content, secret);
    return { ...issued, secret, uri: totpUri(secret, user.username, ISSUER) };
  }

  /**
   * Keeps the secret once the code is right, and answers ten recovery codes that are shown this once.
   * @param mayUse refuses a ticket of somebody else, or of another way to get here
   * @throws PlatformError 'wrong-code', 'ticket-expired'
   */
  async confirm(
    { ticket, code }: { readonly ticket: string; readonly code: string },
    mayUse: (stored: StoredTicket) => Promise<boolean> | boolean,
    change: () => AccountChange,
  ): Promise<{ readonly recoveryCodes: readonly string[]; readonly stored: StoredTicket }> {
    const waiting = await this.tickets.look(ticket, 'totp-setup');
    if (waiting.secret === null || waiting.staffId === null || !(await mayUse(waiting)))
      throw new PlatformError('ticket-expired');
    const step = totpStep(waiting.secret, plainCode(code), this.clock.wallMs());
    if (step === null) return this.tickets.wrongCode(ticket);
    const stored = await this.tickets.take(ticket, 'totp-setup');
    const recoveryCodes = newRecoveryCodes();
    const recoveryCodeHashes = recoveryCodes.map((each) => recoveryHash(waiting.staffId!, each));
    await this.factors.setTotp(waiting.staffId, { secret: waiting.secret, step, recoveryCodeHashes }, change());
    return { recoveryCodes, stored };
  }
}
