import { crc32 } from 'node:zlib';
import type { Opener, Sealer } from '@vigil/sealed-records';
import { type LogRecord, RECORD_LANES, type RecordLane } from '../log-record.js';

/**
 * One group commit on disk:
 *
 *   magic(4) | sealed length(4) | crc32(4) | first index(6) | count(4) | wall ms(6) | sealed bytes
 *
 * The checksum covers everything behind it and finds damage without a key. Sealing (AES-256-GCM) finds tampering; the
 * three fields before the sealed bytes are its additional data, so a frame can't be given another place. All numbers
 * are big-endian. The last byte of the magic is the format's version.
 *
 * Sealed, per record: lane(1) | key length(1) | body length(4) | key | body.
 */
const MAGIC = Buffer.from('VGR1', 'latin1');
export const FRAME_HEADER_BYTES = 28;
/** No frame is larger, so a damaged length is found at once. */
export const FRAME_BYTES_MAX = 2 * 1024 * 1024;
const RECORD_HEADER_BYTES = 6;

const LANE_OF = new Map<number, RecordLane>(
  (Object.entries(RECORD_LANES) as [RecordLane, number][]).map(([lane, code]) => [code, lane]),
);

export interface FrameFacts {
  /** Place of the first record on the spool; each further one has the next. */
  readonly firstIndex: number;
  readonly count: number;
  /** When the records were appended. */
  readonly wallMs: number;
}

export interface Frame extends FrameFacts {
  readonly aad: Buffer;
  readonly sealed: Buffer;
  /** Where the next frame starts. */
  readonly end: number;
}

/** Bytes that a record takes before sealing. */
export function recordBytes(record: LogRecord): number {
  return RECORD_HEADER_BYTES + record.key.length + record.body.length;
}

export function encodeFrame(sealer: Sealer, records: readonly LogRecord[], facts: FrameFacts): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUIntBE(facts.firstIndex, 12, 6);
  header.writeUInt32BE(facts.count, 18);
  header.writeUIntBE(facts.wallMs, 22, 6);
  const sealed = sealer.seal(
    records.flatMap((r) => [recordHeader(r), r.body]),
    header.subarray(12),
  );
  header.writeUInt32BE(sealed.length, 4);
  header.writeUInt32BE(crc32(sealed, crc32(header.subarray(12))), 8);
  return Buffer.concat([header, sealed]);
}

function recordHeader(record: LogRecord): Buffer {
  const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES + record.key.length);
  header.writeUInt8(RECORD_LANES[record.lane], 0);
  header.writeUInt8(record.key.length, 1);
  header.writeUInt32BE(record.body.length, 2);
  header.write(record.key, RECORD_HEADER_BYTES, 'latin1');
  return header;
}

/** The frame at `at`; `short` when the bytes end before it does, `bad` when it is none or damaged. */
export function readFrame(bytes: Buffer, at: number): Frame | 'short' | 'bad' {
  const there = bytes.length - at;
  if (there < FRAME_HEADER_BYTES) return 'short';
  if (bytes.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) !== 0) return 'bad';
  const length = bytes.readUInt32BE(at + 4);
  if (length > FRAME_BYTES_MAX) return 'bad';
  const end = at + FRAME_HEADER_BYTES + length;
  if (end > bytes.length) return 'short';
  if (crc32(bytes.subarray(at + 12, end)) !== bytes.readUInt32BE(at + 8)) return 'bad';
  return {
    firstIndex: bytes.readUIntBE(at + 12, 6),
    count: bytes.readUInt32BE(at + 18),
    wallMs: bytes.readUIntBE(at + 22, 6),
    aad: bytes.subarray(at + 12, at + FRAME_HEADER_BYTES),
    sealed: bytes.subarray(at + FRAME_HEADER_BYTES, end),
    end,
  };
}

/** Start of the first whole, undamaged frame at or behind `from`, or -1. */
export function findFrame(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MAGIC, from); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    if (typeof readFrame(bytes, at) === 'object') return at;
  }
  return -1;
}

/** @throws SealError when the frame was tampered with, RangeError when what was sealed is no list of records */
export function openFrame(opener: Opener, frame: Frame): LogRecord[] {
  const bytes = opener.open(frame.sealed, frame.aad);
  const records: LogRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const lane = LANE_OF.get(bytes.readUInt8(at));
    if (lane === undefined) throw new RangeError('a lane that this version does not know');
    const keyFrom = at + RECORD_HEADER_BYTES;
    const bodyFrom = keyFrom + bytes.readUInt8(at + 1);
    const end = bodyFrom + bytes.readUInt32BE(at + 2);
    if (end > bytes.length) throw new RangeError('a record that is cut short');
    records.push({ lane, key: bytes.toString('latin1', keyFrom, bodyFrom), body: bytes.subarray(bodyFrom, end) });
    at = end;
  }
  if (records.length !== frame.count) throw new RangeError('another number of records than the frame says');
  return records;
}
