import { randomInt } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Whole or not at all: written beside, synced, then renamed. */
export function writeWhole(path: string, text: string, mode: number): void {
  const fd = openSync(`${path}.tmp`, 'w', mode);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(`${path}.tmp`, mode);
  renameSync(`${path}.tmp`, path);
}

/** JSON that only its owner may read. */
export function writeSecret(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, OWNER_ONLY);
}

/** Step by step: `recursive` of mkdirSync never returns below /proc (Node 24). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
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
