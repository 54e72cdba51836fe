import { PlatformError } from '@vigil/domain';
import type { Account, Accounts } from '../ports/accounts.js';
import { TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { Bounded } from './bounded.js';
import { UNKNOWN_ACCOUNT_HASH, verifyPassword } from './password.js';
import type { OpenedSession, Sessions } from './sessions.js';

/** Source: decisions.md and OWASP Authentication Cheat Sheet, "Login throttling": at most 10 tries in 15 minutes. */
const ATTEMPTS = { max: 10, windowMs: 15 * 60_000, keysMax: 10_000 };
/** Argon2 takes 19 MiB and about 20 ms of a core; more at once would starve the alarms. */
const VERIFYING_MAX = 2;
const WAITING_MAX = 32;

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly ip: string;
  /** Hash of the token of the session that the browser had. */
  readonly replaces: string | null;
  readonly wallMs: number;
}

/** Signs people in. Right name and wrong password, and a name that does not exist, take the same time and say the same. */
export class Login {
  private readonly attempts = new RateLimiter(ATTEMPTS);
  private readonly verifying = new Bounded(VERIFYING_MAX, WAITING_MAX);

  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
  ) {}

  /**
   * A new session with a token of its own; never one that the browser brought along (session fixation).
   *
   * @param onAccount told which account is meant, once it is known to exist
   * @throws PlatformError 'unauthenticated', 'too-many-attempts' (per account and address), 'store-unavailable'
   */
  async open(request: LoginRequest, onAccount: (account: Account) => void): Promise<OpenedSession> {
    const key = `${request.username.normalize('NFKC').toLowerCase()}|${request.ip}`;
    // Counted before the password is looked at, so that attempts side by side are counted too.
    const waitMs = this.attempts.take(key, request.wallMs);
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
    const account = await this.accounts.byUsername(request.username);
    if (account !== null) onAccount(account);
    const verified = await this.verifying.run(() =>
      verifyPassword(request.password, account?.passwordHash ?? UNKNOWN_ACCOUNT_HASH),
    );
    if (verified === null) throw new TooManyAttempts(1_000);
    if (account === null || !verified.value) throw new PlatformError('unauthenticated');
    this.attempts.forgive(key);
    const { ip, replaces } = request;
    return this.sessions.open({ staffId: account.user.staffId, methods: ['password'], ip, replaces });
  }
}
