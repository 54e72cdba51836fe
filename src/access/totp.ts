import { createHash, randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** Source: RFC 6238 with the values that every authenticator app takes: SHA-1, six digits, 30 seconds. */
const PERIOD_S = 30;
const DIGITS = 6;
const ALGORITHM = 'SHA1';
/** A clock may be one step off either way. */
const STEPS_OFF_MAX = 1;
/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;

export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** For the QR code of an authenticator app. */
export function totpUri(secret: string, username: string, issuer: string): string {
  return new TOTP({
    issuer,
    label: username,
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: PERIOD_S,
    secret: Secret.fromBase32(secret),
  }).toString();
}

/** The time step that the code belongs to, around this wall time; null when it is not one of the secret's codes. */
export function totpStep(secret: string, code: string, wallMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const now = { period: PERIOD_S, timestamp: wallMs };
  const off = TOTP.validate({
    ...now,
    token: code,
    secret: Secret.fromBase32(secret),
    algorithm: ALGORITHM,
    digits: DIGITS,
    window: STEPS_OFF_MAX,
  });
  return off === null ? null : TOTP.counter(now) + off;
}

export const RECOVERY_CODES = 10;
/** Without characters that are mistaken for each other; 31 of them, so that 12 have 59 bits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const RECOVERY_CHARS = 12;

/** Ten codes of the form `xxxx-xxxx-xxxx`. */
export function newRecoveryCodes(): readonly string[] {
  const code = (): string =>
    Array.from({ length: RECOVERY_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)])
      .join('')
      .replace(/(.{4})(?=.)/g, '$1-');
  return Array.from({ length: RECOVERY_CODES }, code);
}

/** A code as it was typed, in the form that is compared: no blanks or hyphens, lower case. */
export function plainCode(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s-]/g, '').toLowerCase();
}

/**
 * What is stored of a recovery code, bound to its person. A plain hash is enough: a code has 59 bits of chance in it,
 * and guesses are counted.
 */
export function recoveryHash(staffId: string, code: string): string {
  return createHash('sha256')
    .update(`vigil recovery code|${staffId}|${plainCode(code)}`)
    .digest('hex');
}
