import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createPublicKey, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_PUBLIC_FILE, ConfigKeyError, keyIdOf, openConfigSigner, retireConfigKey, rotateConfigKey } from './config-key.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-config-key-'));
const secret = (dataDir: string): string => join(dataDir, 'gateway-config', 'signing-keys.json');

test('what it signs is checked with the public key that lies beside it', () => {
  const dataDir = newFolder();
  const signer = openConfigSigner(dataDir);
  const pem = readFileSync(join(dataDir, CONFIG_PUBLIC_FILE), 'utf8');
  const key = createPublicKey(pem);
  const body = Buffer.from('{"v":1}');
  const [, id, signature] = /^keyid=([0-9a-f]{16});sig=(.{88})$/.exec(signer.sign(body))!;
  expect(id).toBe(keyIdOf(key));
  expect(verify(null, body, key, Buffer.from(signature!, 'base64'))).toBe(true);
  expect(statSync(secret(dataDir)).mode & 0o077).toBe(0);
  expect(openConfigSigner(dataDir).keyIds).toEqual([id]);
});

test('a rotation: two keys sign until the old one is retired', () => {
  const dataDir = newFolder();
  const [old] = openConfigSigner(dataDir).keyIds;
  expect(() => retireConfigKey(dataDir)).toThrow(/rotate-key/);
  const both = rotateConfigKey(dataDir);
  expect(both.keyIds).toEqual([expect.not.stringMatching(String(old)), old]);
  expect(both.sign(Buffer.from('x')).split(', ')).toHaveLength(2);
  expect(both.publicPem.match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
  expect(() => rotateConfigKey(dataDir)).toThrow(/under way/);
  expect(retireConfigKey(dataDir).keyIds).toEqual([both.keyIds[0]]);
});

test('a key file that others can read, or that is damaged, stops the start with advice and without its content', () => {
  const dataDir = newFolder();
  openConfigSigner(dataDir);
  chmodSync(secret(dataDir), 0o644);
  if (process.platform !== 'win32') expect(() => openConfigSigner(dataDir)).toThrow(/chmod 600/);
  rmSync(secret(dataDir));
  const again = openConfigSigner(dataDir);
  expect(readFileSync(join(dataDir, CONFIG_PUBLIC_FILE), 'utf8')).toBe(again.publicPem);
  expect(ConfigKeyError.name).toBe('ConfigKeyError');
});
