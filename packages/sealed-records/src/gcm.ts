import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { SealError } from './seal-error.js';

const ALGORITHM = 'aes-256-gcm';
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** What sealing adds to a plaintext. */
export const OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

export function sealedBytes(parts: readonly Buffer[]): number {
  let size = OVERHEAD_BYTES;
  for (const part of parts) size += part.length;
  return size;
}

/** nonce | ciphertext | tag. The caller promises that `nonce` is used once with `key`. */
export function gcmSeal(key: KeyObject | Buffer, nonce: Buffer, parts: readonly Buffer[], aad: Buffer): Buffer {
  const out = Buffer.allocUnsafe(sealedBytes(parts));
  gcmSealInto(key, nonce, parts, aad, out);
  return out;
}

/** As `gcmSeal`, to the start of `out`, which has room for `sealedBytes(parts)`. */
export function gcmSealInto(key: KeyObject | Buffer, nonce: Buffer, parts: readonly Buffer[], aad: Buffer, out: Buffer): void {
  nonce.copy(out, 0);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(aad);
  let at = NONCE_BYTES;
  for (const part of parts) at += cipher.update(part).copy(out, at);
  cipher.final();
  cipher.getAuthTag().copy(out, at);
}

/** @throws SealError `tampered` when key, nonce, ciphertext, tag or `aad` do not belong together */
export function gcmOpen(key: KeyObject | Buffer, sealed: Buffer, aad: Buffer): Buffer {
  if (sealed.length < OVERHEAD_BYTES) throw new SealError('tampered', 'sealed bytes are cut short');
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, end));
    decipher.final();
    return plaintext;
  } catch (cause) {
    throw new SealError('tampered', 'sealed bytes do not match their key, place or checksum', cause);
  }
}
