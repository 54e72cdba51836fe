import { TooManyAttempts } from '../http/invalid-request.js';
import type { Account, Accounts } from '../ports/accounts.js';
import { Bounded } from './bounded.js';
import { hashPassword, needsRehash, UNKNOWN_ACCOUNT_HASH, verifyPassword } from './password.js';

/** Argon2 takes 19 MiB and about 20 ms of a core; more at once would starve the alarms. */
const VERIFYING_MAX = 2;
const WAITING_MAX = 32;
const BUSY_WAIT_MS = 1_000;

/** Checks and makes password hashes, a few at a time. */
export class Passwords {
  private readonly working = new Bounded(VERIFYING_MAX, WAITING_MAX);

  constructor(private readonly accounts: Accounts) {}

  /**
   * Is this the account's password? Takes the same time for no account, for one without a password, and for a wrong
   * one. A hash of older parameters is made anew on the way.
   *
   * @throws TooManyAttempts when too many wait already
   */
  async matches(account: Account | null, password: string): Promise<boolean> {
    const stored = account === null || account.passwordHash === '' ? UNKNOWN_ACCOUNT_HASH : account.passwordHash;
    const isRight = await this.inTurn(() => verifyPassword(password, stored));
    if (account === null || account.passwordHash === '' || !isRight) return false;
    if (needsRehash(stored)) {
      const to = await this.inTurn(() => hashPassword(password));
      await this.accounts.rehash(account.user.staffId, { from: stored, to });
    }
    return true;
  }

  /** @throws TooManyAttempts as above */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hashPassword(password));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.working.run(work);
    if (done === null) throw new TooManyAttempts(BUSY_WAIT_MS);
    return done.value;
  }
}
