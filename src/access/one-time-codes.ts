import type { SignInMethod, StaffId } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { SecondFactors } from '../ports/second-factors.js';
import type { SignInThrottle } from './sign-in-throttle.js';
import { plainCode, recoveryHash, totpStep } from './totp.js';

/** Checks one-time codes of authenticator apps and recovery codes. Each is good once. */
export class OneTimeCodes {
  constructor(
    private readonly factors: SecondFactors,
    private readonly throttle: SignInThrottle,
    private readonly clock: AppClock,
  ) {}

  /**
   * How the code shows who it is, used up; null when it is wrong or was used.
   * @throws TooManyAttempts after ten wrong ones in a quarter of an hour
   */
  async use(staffId: StaffId, typed: string, knownDeviceId: string | null): Promise<SignInMethod | null> {
    const wallMs = this.clock.wallMs();
    const giveBack = this.throttle.code(staffId, knownDeviceId, wallMs);
    const code = plainCode(typed);
    const method = /^\d{6}$/.test(code) ? await this.totp(staffId, code, wallMs) : await this.recovery(staffId, code);
    if (method !== null) giveBack();
    return method;
  }

  private async totp(staffId: StaffId, code: string, wallMs: number): Promise<SignInMethod | null> {
    const secret = await this.factors.totpSecret(staffId);
    const step = secret === null ? null : totpStep(secret, code, wallMs);
    return step !== null && (await this.factors.useTotpStep(staffId, step)) ? 'totp' : null;
  }

  private async recovery(staffId: StaffId, code: string): Promise<SignInMethod | null> {
    return (await this.factors.useRecoveryCode(staffId, recoveryHash(staffId, code))) ? 'recovery-code' : null;
  }
}
