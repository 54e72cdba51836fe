import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeSecret } from './secret-file.js';
import { readServiceTokens, SITE_FILES } from './site-files.js';

const TOKEN_BYTES = 32;

/** Gives a service a new token. @throws Error with one line when there is no such service; SiteFileError */
export function rotateServiceToken(dataDir: string, name: string): void {
  const tokens = readServiceTokens(dataDir);
  if (!tokens.some((each) => each.name === name)) {
    throw new Error(`there is no service ${name}; there are ${tokens.map((each) => each.name).join(', ')}`);
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const next = tokens.map((each) => (each.name === name ? { ...each, token } : each));
  writeSecret(join(dataDir, SITE_FILES.serviceTokens), next);
}
