import { createHash } from 'node:crypto';

/** Bytes of every hash in this package: SHA-256. */
export const HASH_BYTES = 32;

/** The chain before its first entry, c_0: 32 zero bytes. */
export const EMPTY_HEAD: Buffer = Buffer.alloc(HASH_BYTES);

const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);
const LINK = Buffer.of(0x02);

/** The hash of an entry in the tree. The prefix keeps leaves and inner nodes apart. Source: RFC 9162 §2.1.1. */
export function leafHash(entry: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

/** The hash of an inner node. Source: RFC 9162 §2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/**
 * The next link: c_n = SHA-256(0x02 || c_(n-1) || n || SHA-256(entry)), n as eight bytes, big-endian.
 *
 * The number is hashed beside the entry, so that two entries with the same bytes are two links.
 */
export function chainNext(previous: Uint8Array, seq: number, entry: Uint8Array): Buffer {
  const number = Buffer.allocUnsafe(8);
  number.writeBigUInt64BE(BigInt(seq));
  const content = createHash('sha256').update(entry).digest();
  return createHash('sha256').update(LINK).update(previous).update(number).update(content).digest();
}
