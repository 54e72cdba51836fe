import type { Opener } from '@vigil/sealed-records';
import { type Batch, readBatches } from './batch.js';
import { frameAad, frameAt, FRAME_HEAD_BYTES, nextFrame } from './frame.js';
import type { ByteRange } from './index-file.js';
import { LogError } from './log-error.js';
import { segmentName } from './segment.js';

export interface FrameBytes {
  readonly number: number;
  readonly opener: Opener;
  /** The bytes from `from` on. */
  readonly bytes: Buffer;
  /** Where in the segment `bytes` starts: at a frame or a hole. */
  readonly from: number;
  /** Damage that a repair has left out already. */
  readonly holes: readonly ByteRange[];
}

export interface FrameScan {
  /** Behind the last good frame or hole. */
  readonly end: number;
  /** What is no frame although a frame is behind it. */
  readonly damaged: readonly ByteRange[];
  /** Bytes behind `end` that are not zero, up to the last of them; null when there are none. */
  readonly rest: ByteRange | null;
}

/**
 * Goes through the frames of a segment and passes over what is none, up to the next good one.
 *
 * @param onFrame returns why a frame that opens can't be what was written there, or null
 */
export function scanFrames(
  { number, opener, bytes, from, holes }: FrameBytes,
  onFrame: (at: number, end: number, batches: readonly Batch[]) => string | null,
): FrameScan {
  const damaged: ByteRange[] = [];
  let at = 0;
  const isGood = (position: number, sealed: Buffer): Batch[] | null => {
    try {
      return openFrame(opener, sealed, number, from + position);
    } catch {
      return null;
    }
  };
  for (;;) {
    const hole = holes.find((range) => range.from === from + at);
    if (hole !== undefined) {
      at = hole.to - from;
      continue;
    }
    const sealed = frameAt(bytes, at);
    const batches = sealed === null ? null : isGood(at, sealed);
    const end = sealed === null ? at : at + FRAME_HEAD_BYTES + sealed.length;
    if (batches !== null && onFrame(from + at, from + end, batches) === null) {
      at = end;
      continue;
    }
    const next = nextFrame(bytes, at + 1, (position, frame) => isGood(position, frame) !== null);
    if (next === null) break;
    damaged.push({ from: from + at, to: from + next });
    at = next;
  }
  const last = lastNonZero(bytes, at);
  return { end: from + at, damaged, rest: last < at ? null : { from: from + at, to: from + last + 1 } };
}

/** Opens one frame's record. @throws LogError `corrupt` */
export function openFrame(opener: Opener, sealed: Buffer, number: number, at: number): Batch[] {
  let record: Buffer;
  try {
    record = opener.open(sealed, frameAad(at));
  } catch (cause) {
    throw damagedAt(number, at, 'the record does not open', cause);
  }
  const batches = readBatches(record);
  if (batches === null) throw damagedAt(number, at, 'the record is malformed or of a later version');
  return batches;
}

export function damagedAt(number: number, at: number, why: string, cause?: unknown): LogError {
  return new LogError('corrupt', `${segmentName(number)} is damaged at byte ${at}: ${why}`, cause);
}

/** The last byte from `from` on that is not zero; one before `from` when all are. */
function lastNonZero(bytes: Buffer, from: number): number {
  let at = bytes.length - 1;
  for (; at - ZEROS.length >= from && ZEROS.equals(bytes.subarray(at + 1 - ZEROS.length, at + 1)); at -= ZEROS.length);
  while (at >= from && bytes[at] === 0) at--;
  return at;
}
const ZEROS = Buffer.alloc(64 * 1024);
