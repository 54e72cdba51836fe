import { HEADER_BYTES_MAX, type KeyPort, type OpenedSegment, openSegmentHeaders, SealError } from '@vigil/sealed-records';
import { codeOf, type GatewayLog } from '../log.js';
import type { SpoolDisk } from './disk.js';
import { findFrame, FRAME_HEADER_BYTES, readFrame } from './frame.js';

export interface Segment {
  /** Index of its first record; also its name. */
  readonly first: number;
  bytes: number;
  /** When its first record was appended, wall time. */
  readonly wallMs: number;
}

/** A segment that a former start left. */
export interface FoundSegment extends Segment {
  /** The key-encryption key it depends on; null where what lies beside it has to be written again. */
  readonly keyId: string | null;
  /** Why it does not open; null when it does. */
  readonly damage: string | null;
}

export interface Recovered {
  /** Ascending. None of them is written to again: each start begins a new segment with a new key. */
  readonly segments: FoundSegment[];
  /** Index of the next record. */
  readonly nextIndex: number;
  /** Bytes behind the last whole record. They were never acknowledged. */
  readonly cutBytes: number;
}

const NAME = /^(\d{20})\.seg$/;

export function segmentName(first: number): string {
  return `${String(first).padStart(20, '0')}.seg`;
}

/** Beside a segment: its data key, wrapped by a later key-encryption key than the one in its header. */
export function sideName(first: number): string {
  return `${segmentName(first)}.key`;
}

/** Bound to the segment's data key, so that a segment under another name, or of another gateway, does not open. */
export function sealContext(gatewayId: string, first: number): string {
  return `spool:${gatewayId}:${segmentName(first)}`;
}

export interface SpoolPlace {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
}

/** @param own the segment's first bytes @throws SealError as `openSegmentHeaders` */
export async function openSegment(place: SpoolPlace, first: number, own: Buffer): Promise<OpenedSegment> {
  const side = await place.disk.readSmall(sideName(first));
  return openSegmentHeaders(place.keys, { own, side }, sealContext(place.gatewayId, first));
}

/**
 * Finds what a former start left. Only the last segment is read whole: where a segment ends follows from the name of
 * the next, so damage in older ones shows as a gap when they are read.
 *
 * A torn tail needs no cutting. The next segment starts at the index behind the last whole record, and readers stop
 * there.
 *
 * @throws SealError `key-unknown` when the key file is not the one that sealed the segments; `key-file` when several
 * segments are there and no key opens any of them
 */
export async function recover(disk: SpoolDisk, keys: KeyPort, gatewayId: string, log: GatewayLog): Promise<Recovered> {
  const names = await disk.list();
  const firsts = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  firsts.sort((a, b) => a - b);
  await removeOrphans(disk, names, new Set(firsts.map(sideName)));
  const segments: FoundSegment[] = [];
  for (const first of firsts) segments.push(await probe({ disk, keys, gatewayId, log }, first));
  // One segment with a wrong tag is damage; when it is all of them, these are another gateway's keys or segments.
  if (segments.length > 1 && segments.every(({ damage }) => damage === 'tampered')) {
    throw new SealError(
      'key-file',
      `none of ${segments.length} spool segments opens; restore the key file of gateway ${gatewayId} from its backup`,
    );
  }
  const last = segments.at(-1);
  if (last === undefined) return { segments, nextIndex: 0, cutBytes: 0 };
  const tail = await scan(disk, last.first);
  if (tail.nextIndex === last.first) {
    // Nothing in it was ever acknowledged; the next segment takes its name.
    await disk.remove(segmentName(last.first));
    await disk.remove(sideName(last.first));
    segments.pop();
  }
  return { segments, ...tail };
}

/** Wrapped keys that a crash left half written, or whose segment is gone. */
async function removeOrphans(disk: SpoolDisk, names: readonly string[], known: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    if (name.endsWith('.seg.key.tmp') || (name.endsWith('.seg.key') && !known.has(name))) await disk.remove(name);
  }
}

interface Probing extends SpoolPlace {
  readonly log: GatewayLog;
}

/** Size, age, and whether the key is at hand. A damaged header is left to the reader, which counts what is lost. */
async function probe({ log, ...place }: Probing, first: number): Promise<FoundSegment> {
  const file = await place.disk.openForRead(segmentName(first));
  try {
    const head = Buffer.allocUnsafe(HEADER_BYTES_MAX + FRAME_HEADER_BYTES);
    const there = head.subarray(0, await file.read(head, 0));
    const bytes = await file.size();
    try {
      const { headerLength, keyId, sideFault } = await openSegment(place, first, there);
      const wallMs = there.length >= headerLength + FRAME_HEADER_BYTES ? there.readUIntBE(headerLength + 22, 6) : 0;
      if (sideFault !== null)
        log.warn({ segment: first, code: sideFault.code }, 'the wrapped key beside a spool segment is damaged');
      return { first, bytes, wallMs, keyId: sideFault === null ? keyId : null, damage: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
      log.warn({ segment: first, code: codeOf(error) }, 'spool segment header is damaged or unfinished');
      return { first, bytes, wallMs: 0, keyId: null, damage: codeOf(error) };
    }
  } finally {
    await file.close();
  }
}

/** True for what is wrong with the bytes of a segment. A missing key, or keys that are away, say nothing about them. */
export function isDamage(error: unknown): boolean {
  return error instanceof SealError && ['header-malformed', 'version-unknown', 'tampered'].includes(error.code);
}

async function scan(disk: SpoolDisk, first: number): Promise<{ nextIndex: number; cutBytes: number }> {
  const file = await disk.openForRead(segmentName(first));
  try {
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    let nextIndex = first;
    let at = findFrame(bytes, 0);
    let end = at === -1 ? bytes.length : at;
    while (at !== -1) {
      const frame = readFrame(bytes, at);
      if (typeof frame === 'object') {
        nextIndex = Math.max(nextIndex, frame.firstIndex + frame.count);
        at = end = frame.end;
        if (at === bytes.length) break;
      } else {
        at = findFrame(bytes, at + 1);
      }
    }
    // What a killed process had written but not synced counts from now on, so it must not vanish later.
    await file.sync();
    return { nextIndex, cutBytes: bytes.length - end };
  } finally {
    await file.close();
  }
}
