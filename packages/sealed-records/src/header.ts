import { SealError } from './seal-error.js';

const MAGIC = Buffer.from('VSR\0', 'latin1');
const VERSION = 1;
const AES_256_GCM = 1;
const FIXED_BYTES = MAGIC.length + 3;

/** No header is longer, so a reader may fetch this much and parse. */
export const HEADER_BYTES_MAX = FIXED_BYTES + 255 + 2 + 0xffff;

export interface SealHeader {
  readonly keyId: string;
  readonly wrapped: Buffer;
  /** Bytes that the header takes; sealed records follow. */
  readonly length: number;
}

/** magic(4) | version(1) | algorithm(1) | key id length(1) | key id | wrapped length(2) | wrapped data key */
export function encodeHeader(keyId: string, wrapped: Buffer): Buffer {
  const id = Buffer.from(keyId);
  if (id.length === 0 || id.length > 255) throw new SealError('header-malformed', 'a key id takes 1 to 255 bytes');
  if (wrapped.length > 0xffff) throw new SealError('header-malformed', 'a wrapped key takes at most 65535 bytes');
  const size = Buffer.alloc(2);
  size.writeUInt16BE(wrapped.length);
  return Buffer.concat([MAGIC, Buffer.from([VERSION, AES_256_GCM, id.length]), id, size, wrapped]);
}

/** @throws SealError `header-malformed`, or `version-unknown` for a format or algorithm this code does not know */
export function decodeHeader(bytes: Buffer): SealHeader {
  const cut = (): SealError => new SealError('header-malformed', 'the header of sealed records is cut short');
  if (bytes.length < FIXED_BYTES) throw cut();
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new SealError('header-malformed', 'these are no sealed records');
  const version = bytes.readUInt8(4);
  const algorithm = bytes.readUInt8(5);
  if (version !== VERSION || algorithm !== AES_256_GCM) {
    throw new SealError('version-unknown', `sealed format ${version}.${algorithm} is not known here; a newer Vigil wrote it`);
  }
  const idEnd = FIXED_BYTES + bytes.readUInt8(6);
  if (bytes.length < idEnd + 2) throw cut();
  const end = idEnd + 2 + bytes.readUInt16BE(idEnd);
  if (bytes.length < end) throw cut();
  return {
    keyId: bytes.toString('utf8', FIXED_BYTES, idEnd),
    wrapped: Buffer.from(bytes.subarray(idEnd + 2, end)),
    length: end,
  };
}

/** Version and algorithm are bound to the wrapped key too, so that neither can be edited in the header. */
export function boundContext(context: string): string {
  return `${VERSION}.${AES_256_GCM}:${context}`;
}
