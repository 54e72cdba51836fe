import type { Role, SignInMethod } from '@vigil/contracts';

/** What is known of somebody who is signing in. */
export interface SignInFacts {
  readonly roles: readonly Role[];
  /** What was shown so far. */
  readonly methods: readonly SignInMethod[];
  readonly passwordTemporary: boolean;
  readonly totp: boolean;
  readonly passkeys: number;
  /** Roles whose people must show more than a password. */
  readonly secondFactorRoles: readonly Role[];
}

export type SignInStepName = 'second-factor' | 'new-password' | 'enrolment' | 'session';

const STRONG: ReadonlySet<SignInMethod> = new Set(['totp', 'recovery-code', 'passkey']);

/** Whether more than a password is asked of a person with these roles. */
export function mustHaveSecondFactor(facts: Pick<SignInFacts, 'roles' | 'secondFactorRoles'>): boolean {
  return facts.roles.some((role) => facts.secondFactorRoles.includes(role));
}

/**
 * What comes next in a sign-in; pure. A second factor that is there is always asked for, before anything may be
 * changed; a passkey is two factors by itself (the key, and the finger or PIN that unlocks it). Whoever must have a
 * second factor and has none sets one up now, so that nobody is locked out by the rule.
 */
export function nextSignInStep(facts: SignInFacts): SignInStepName {
  const isStrong = facts.methods.some((method) => STRONG.has(method));
  const isRequired = mustHaveSecondFactor(facts);
  if (!isStrong && (facts.totp || (isRequired && facts.passkeys > 0))) return 'second-factor';
  if (facts.passwordTemporary && facts.methods.includes('password')) return 'new-password';
  if (!isStrong && isRequired) return 'enrolment';
  return 'session';
}
