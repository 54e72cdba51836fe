import { type ScannedEvent, SPLICE_BYTES_MAX, spliceEvent, writeLong } from '../wire/event.js';

/**
 * The events that one producer sent in one go, as they lie in the log, in memory and on the wire to consumers:
 *
 *   length u32 | version u8 | flags u8 | partition u16 | count u32 | first sequence u64 | enqueued ms u64 |
 *   producer id i64 | producer epoch i16 | producer sequence i32, then `count` times: length u32 | encoded message
 *
 * The producer fields are kept for idempotent producers; -1 means none.
 */
export interface Batch {
  readonly partition: number;
  readonly count: number;
  readonly firstSequence: number;
  readonly enqueuedMs: number;
  /** The whole batch, head included. */
  readonly bytes: Buffer;
}

export const BATCH_HEAD_BYTES = 4 + 1 + 1 + 2 + 4 + 8 + 8 + 8 + 2 + 4;
const VERSION = 1;

/** Builds a batch; the only copy that the events go through before they are sealed. */
export function buildBatch(partition: number, firstSequence: number, enqueuedMs: number, events: readonly ScannedEvent[]): Batch {
  let size = BATCH_HEAD_BYTES;
  for (const event of events) size += 4 + event.bytes.length + SPLICE_BYTES_MAX;
  const out = Buffer.allocUnsafeSlow(size);
  let at = BATCH_HEAD_BYTES;
  for (let i = 0; i < events.length; i++) {
    const end = spliceEvent(events[i]!, firstSequence + i, enqueuedMs, out, at + 4);
    out.writeUInt32BE(end - at - 4, at);
    at = end;
  }
  out.writeUInt32BE(at, 0);
  out[4] = VERSION;
  out[5] = 0;
  out.writeUInt16BE(partition, 6);
  out.writeUInt32BE(events.length, 8);
  writeLong(out, firstSequence, 12);
  writeLong(out, enqueuedMs, 20);
  out.fill(0xff, 28, BATCH_HEAD_BYTES);
  return { partition, count: events.length, firstSequence, enqueuedMs, bytes: out.subarray(0, at) };
}

const readLong = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

/** Reads back the batches of one record. Returns null when they do not fill it exactly or are of a later version. */
export function readBatches(record: Buffer): Batch[] | null {
  const batches: Batch[] = [];
  for (let at = 0; at < record.length;) {
    if (record.length - at < BATCH_HEAD_BYTES) return null;
    const size = record.readUInt32BE(at);
    if (size < BATCH_HEAD_BYTES || size > record.length - at || record[at + 4] !== VERSION) return null;
    batches.push({
      partition: record.readUInt16BE(at + 6),
      count: record.readUInt32BE(at + 8),
      firstSequence: readLong(record, at + 12),
      enqueuedMs: readLong(record, at + 20),
      bytes: record.subarray(at, at + size),
    });
    at += size;
  }
  return batches;
}
