import { createHash, timingSafeEqual } from 'node:crypto';
import { boundContext, decodeHeader, encodeHeader, type SealHeader } from './header.js';
import type { KeyPort } from './key-port.js';
import { Opener } from './opener.js';
import { SealError } from './seal-error.js';

/**
 * A segment's data key wrapped anew, kept beside the segment, so that rotating the key-encryption key never rewrites
 * records. It has the form of a header and is bound to the segment's name *and* to the bytes of the header in front of
 * its records: it opens nothing but this very segment, not even a later one that took over the name.
 */
const sideContext = (own: Buffer, context: string): string =>
  boundContext(`side:${createHash('sha256').update(own).digest('hex')}:${context}`);

/** What a segment brings along: its first bytes, and what lies beside it. */
export interface SegmentHeaders {
  /** The segment's first bytes; more than its header is fine. */
  readonly own: Buffer;
  /** The whole side header, or null when there is none. */
  readonly side: Buffer | null;
}

interface Unwrapped {
  /** The caller zeroises it. */
  readonly dataKey: Buffer;
  /** Bytes of the header in front of the records. */
  readonly own: Buffer;
  readonly keyId: string;
  readonly sideFault: SealError | null;
}

export interface OpenedSegment {
  readonly opener: Opener;
  /** The first record starts here. */
  readonly headerLength: number;
  /** The key-encryption key that the segment depends on now. */
  readonly keyId: string;
  /** Why the side header that is there was passed over; null when it was used, or there is none. */
  readonly sideFault: SealError | null;
}

/** Which key-encryption key a header names. @throws SealError `header-malformed` or `version-unknown` */
export function headerKeyId(header: Buffer): string {
  return decodeHeader(header).keyId;
}

/**
 * Opens a segment by its side header where there is one. A side header that is torn, tampered with, another segment's
 * or under a key that is not at hand is passed over while the segment's own header still opens.
 *
 * @throws SealError `header-malformed`, `version-unknown`, `key-unknown` (the advice names the key), or `tampered`
 */
export async function openSegmentHeaders(keys: KeyPort, headers: SegmentHeaders, context: string): Promise<OpenedSegment> {
  const { dataKey, own, keyId, sideFault } = await unwrapSegment(keys, headers, context);
  try {
    return { opener: Opener.withKey(dataKey, own.length), headerLength: own.length, keyId, sideFault };
  } finally {
    dataKey.fill(0);
  }
}

/**
 * Wraps a segment's data key with the current key-encryption key.
 *
 * @returns the side header to keep beside the segment, or null when the segment is under the current key already. What
 * is returned has been opened again, so it may replace the side header that is there.
 * @throws SealError as `openSegmentHeaders`
 */
export async function rewrapSegment(keys: KeyPort, headers: SegmentHeaders, context: string): Promise<Buffer | null> {
  const { dataKey, own, keyId, sideFault } = await unwrapSegment(keys, headers, context);
  try {
    if (keyId === keys.currentKeyId && sideFault === null) return null;
    const bound = sideContext(own, context);
    const fresh = await keys.wrap(dataKey, bound);
    const again = await keys.unwrap(fresh.keyId, fresh.wrapped, bound);
    const isSame = again.length === dataKey.length && timingSafeEqual(again, dataKey);
    again.fill(0);
    if (!isSame) throw new SealError('tampered', `key ${fresh.keyId} gives back another data key than it wrapped`);
    return encodeHeader(fresh.keyId, fresh.wrapped);
  } finally {
    dataKey.fill(0);
  }
}

async function unwrapSegment(keys: KeyPort, { own, side }: SegmentHeaders, context: string): Promise<Unwrapped> {
  const header = decodeHeader(own);
  const ownBytes = own.subarray(0, header.length);
  let sideFault: SealError | null = null;
  if (side !== null) {
    try {
      const { keyId, wrapped } = wholeHeader(side);
      return {
        dataKey: await keys.unwrap(keyId, wrapped, sideContext(ownBytes, context)),
        own: ownBytes,
        keyId,
        sideFault,
      };
    } catch (error) {
      sideFault = faultOf(error);
    }
  }
  try {
    const dataKey = await keys.unwrap(header.keyId, header.wrapped, boundContext(context));
    return { dataKey, own: ownBytes, keyId: header.keyId, sideFault };
  } catch (error) {
    if (sideFault === null || faultOf(error).code !== 'key-unknown') throw error;
    // A missing key is worth more words than a damaged side header: with the key, one of the two opens again.
    if (sideFault.code === 'key-unknown') throw sideFault;
    throw new SealError(
      'tampered',
      `what is beside the segment is damaged (${sideFault.code}) and its first key ${header.keyId} is gone; put that key back from a backup`,
      sideFault,
    );
  }
}

function wholeHeader(side: Buffer): SealHeader {
  const header = decodeHeader(side);
  if (header.length !== side.length) throw new SealError('header-malformed', 'there is more behind the wrapped key');
  return header;
}

/** What says that these bytes or keys do not fit. An outage of the keys is no such thing and goes on to the caller. */
function faultOf(error: unknown): SealError {
  if (error instanceof SealError && FAULTS.has(error.code)) return error;
  throw error;
}

const FAULTS: ReadonlySet<string> = new Set(['header-malformed', 'version-unknown', 'key-unknown', 'tampered']);
