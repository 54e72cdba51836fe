import { HEADER_BYTES_MAX, type KeyPort, Opener, SealError } from '@vigil/sealed-records';
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

export interface Recovered {
  /** Ascending. None of them is written to again: each start begins a new segment with a new key. */
  readonly segments: Segment[];
  /** Index of the next record. */
  readonly nextIndex: number;
  /** Bytes behind the last whole record. They were never acknowledged. */
  readonly cutBytes: number;
}

const NAME = /^(\d{20})\.seg$/;

export function segmentName(first: number): string {
  return `${String(first).padStart(20, '0')}.seg`;
}

/** Bound to the segment's data key, so that a segment under another name, or of another gateway, does not open. */
export function sealContext(gatewayId: string, first: number): string {
  return `spool:${gatewayId}:${segmentName(first)}`;
}

/**
 * Finds what a former start left. Only the last segment is read whole: where a segment ends follows from the name of
 * the next, so damage in older ones shows as a gap when they are read.
 *
 * A torn tail needs no cutting. The next segment starts at the index behind the last whole record, and readers stop
 * there.
 *
 * @throws SealError `key-unknown` when the key file is not the one that sealed the segments
 */
export async function recover(disk: SpoolDisk, keys: KeyPort, gatewayId: string, log: GatewayLog): Promise<Recovered> {
  const firsts = (await disk.list()).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  firsts.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const first of firsts) segments.push(await probe({ disk, keys, gatewayId, log }, first));
  const last = segments.at(-1);
  if (last === undefined) return { segments, nextIndex: 0, cutBytes: 0 };
  const tail = await scan(disk, last.first);
  if (tail.nextIndex === last.first) {
    // Nothing in it was ever acknowledged; the next segment takes its name.
    await disk.remove(segmentName(last.first));
    segments.pop();
  }
  return { segments, ...tail };
}

interface Probing {
  readonly disk: SpoolDisk;
  readonly keys: KeyPort;
  readonly gatewayId: string;
  readonly log: GatewayLog;
}

/** Size, age, and whether the key is at hand. A damaged header is left to the reader, which counts what is lost. */
async function probe({ disk, keys, gatewayId, log }: Probing, first: number): Promise<Segment> {
  const file = await disk.openForRead(segmentName(first));
  try {
    const head = Buffer.allocUnsafe(HEADER_BYTES_MAX + FRAME_HEADER_BYTES);
    const there = head.subarray(0, await file.read(head, 0));
    const bytes = await file.size();
    try {
      const { headerLength } = await Opener.fromHeader(keys, there, sealContext(gatewayId, first));
      const wallMs = there.length >= headerLength + FRAME_HEADER_BYTES ? there.readUIntBE(headerLength + 22, 6) : 0;
      return { first, bytes, wallMs };
    } catch (error) {
      if (error instanceof SealError && error.code === 'key-unknown') throw error;
      log.warn({ segment: first, code: codeOf(error) }, 'spool segment header is damaged or unfinished');
      return { first, bytes, wallMs: 0 };
    }
  } finally {
    await file.close();
  }
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
