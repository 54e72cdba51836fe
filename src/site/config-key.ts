import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isOpenToOthers, ownFolder, writeSecret, writeWhole } from './secret-file.js';

/** In the data folder: what configurations of gateways are signed with, and the public half for the gateways. */
export const CONFIG_KEY_FOLDER = 'gateway-config';
export const CONFIG_PUBLIC_FILE = join(CONFIG_KEY_FOLDER, 'config-keys.pem');
const SECRET_FILE = join(CONFIG_KEY_FOLDER, 'signing-keys.json');

/** The newest first. Two only between `rotate` and `retire`: both sign meanwhile. */
const KeyFile = z.strictObject({ format: z.literal(1), keys: z.array(z.string().max(200)).min(1).max(2) });

/** The key file can't be used; the message says what to do and carries no key material. */
export class ConfigKeyError extends Error {
  override readonly name = 'ConfigKeyError';
}

/** Signs configurations of gateways with Ed25519, by every key that counts now. */
export interface ConfigSigner {
  /** SHA-256 of each public key (SPKI, DER), first 16 hex digits. */
  readonly keyIds: readonly string[];
  /** The public keys as PEM, one block each: what a gateway pins. */
  readonly publicPem: string;
  /** The value of the header `x-vigil-signature`: `keyid=<id>;sig=<base64>`, one per key, apart by a comma. */
  sign(body: Buffer): string;
}

export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/**
 * Opens the signing keys of the data folder, and makes them where there are none: nothing depends on older ones but the
 * gateways that pinned them, and those refuse what a new key signs, which they say.
 *
 * @throws ConfigKeyError when the file may be read by others or is malformed
 */
export function openConfigSigner(dataDir: string): ConfigSigner {
  if (!existsSync(join(dataDir, SECRET_FILE))) write(dataDir, [newKey()]);
  const keys = read(dataDir).map((stored) => {
    const key = privateKeyOf(dataDir, stored);
    const publicKey = createPublicKey(key);
    return { key, id: keyIdOf(publicKey), pem: publicKey.export({ format: 'pem', type: 'spki' }).toString() };
  });
  const publicPem = keys.map(({ pem }) => pem).join('');
  const publicFile = join(dataDir, CONFIG_PUBLIC_FILE);
  if (!existsSync(publicFile) || readFileSync(publicFile, 'utf8') !== publicPem) writeWhole(publicFile, publicPem, 0o644);
  return {
    keyIds: keys.map(({ id }) => id),
    publicPem,
    sign: (body) => keys.map(({ key, id }) => `keyid=${id};sig=${sign(null, body, key).toString('base64')}`).join(', '),
  };
}

/** Makes a second key, which signs beside the old one from the next start on. @throws ConfigKeyError while two are there */
export function rotateConfigKey(dataDir: string): ConfigSigner {
  openConfigSigner(dataDir);
  const keys = read(dataDir);
  if (keys.length > 1) throw new ConfigKeyError('a rotation is under way; `vigil gateways retire-key` ends it');
  write(dataDir, [newKey(), ...keys]);
  return openConfigSigner(dataDir);
}

/** Takes the older key away for good. @throws ConfigKeyError when there is only one */
export function retireConfigKey(dataDir: string): ConfigSigner {
  openConfigSigner(dataDir);
  const keys = read(dataDir);
  if (keys.length < 2) throw new ConfigKeyError('there is one key only; `vigil gateways rotate-key` makes another');
  write(dataDir, keys.slice(0, 1));
  return openConfigSigner(dataDir);
}

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

function write(dataDir: string, keys: readonly string[]): void {
  ownFolder(join(dataDir, CONFIG_KEY_FOLDER));
  writeSecret(join(dataDir, SECRET_FILE), { format: 1, keys });
}

function read(dataDir: string): readonly string[] {
  const file = join(dataDir, SECRET_FILE);
  if (isOpenToOthers(file)) throw new ConfigKeyError(`${file} may be read by others; run: chmod 600 ${file}`);
  try {
    return KeyFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys;
  } catch {
    throw new ConfigKeyError(`${file} is malformed; restore it from its backup`);
  }
}

function privateKeyOf(dataDir: string, stored: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(stored, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    throw new ConfigKeyError(`${join(dataDir, SECRET_FILE)} is malformed; restore it from its backup`);
  }
}
