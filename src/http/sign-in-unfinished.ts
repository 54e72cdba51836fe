import type { SignInStep } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';

/** The password was right and something is missing: 401, with the ticket that goes into the next request. */
export class SignInUnfinished extends PlatformError {
  constructor(
    code: 'second-factor-required' | 'second-factor-enrolment-required' | 'password-change-required',
    readonly step: SignInStep,
  ) {
    super(code);
  }
}
