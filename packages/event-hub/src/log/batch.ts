import { type ScannedEvent, SPLICE_BYTES_MAX, spliceEvent, writeLong } from '../wire/event.js';
import { type Offsets, offsetsOf } from '../wire/offset.js';
import type { ProducerMark } from '../wire/producer-mark.js';

/**
 * The events that one producer sent in one go, as they lie in the log, in memory and on the wire to consumers:
 *
 *   length u32 | version u8 | flags u8 | partition u16 | count u32 | first sequence u64 | enqueued ms u64 |
 *   producer id i64 | producer epoch i16 | producer sequence i32, then `count` times: length u32 | encoded message
 *
 * The producer fields are those of idempotent producers, the sequence that of the first event; -1 means none.
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
const PRODUCER_AT = 28;
const VERSION = 1;

/** Builds a batch; the only copy that the events go through before they are sealed. */
export function buildBatch(
  partition: number,
  firstSequence: number,
  enqueuedMs: number,
  events: readonly ScannedEvent[],
  producer: ProducerMark | null = null,
  offsets: Offsets = offsetsOf(),
): Batch {
  let size = BATCH_HEAD_BYTES;
  for (const event of events) size += 4 + event.bytes.length + SPLICE_BYTES_MAX;
  const out = Buffer.allocUnsafeSlow(size);
  let at = BATCH_HEAD_BYTES;
  for (let i = 0; i < events.length; i++) {
    const sequence = firstSequence + i;
    const end = spliceEvent(events[i]!, sequence, enqueuedMs, out, at + 4, offsets.write(sequence));
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
  if (producer === null) out.fill(0xff, PRODUCER_AT, BATCH_HEAD_BYTES);
  else {
    writeLong(out, producer.id, PRODUCER_AT);
    out.writeInt16BE(producer.epoch, PRODUCER_AT + 8);
    out.writeInt32BE(producer.sequence, PRODUCER_AT + 10);
  }
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

/** The idempotent producer that sent a batch, with the number of its first event; null for an ordinary one. */
export function producerOf({ bytes }: Batch): ProducerMark | null {
  if (bytes.readInt32BE(PRODUCER_AT) < 0) return null;
  return {
    id: readLong(bytes, PRODUCER_AT),
    epoch: bytes.readInt16BE(PRODUCER_AT + 8),
    sequence: bytes.readInt32BE(PRODUCER_AT + 10),
  };
}

/** The encoded messages of a batch. */
export function eventsOf({ bytes, count }: Batch): Buffer[] {
  const events: Buffer[] = [];
  for (let i = 0, at = BATCH_HEAD_BYTES; i < count; i++) {
    const end = at + 4 + bytes.readUInt32BE(at);
    events.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return events;
}
