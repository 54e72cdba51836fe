import { createHash } from 'node:crypto';
import { HEADER_BYTES_MAX, type KeyPort, type OpenedSegment, openSegmentHeaders, SealError } from '@vigil/sealed-records';
import type { SpoolDisk } from './disk.js';
import type { Range } from './ranges.js';

export interface Segment {
  /** Index of its first record; also its name. */
  readonly first: number;
  /** Digest of its header, and its length. */
  readonly head: string;
  readonly headBytes: number;
  /** Index behind its last record; null while it is written to. */
  end: number | null;
  /** Its size, without what lies beside it. */
  bytes: number;
  tocBytes: number;
  /** When its first and its last record were appended, wall time. */
  readonly wallMs: number;
  toMs: number;
  /** Its places that are dropped; null unless it was decided that its numerics go. */
  evicting: readonly Range[] | null;
  /** Why nothing of it can be read: gone from the disk, or another one lies in its place. Null when it can. */
  readonly gone: 'missing' | 'replaced' | null;
}

const NAME = /^(\d{20})\.seg$/;

export function segmentName(first: number): string {
  return `${String(first).padStart(20, '0')}.seg`;
}

/** Index of the first record of the segment with this name; null for the name of anything else. */
export function firstOf(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Beside a segment: its data key, wrapped by a later key-encryption key than the one in its header. */
export function sideName(first: number): string {
  return `${segmentName(first)}.key`;
}

/** Beside a finished segment: a copy of its header, and what it holds, sealed with its data key. */
export function tocName(first: number): string {
  return `${segmentName(first)}.toc`;
}

/** Bound to the segment's data key, so that a segment under another name, or of another gateway, does not open. */
export function sealContext(gatewayId: string, first: number): string {
  return `spool:${gatewayId}:${segmentName(first)}`;
}

/** What names a segment for ever: its header holds a data key of its own. */
export function headDigest(header: Buffer): string {
  return createHash('sha256').update(header).digest('base64').slice(0, 24);
}

export interface SpoolPlace {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
}

/**
 * Opens a segment by its own first bytes or, where these are damaged, by the copy of them in its table of contents.
 *
 * @param own the segment's first bytes
 * @throws SealError as `openSegmentHeaders`
 */
export async function openSegment(place: SpoolPlace, first: number, own: Buffer): Promise<OpenedSegment> {
  const context = sealContext(place.gatewayId, first);
  const side = await place.disk.readSmall(sideName(first));
  try {
    return await openSegmentHeaders(place.keys, { own, side }, context);
  } catch (error) {
    const toc = await place.disk.readSmall(tocName(first)).catch(() => null);
    if (toc === null) throw error;
    try {
      return await openSegmentHeaders(place.keys, { own: toc, side }, context);
    } catch {
      throw error;
    }
  }
}

/** True for what is wrong with the bytes of a segment. A missing key, or keys that are away, say nothing about them. */
export function isDamage(error: unknown): boolean {
  return error instanceof SealError && ['header-malformed', 'version-unknown', 'tampered'].includes(error.code);
}

/** A segment's first bytes, as many as a header may take, and its size. */
export async function readHead(disk: SpoolDisk, first: number, more = 0): Promise<{ head: Buffer; bytes: number }> {
  const file = await disk.openForRead(segmentName(first));
  try {
    const head = Buffer.allocUnsafe(HEADER_BYTES_MAX + more);
    return { head: head.subarray(0, await file.read(head, 0)), bytes: await file.size() };
  } finally {
    await file.close();
  }
}
