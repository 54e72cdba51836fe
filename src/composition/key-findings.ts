import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SealError } from '@vigil/sealed-records';
import type { Finding } from '../site/doctor.js';
import { KEY_FILE } from './open-keys.js';
import { hasSegments, type KeyFileState, type KeyMachine, readKeyFiles } from './key-files.js';

const YEAR_MS = 365 * 86_400_000;

/** What `vigil doctor` says of the keys: missing, open to others, old, or old ones that are still needed. */
export async function examineKeys(options: {
  readonly dataDir: string;
  readonly env: KeyMachine['env'];
  readonly wallMs: number;
  /** `VIGIL_KEYS`: with a vault there is no key file of the platform. */
  readonly keys: string;
}): Promise<readonly Finding[]> {
  const { dataDir, env, wallMs, keys } = options;
  const finding = (ok: boolean, say: string): Finding => ({ what: 'keys', ok, say });
  if (!existsSync(dataDir)) return [];
  const lost = lostFiles(dataDir, keys);
  if (lost.length > 0) return lost.map((say) => finding(false, say));
  if (existsSync(join(dataDir, 'keys.db')) && (env['KEYS_DATABASE_URL'] ?? '') !== '') {
    const say = `${join(dataDir, 'keys.db')} is there beside KEYS_DATABASE_URL: end the move with \`npm run vigil -- keys move\``;
    return [finding(false, say)];
  }
  try {
    const findings = (await readKeyFiles({ dataDir, env })).flatMap((state) => findingsOf(state, wallMs));
    return findings.length === 0 ? [finding(true, 'key files are whole, current and for their owner only')] : findings;
  } catch (error) {
    if (error instanceof SealError) return [finding(false, error.message)];
    throw error;
  }
}

/** A new file would open nothing: Vigil refuses to start without the old one. */
function lostFiles(dataDir: string, keys: string): readonly string[] {
  const has = (...names: string[]): boolean => existsSync(join(dataDir, ...names));
  const lost: string[] = [];
  const restore = (file: string): string =>
    `${join(dataDir, file)} is missing; restore it from its backup, apart from the data's`;
  if (has('keys.db') && keys === 'file' && !has(KEY_FILE)) lost.push(restore(KEY_FILE));
  if (has(KEY_FILE) && has('vigil.db') && !has('keys.db')) lost.push(restore('keys.db'));
  for (const part of ['gateway', 'hub']) {
    if (!has(part, KEY_FILE) && hasSegments(join(dataDir, part))) lost.push(restore(join(part, KEY_FILE)));
  }
  return lost;
}

function findingsOf({ part, file, current, keys, missing, changedWallMs }: KeyFileState, wallMs: number): readonly Finding[] {
  const finding = (say: string): Finding => ({ what: 'keys', ok: false, say: `${part}: ${say}` });
  const findings = missing.map(({ id }) =>
    finding(`${file} has no key ${id}, which data need; restore the file from its backup`),
  );
  const old = keys.filter(({ id, uses }) => id !== current && uses > 0);
  if (old.length > 0) findings.push(finding(`${old.length} old keys are still in use; leave Vigil running until they are not`));
  const isOld = wallMs - changedWallMs > YEAR_MS;
  if (isOld) findings.push(finding(`the current key is older than a year; run \`npm run vigil -- keys rotate --only ${part}\``));
  return findings;
}
