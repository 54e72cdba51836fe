import { randomInt } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { makeFolder, writeWhole } from '@vigil/audit-chain';

export { writeWhole };

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** JSON that only its owner may read. */
export function writeSecret(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, OWNER_ONLY);
}

/** Makes the folder where it is missing; in any case nobody but its owner may look in. */
export function ownFolder(path: string): void {
  makeFolder(path);
  chmodSync(path, 0o700);
}

/** True when somebody else than the owner may read or write the file. Always false where the system has no modes. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0;
}

/** Without characters that are mistaken for each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** For people to type: four groups of four, 79 bits. */
export function newPassword(): string {
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
