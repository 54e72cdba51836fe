import { randomInt } from 'node:crypto';
import type { TemporaryPassword } from '../ports/accounts.js';
import type { AppClock } from '../ports/app-clock.js';
import type { Passwords } from './passwords.js';

/** Until the first sign-in: over a weekend, and no longer. */
export const TEMPORARY_PASSWORD_MS = 3 * 86_400_000;
/** Without characters that are mistaken for each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** For people to type: four groups of four, 79 bits. */
export function newTemporaryPassword(): string {
  const group = (): string => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

/** Makes the passwords that are given to people and must be changed at the first sign-in. */
export class TemporaryPasswords {
  constructor(
    private readonly passwords: Passwords,
    private readonly clock: AppClock,
  ) {}

  async make(): Promise<{ readonly password: string; readonly stored: TemporaryPassword }> {
    const password = newTemporaryPassword();
    const hash = await this.passwords.hash(password);
    return { password, stored: { hash, untilMs: this.clock.wallMs() + TEMPORARY_PASSWORD_MS } };
  }
}
