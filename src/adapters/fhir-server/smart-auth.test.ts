import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { TestTokenServer } from '../../../test/support/token-server.js';
import { readClientKey } from './client-key.js';
import { SmartAuth } from './smart-auth.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-smart-'));
const kinds = {
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS384: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
let server: TestTokenServer;
let nowMs: number;

function fileOf(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

const jwkOf = (kind: keyof typeof kinds, more = {}): string =>
  JSON.stringify({ ...kinds[kind].privateKey.export({ format: 'jwk' }), ...more });

function client(kind: keyof typeof kinds, tokenUrl: string | null = null): SmartAuth {
  const key = readClientKey(fileOf(`${kind}.jwk`, jwkOf(kind, { kid: kind })), null);
  return new SmartAuth({
    ...{ baseUrl: server.baseUrl, clientId: 'vigil', key, tokenUrl, scopes: ['system/Patient.read'], wallMs: () => nowMs },
  });
}

beforeAll(async () => {
  server = await TestTokenServer.start({
    ES384: kinds.ES384.publicKey.export({ format: 'jwk' }),
    RS384: kinds.RS384.publicKey.export({ format: 'jwk' }),
  });
});
beforeEach(() => {
  nowMs = Date.now();
  server.reset();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a token by SMART backend services, from a real authorization server', () => {
  test.each(['ES384', 'RS384'] as const)('is given for an assertion that is signed by %s', async (kind) => {
    expect(await client(kind).token()).toMatch(/^\S{20,}$/);
    const [assertion = ''] = server.assertions();
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: kind, kid: kind, typ: 'JWT' });
    const { iss, sub, aud, exp = 0, jti = '' } = decodeJwt(assertion);
    expect({ iss, sub, aud }).toEqual({ iss: 'vigil', sub: 'vigil', aud: server.tokenUrl });
    expect(exp * 1_000 - nowMs).toBeLessThanOrEqual(300_000);
    expect(jti.length).toBeGreaterThan(16);
  });

  test('each assertion is another one, and the server takes none twice', async () => {
    const auth = client('ES384');
    auth.refused(await auth.token());
    await auth.token();
    const [first = '', second = ''] = server.assertions();
    expect(decodeJwt(first).jti).not.toBe(decodeJwt(second).jti);
    expect((await server.ask(first)).status).toBe(401);
  });

  test('for another audience is refused, and the error says nothing of the assertion', async () => {
    // The same endpoint under another URL is another audience.
    const elsewhere = `${server.tokenUrl}?another`;
    const error = await client('ES384', elsewhere)
      .token()
      .catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: 'ehr-refused', status: 401, issue: 'invalid_client', retryable: false });
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toMatch(/eyJ/);
  });
});

describe('a token', () => {
  test('is used until four fifths of its time are over, and asked for once however many wait for it', async () => {
    const auth = client('ES384');
    const tokens = await Promise.all([auth.token(), auth.token(), auth.token()]);
    expect(new Set(tokens).size).toBe(1);
    nowMs += server.expiresS * 1_000 * 0.8 - 1_000;
    expect(await auth.token()).toBe(tokens[0]);
    expect(server.assertions()).toHaveLength(1);
    nowMs += 2_000;
    await auth.token();
    expect(server.assertions()).toHaveLength(2);
  });

  test('that the server refused is asked for anew; one that was renewed meanwhile is not', async () => {
    const auth = client('ES384');
    const first = await auth.token();
    auth.refused('an older one');
    expect(await auth.token()).toBe(first);
    auth.refused(first);
    expect(await auth.token()).not.toBe(first);
  });

  test('is no longer to be had while its endpoint is away, and is again afterwards', async () => {
    const auth = client('ES384');
    server.away = true;
    await expect(auth.token()).rejects.toMatchObject({ code: 'ehr-unavailable', why: 'no-token', retryable: true });
    server.away = false;
    await auth.token();
  });
});

describe('the token endpoint', () => {
  test('is taken from the capability statement where there is no SMART configuration', async () => {
    server.wellKnown = null;
    await client('ES384').token();
    expect(server.assertions()).toHaveLength(1);
  });

  test('at another origin gets no assertion, unless the setting names it', async () => {
    server.wellKnown = { token_endpoint: 'https://evil.test/token' };
    await expect(client('ES384').token()).rejects.toMatchObject({ why: 'foreign-link' });
    expect(server.assertions()).toEqual([]);
    await client('ES384', server.tokenUrl).token();
  });
});

describe('the key file', () => {
  const pem = kinds.ES384.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

  test('is a JWK or PEM; the setting says which key it is where the file does not', () => {
    expect(readClientKey(fileOf('k.pem', pem), 'k1')).toMatchObject({ algorithm: 'ES384', keyId: 'k1' });
    const file = fileOf('k.jwk', jwkOf('RS384', { kid: 'a' }));
    expect(readClientKey(file, null)).toMatchObject({ algorithm: 'RS384', keyId: 'a' });
    expect(readClientKey(file, 'b').keyId).toBe('b');
    expect(() => readClientKey(fileOf('k2.pem', pem), null)).toThrow(/FHIR_KEY_ID/);
  });

  test.each([
    ['one that others may read', pem, 0o640, /mode 640.*chmod 600/],
    ['a public key', JSON.stringify(kinds.ES384.publicKey.export({ format: 'jwk' })), 0o600, /neither a private JWK/],
    ['something else', 'hunter2', 0o600, /^(?!.*hunter2).*neither/],
    [
      'a weak key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      0o600,
      /ES384/,
    ],
  ])('%s is refused with what to do', (name, text, mode, says) => {
    expect(() => readClientKey(fileOf(`bad-${name.replace(/ /g, '-')}`, text, mode), 'k')).toThrow(says);
  });

  test('one that is not there is named', () => {
    expect(() => readClientKey(join(folder, 'nowhere'), 'k')).toThrow(/can't be read/);
  });
});
