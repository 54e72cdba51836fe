import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './secret-file.js';

/** What the platform shows to the witness in the watchdog; in the data folder, mode 0600. */
export const WITNESS_TOKEN_FILE = 'witness-token';
const TOKEN_BYTES = 32;

/** Makes the token where there is none. */
export function makeWitnessToken(dataDir: string): void {
  const path = join(dataDir, WITNESS_TOKEN_FILE);
  if (existsSync(path)) return;
  writeWhole(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, 0o600);
}

/** The token; null while there is none. */
export function readWitnessToken(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, WITNESS_TOKEN_FILE), 'utf8').trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
