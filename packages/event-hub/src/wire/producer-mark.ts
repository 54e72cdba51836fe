import { keyIs } from './event.js';
import { mapRange, skipValue } from './scan.js';
import { WireError } from './wire-error.js';

/** How an idempotent producer marks an event: who sent it, in which life, and its place among what that one sent. */
export interface ProducerMark {
  /** Names a producer within a hub. */
  readonly id: number;
  /** A higher epoch of the same id takes over from the lower ones. */
  readonly epoch: number;
  /** 0 to 2^31 - 1, then 0 again. */
  readonly sequence: number;
}

export const PRODUCER_CAPABILITY = 'com.microsoft:idempotent-producer';
/** Names of the link properties and of the message annotations. */
export const PRODUCER_PROPERTY = {
  id: 'com.microsoft:producer-id',
  epoch: 'com.microsoft:producer-epoch',
  sequence: 'com.microsoft:producer-sequence-number',
} as const;

export const PRODUCER_EPOCH_MAX = 0x7fff;
const SEQUENCES = 2 ** 31;

/** The number that comes `count` after `sequence`. The clients of .NET and Kafka's go from 2^31 - 1 to 0, too. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES;
}

/**
 * Reads the mark from an event's annotations; null when one of its three parts is missing.
 *
 * @throws WireError when a part is no whole number in its range
 */
export function producerMarkOf(bytes: Buffer, annotationsAt: number, end: number): ProducerMark | null {
  if (annotationsAt === -1) return null;
  const map = mapRange(bytes, annotationsAt, end);
  let id: number | null = null;
  let epoch: number | null = null;
  let sequence: number | null = null;
  for (let i = 0, at = map.at; i < map.count; i += 2) {
    const valueAt = skipValue(bytes, at, map.end);
    if (keyIs(bytes, at, valueAt, PRODUCER_PROPERTY.id)) id = wholeNumber(bytes, valueAt, Number.MAX_SAFE_INTEGER);
    else if (keyIs(bytes, at, valueAt, PRODUCER_PROPERTY.epoch)) epoch = wholeNumber(bytes, valueAt, PRODUCER_EPOCH_MAX);
    else if (keyIs(bytes, at, valueAt, PRODUCER_PROPERTY.sequence)) sequence = wholeNumber(bytes, valueAt, SEQUENCES - 1);
    at = skipValue(bytes, valueAt, map.end);
  }
  return id === null || epoch === null || sequence === null ? null : { id, epoch, sequence };
}

/** Any of AMQP's whole numbers: clients choose the width by themselves. The value's length has been checked. */
function wholeNumber(bytes: Buffer, at: number, max: number): number {
  const value = anyInteger(bytes, at);
  if (value === null || value < 0 || value > max) throw new WireError('a producer annotation is no whole number in its range');
  return Number(value);
}

function anyInteger(bytes: Buffer, at: number): number | bigint | null {
  switch (bytes[at]) {
    case 0x43: // uint 0
    case 0x44: // ulong 0
      return 0;
    case 0x50: // ubyte
    case 0x52: // small uint
    case 0x53: // small ulong
      return bytes[at + 1]!;
    case 0x51: // byte
    case 0x54: // small int
    case 0x55: // small long
      return bytes.readInt8(at + 1);
    case 0x60: // ushort
      return bytes.readUInt16BE(at + 1);
    case 0x61: // short
      return bytes.readInt16BE(at + 1);
    case 0x70: // uint
      return bytes.readUInt32BE(at + 1);
    case 0x71: // int
      return bytes.readInt32BE(at + 1);
    case 0x80: // ulong
      return bytes.readBigUInt64BE(at + 1);
    case 0x81: // long
      return bytes.readBigInt64BE(at + 1);
    default:
      return null;
  }
}
