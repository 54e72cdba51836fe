import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Allowance } from '../../support/canaries.js';
import type { Stack } from '../../support/stack.js';
import type { Probe } from './probe.js';

/** Files of the data folder whose every long text is a secret: its own name, and no other file may hold it. */
const SECRET_FILES: readonly (readonly [file: string, canary: string])[] = [
  ['kek.json', 'key of the platform'],
  ['hub/kek.json', 'key of the hub'],
  ['gateway/kek.json', 'key of the gateway'],
  ['hub/keys.json', 'access key of the hub'],
  ['service-tokens.json', 'service token'],
  ['devices.json', 'device token'],
  ['demo-accounts.json', 'demo password'],
  ['password-hashes.json', 'password hash'],
  ['audit/signing-key.json', 'signing key of the audit log'],
  ['gateway-config/signing-keys.json', 'signing key of configurations'],
  ['gateway/watch-code.json', 'code of the local watch'],
];
const WITNESS_TOKEN = 'witness-token';
const LONG_ENOUGH = 14;
const IDS = new Set([
  'deviceId',
  'id',
  'keyId',
  'name',
  'username',
  'roles',
  'gatewayId',
  'current',
  'v',
  'rights',
  'origin',
  'publicKey',
]);

/** Everything in the data folder that is a secret from now on. */
export function addSecrets(probe: Probe, stack: Stack): void {
  for (const [file, canary] of SECRET_FILES) {
    const values = longTexts(JSON.parse(readFileSync(join(stack.dataDir, file), 'utf8')));
    if (values.length === 0) throw new Error(`there is no secret in ${file}`);
    for (const value of values) {
      probe.canaries.add(canary, value);
      const bytes = Buffer.from(value, 'base64');
      if (canary.startsWith('key of') && bytes.length === 32) probe.canaries.add(canary, bytes);
    }
  }
  probe.canaries.add('token of the witness', readFileSync(join(stack.dataDir, WITNESS_TOKEN), 'utf8').trim());
}

/** Each secret is in its own file and reaches whom it is for; nowhere else. */
export const WHERE_SECRETS_MUST_BE: readonly Allowance[] = [
  ...SECRET_FILES.map(([file, canary]) => ({
    place: new RegExp(`^(data|crash)/${file.replace('.', '\\.')}$`),
    canary: new RegExp(`^${canary}$`),
    why: 'the file of this secret, for its owner only',
  })),
  { place: /^(data|crash)\/witness-token$/, canary: /^token of the witness$/, why: 'the file of this secret' },
  { place: /^(mails|webhook)$/, canary: /^link of a page$/, why: 'a page is the link' },
  { place: /^(data|crash)\/vigil\.db(-wal)?$/, canary: /^password hash$/, why: 'the platform compares with it' },
];

function longTexts(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return value.length >= LONG_ENOUGH && !IDS.has(key) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => longTexts(each, Array.isArray(value) ? key : name));
}

/** Not secret: when this site's time began, and what checks the signatures of the audit log and of configurations. */
export const PUBLIC_FILES = ['audit/public-keys.txt', 'clock.json', 'gateway-config/config-keys.pem'];

/** Files that others than their owner may read or write. */
export function openToOthers(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (statSync(path).mode & 0o077) !== 0)
    .map((path) => path.slice(folder.length + 1))
    .sort();
}
