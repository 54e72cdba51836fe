import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A key of a platform, for tests: its public half as PEM, and the header that it makes for a body. */
export interface TestConfigKey {
  readonly pem: string;
  readonly id: string;
  sign(body: string): string;
}

export function testConfigKey(): TestConfigKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const id = createHash('sha256').update(der).digest('hex').slice(0, 16);
  return {
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    id,
    sign: (body) => `keyid=${id};sig=${sign(null, Buffer.from(body), privateKey).toString('base64')}`,
  };
}
