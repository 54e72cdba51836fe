import { TooManyAttempts } from '../http/invalid-request.js';
import type { GuessLimit } from '../health/sign-in-metrics.js';
import { networkOf } from '../http/request-limits.js';
import { Attempts } from './attempts.js';

const QUARTER_HOUR_MS = 15 * 60_000;
const KEYS_MAX = 10_000;
const limit = (max: number) => ({ max, windowMs: QUARTER_HOUR_MS, keysMax: KEYS_MAX });

/** Who tries, from where. */
export interface Attempt {
  /** The name that was typed, whether or not there is such an account. */
  readonly username: string;
  readonly ip: string;
  /** The browser, where this person signed in with it before; null otherwise. */
  readonly knownDeviceId: string | null;
  readonly wallMs: number;
}

/**
 * How often somebody may guess. Attempts are counted before they are looked at, so that those side by side are counted
 * too; what was right is given back.
 *
 * A browser that the person signed in with before has an allowance of its own and is held up by nobody else's guesses:
 * whoever guesses at a nurse's name from elsewhere does not lock the nurse out at the workstation. Passkeys can't be
 * guessed and have an allowance of their own. Nobody who is signed in is held up by anything here, so that a lock
 * never stands before an emergency access.
 *
 * In the memory of this process, bounded; source of the numbers: OWASP Authentication Cheat Sheet, "Login throttling",
 * and CK-S18.
 */
export class SignInThrottle {
  /** Per account and address, and per account and known browser. */
  private readonly perAccount = new Attempts(limit(10));
  /** Strangers per account, from wherever: many addresses together still guess slowly. */
  private readonly perName = new Attempts(limit(200));
  /** Per address, whatever the accounts. */
  private readonly perAddress = new Attempts(limit(100));
  private readonly passkeys = new Attempts(limit(100));
  /** A page may ask as soon as it opens, and a hospital may be behind one address. */
  private readonly passkeyQuestions = new Attempts(limit(600));
  private readonly codes = new Attempts(limit(10));

  /** @param onHeldUp told which limit an attempt ran into */
  constructor(private readonly onHeldUp: (limit: GuessLimit) => void = () => undefined) {}

  /** @returns what gives the attempt back once it was right. @throws TooManyAttempts */
  password({ username, ip, knownDeviceId, wallMs }: Attempt): () => void {
    const name = username.normalize('NFKC').toLowerCase();
    if (knownDeviceId !== null) {
      const key = `device|${knownDeviceId}|${name}`;
      this.takeAll([[this.perAccount, key, 'account']], wallMs);
      return () => this.perAccount.forgive(key);
    }
    const address = networkOf(ip);
    const key = `address|${address}|${name}`;
    this.takeAll(
      [
        [this.perAddress, address, 'address'],
        [this.perAccount, key, 'account'],
        [this.perName, name, 'name'],
      ],
      wallMs,
    );
    return () => {
      this.perAccount.forgive(key);
      this.perAddress.giveBack(address);
      this.perName.giveBack(name);
    };
  }

  /** Guesses at one-time codes of one person, who has shown the password. @returns as above. @throws TooManyAttempts */
  code(staffId: string, knownDeviceId: string | null, wallMs: number): () => void {
    const key = `${staffId}|${knownDeviceId ?? ''}`;
    this.takeAll([[this.codes, key, 'code']], wallMs);
    return () => this.codes.forgive(key);
  }

  /** Challenges given out. @param deviceId a browser that anybody signed in with before. @throws TooManyAttempts */
  passkeyOptions(ip: string, deviceId: string | null, wallMs: number): void {
    this.takeAll([[this.passkeyQuestions, placeOf(ip, deviceId), 'passkey']], wallMs);
  }

  /** Answers of a passkey, or a station's code. @param deviceId as above. @returns as above. @throws TooManyAttempts */
  passkey(ip: string, deviceId: string | null, wallMs: number): () => void {
    const place = placeOf(ip, deviceId);
    this.takeAll([[this.passkeys, place, 'passkey']], wallMs);
    return () => this.passkeys.giveBack(place);
  }

  /** One from each, or none: whoever is held up by one allowance uses up no other. */
  private takeAll(from: readonly (readonly [Attempts, string, GuessLimit])[], wallMs: number): void {
    const taken: (readonly [Attempts, string])[] = [];
    for (const [attempts, key, limit] of from) {
      const waitMs = attempts.take(key, wallMs);
      if (waitMs > 0) {
        for (const [other, otherKey] of taken) other.giveBack(otherKey);
        this.onHeldUp(limit);
        throw new TooManyAttempts(waitMs);
      }
      taken.push([attempts, key]);
    }
  }
}

/** Whose passkey it will be is not known yet, so that a browser counts for itself whoever signed in with it. */
function placeOf(ip: string, deviceId: string | null): string {
  return deviceId === null ? `address|${networkOf(ip)}` : `device|${deviceId}`;
}
