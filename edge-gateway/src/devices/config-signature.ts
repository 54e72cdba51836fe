import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** `keyid=<id>;sig=<base64>`, one per key, apart by commas: over the exact bytes of the body, Ed25519. */
export const SIGNATURE_HEADER = 'x-vigil-signature';

const SIGNATURES_MAX = 4;
const HEADER_CHARS_MAX = 1_024;
const SIGNATURE_BYTES = 64;
const PEM_BLOCK = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
const KEYS_MAX = 8;

/** Public keys by the first 16 hex digits of the SHA-256 of their SPKI. */
export type ConfigKeys = ReadonlyMap<string, KeyObject>;

/**
 * The keys of a PEM file: at least one Ed25519 public key.
 *
 * @throws Error with one line when there is none, or one of another kind
 */
export function parseConfigKeys(pem: string): ConfigKeys {
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0 || blocks.length > KEYS_MAX) throw new Error(`holds no public key, or more than ${KEYS_MAX}`);
  return new Map(
    blocks.map((block) => {
      const key = createPublicKey(block);
      if (key.asymmetricKeyType !== 'ed25519') throw new Error('holds a key that is not Ed25519');
      const der = key.export({ format: 'der', type: 'spki' });
      return [createHash('sha256').update(der).digest('hex').slice(0, 16), key] as const;
    }),
  );
}

export type Signed = 'ok' | 'unsigned' | 'key-unknown' | 'signature-wrong';

/**
 * Whether one of the keys signed these bytes. Signatures of unknown keys are passed over, so that a platform may sign by
 * two keys; a wrong one under a known key condemns the whole.
 */
export function checkSignature(body: Buffer, header: string | null, keys: ConfigKeys): Signed {
  if (header === null || header === '' || header.length > HEADER_CHARS_MAX) return 'unsigned';
  const parts = header.split(',');
  if (parts.length > SIGNATURES_MAX) return 'unsigned';
  let signed: Signed = 'key-unknown';
  for (const part of parts) {
    const [, id = '', text = ''] = /^\s*keyid=([0-9a-f]{16});sig=([A-Za-z0-9+/]{86}==)\s*$/.exec(part) ?? [];
    const key = keys.get(id);
    if (key === undefined) continue;
    const signature = Buffer.from(text, 'base64');
    if (signature.length !== SIGNATURE_BYTES || !verify(null, body, key, signature)) return 'signature-wrong';
    signed = 'ok';
  }
  return signed;
}
