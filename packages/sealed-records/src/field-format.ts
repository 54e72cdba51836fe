import { NONCE_BYTES, TAG_BYTES } from './gcm.js';
import { SealError } from './seal-error.js';

/** What every sealed field begins with, so that one can be told from clear text. */
export const FIELD_PREFIX = 'vsf.';
const VERSION = 1;
const AES_256_GCM = 1;
/** Of a data key's id, in bytes; random, so that no two processes ever choose the same. */
export const KEY_ID_BYTES = 12;
const HEADER_BYTES = 2 + KEY_ID_BYTES;
const FRAME_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;
/** Plaintexts are filled up to a multiple of this: the length of a short word (male, female) would give it away. */
const PAD_BYTES = 32;
const PAD_MARK = 0x80;

/** One data key's id and what stands behind it. */
export interface SealedField {
  /** base64url of `KEY_ID_BYTES`. */
  readonly keyId: string;
  /** version | algorithm | key id: bound to the ciphertext. */
  readonly header: Buffer;
  /** nonce | ciphertext | tag */
  readonly sealed: Buffer;
}

export function fieldHeader(keyId: string): Buffer {
  return Buffer.concat([Buffer.from([VERSION, AES_256_GCM]), Buffer.from(keyId, 'base64url')]);
}

/** `vsf.` and the base64url of version(1) | algorithm(1) | key id(12) | nonce(12) | ciphertext | tag(16). */
export function encodeField(header: Buffer, sealed: Buffer): string {
  return FIELD_PREFIX + Buffer.concat([header, sealed]).toString('base64url');
}

/**
 * @throws SealError `field-malformed` when this is no sealed field or is cut short, `version-unknown` for a version or
 * algorithm that this code does not know
 */
export function decodeField(text: string): SealedField {
  if (!text.startsWith(FIELD_PREFIX)) throw new SealError('field-malformed', 'this is no sealed field');
  const body = text.slice(FIELD_PREFIX.length);
  const bytes = Buffer.from(body, 'base64url');
  // Node skips what is no base64url and ignores spare bits: only the one spelling that sealing writes is taken.
  if (bytes.toString('base64url') !== body)
    throw new SealError('field-malformed', 'a sealed field is not spelled as it was written');
  if (bytes.length < 2) throw new SealError('field-malformed', 'a sealed field is cut short');
  const [version, algorithm] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  if (version !== VERSION || algorithm !== AES_256_GCM) {
    throw new SealError('version-unknown', `sealed field ${version}.${algorithm} is not known here; a newer Vigil wrote it`);
  }
  if (bytes.length < FRAME_BYTES) throw new SealError('field-malformed', 'a sealed field is cut short');
  return {
    keyId: bytes.toString('base64url', 2, HEADER_BYTES),
    header: bytes.subarray(0, HEADER_BYTES),
    sealed: bytes.subarray(HEADER_BYTES),
  };
}

/** The text, a mark and zeros (ISO/IEC 7816-4) up to a multiple of 32 bytes. */
export function pad(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const out = Buffer.alloc(Math.ceil((size + 1) / PAD_BYTES) * PAD_BYTES);
  out.write(text, 'utf8');
  out[size] = PAD_MARK;
  return out;
}

/** @throws SealError `tampered`: what was opened was not made by `pad` */
export function unpad(padded: Buffer): string {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (padded[end] !== PAD_MARK) throw new SealError('tampered', 'a sealed field opened to something that was never sealed');
  return padded.toString('utf8', 0, end);
}
