import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** What a browser's subscription says of itself, as base64url. */
export interface PushKeys {
  /** Its public key, an uncompressed point of P-256. */
  readonly p256dh: string;
  /** 16 bytes that only it and we know. */
  readonly auth: string;
}

/** A push service must take 4096 bytes (RFC 8030, section 7.2); this is what is left of one record for the text. */
export const PLAINTEXT_BYTES_MAX = 3_993;
const RECORD_SIZE = 4_096;
/** Texts are filled up to a multiple of this, so that their length says little. */
const PADDED_TO = 512;
const LAST_RECORD = 2;

/** Random parts, given in tests. */
export interface Chance {
  readonly salt: Buffer;
  readonly privateKey: Buffer;
}

/**
 * Encrypts a message for one subscription as `aes128gcm` in one record: no push service can read it.
 *
 * Source: RFC 8291, sections 3 and 4; RFC 8188, section 2.
 * @throws RangeError for a text that is too long; Error for keys that are none
 */
export function encrypt(text: string, keys: PushKeys, chance?: Chance, paddedTo = PADDED_TO): Buffer {
  const plain = Buffer.from(text, 'utf8');
  if (plain.length > PLAINTEXT_BYTES_MAX) throw new RangeError('a push message holds 3993 bytes at most');
  const theirs = Buffer.from(keys.p256dh, 'base64url');
  const auth = Buffer.from(keys.auth, 'base64url');
  const salt = chance?.salt ?? randomBytes(16);
  const ours = createECDH('prime256v1');
  if (chance === undefined) ours.generateKeys();
  else ours.setPrivateKey(chance.privateKey);
  const publicKey = ours.getPublicKey();
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, publicKey]);
  const ikm = Buffer.from(hkdfSync('sha256', ours.computeSecret(theirs), auth, info, 32));
  const key = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16));
  const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12));
  const length = Math.min(Math.ceil((plain.length + 1) / paddedTo) * paddedTo, PLAINTEXT_BYTES_MAX + 1);
  const padded = Buffer.alloc(Math.max(length, plain.length + 1));
  plain.copy(padded);
  padded[plain.length] = LAST_RECORD;
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const record = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  const head = Buffer.alloc(21);
  salt.copy(head);
  head.writeUInt32BE(RECORD_SIZE, 16);
  head.writeUInt8(publicKey.length, 20);
  return Buffer.concat([head, publicKey, record]);
}
