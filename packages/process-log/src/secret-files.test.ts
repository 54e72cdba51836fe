import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECRET_SETTINGS, SecretFileError, withSecretFiles } from './secret-files.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text);
  return path;
}

test('a secret comes from its file, without the line break at its end; the rest stays as it is', () => {
  const env = { SMTP_URL_FILE: file('smtps://who:what@mail.example\n'), VIGIL_PORT: '3000' };
  expect(withSecretFiles(env)).toMatchObject({ SMTP_URL: 'smtps://who:what@mail.example', VIGIL_PORT: '3000' });
});

test('an empty path is as good as none', () => {
  expect(withSecretFiles({ SMTP_URL: 'smtp://mail.example', SMTP_URL_FILE: '' })['SMTP_URL']).toBe('smtp://mail.example');
});

test('a setting that ends in _FILE by itself is no path of a secret', () => {
  const env = { VIGIL_AUDIT_ANCHOR_FILE: '/nowhere/anchor.txt', VIGIL_WITNESS_FILE: '/nowhere/witness.json' };
  expect(withSecretFiles(env)).toEqual(env);
});

test.each([
  ['both', { SMS_TOKEN: 'a', SMS_TOKEN_FILE: file('secret-b') }, 'SMS_TOKEN and SMS_TOKEN_FILE are both set'],
  ['gone', { SMS_TOKEN_FILE: join(folder, 'nothing') }, 'ENOENT'],
  ['a folder', { SMS_TOKEN_FILE: folder }, 'EISDIR'],
  ['empty', { SMS_TOKEN_FILE: file(' \n') }, 'is empty'],
  ['too long', { SMS_TOKEN_FILE: file('secret-b'.repeat(4_000)) }, 'too long'],
])('%s: one line that names the setting and quotes nothing', (_, env, says) => {
  const refusal = (): unknown => withSecretFiles(env);
  expect(refusal).toThrow(SecretFileError);
  expect(refusal).toThrow(says);
  expect(refusal).not.toThrow(/secret-b/);
});

test('no name is a setting and the file of another', () => {
  expect(SECRET_SETTINGS.filter((name) => name.endsWith('_FILE'))).toEqual([]);
});
