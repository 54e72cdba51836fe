/**
 * Finds its way through AMQP 1.0 encodings without decoding them.
 *
 * Every length is checked against the bytes that are there before it is used, so frames need not be trusted.
 */
import { WireError } from './wire-error.js';

export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

const DESCRIBED = 0x00;
const SMALL_ULONG = 0x53;
const ULONG = 0x80;
const DESCRIPTORS_MAX = 8;

/** Where the encoded value that starts at `at` ends. @throws WireError when it does not end before `end` */
export function skipValue(bytes: Buffer, at: number, end: number): number {
  let pos = at;
  for (let described = 0; pos < end && bytes[pos] === DESCRIBED; described++) {
    if (described === DESCRIPTORS_MAX) throw new WireError('descriptors are nested too deep');
    pos = skipPlain(bytes, pos + 1, end);
  }
  return skipPlain(bytes, pos, end);
}

function skipPlain(bytes: Buffer, at: number, end: number): number {
  if (at >= end) throw new WireError('a value is cut short');
  const code = bytes[at]!;
  let next: number;
  switch (code >>> 4) {
    case 0x4:
      next = at + 1;
      break;
    case 0x5:
      next = at + 2;
      break;
    case 0x6:
      next = at + 3;
      break;
    case 0x7:
      next = at + 5;
      break;
    case 0x8:
      next = at + 9;
      break;
    case 0x9:
      next = at + 17;
      break;
    case 0xa:
    case 0xc:
    case 0xe:
      next = at + 2 <= end ? at + 2 + bytes[at + 1]! : Infinity;
      break;
    case 0xb:
    case 0xd:
    case 0xf:
      next = at + 5 <= end ? at + 5 + bytes.readUInt32BE(at + 1) : Infinity;
      break;
    default:
      throw new WireError(`unknown type code ${code}`);
  }
  if (next > end) throw new WireError('a value is cut short');
  return next;
}

/** Where a section's value starts, and which section it is. */
export interface SectionStart {
  readonly code: number;
  readonly valueAt: number;
}

/** Reads the descriptor of the section at `at`. @throws WireError when there is none */
export function sectionStart(bytes: Buffer, at: number, end: number): SectionStart {
  if (at + 3 <= end && bytes[at] === DESCRIBED) {
    if (bytes[at + 1] === SMALL_ULONG) return { code: bytes[at + 2]!, valueAt: at + 3 };
    if (bytes[at + 1] === ULONG && at + 10 <= end && bytes.readUIntBE(at + 2, 6) === 0) {
      return { code: bytes.readUInt16BE(at + 8), valueAt: at + 10 };
    }
  }
  throw new WireError('a message section is expected');
}

/** The entries of a map: where the first key starts, how many keys and values follow, and where they end. */
export interface MapRange {
  readonly at: number;
  readonly count: number;
  readonly end: number;
}

export function mapRange(bytes: Buffer, at: number, end: number): MapRange {
  const valueEnd = skipPlain(bytes, at, end);
  const code = bytes[at]!;
  if (code === 0xc1 && valueEnd >= at + 3) return checkedMap({ at: at + 3, count: bytes[at + 2]!, end: valueEnd });
  if (code === 0xd1 && valueEnd >= at + 9) return checkedMap({ at: at + 9, count: bytes.readUInt32BE(at + 5), end: valueEnd });
  throw new WireError('a map is expected');
}

function checkedMap(range: MapRange): MapRange {
  if (range.count % 2 !== 0 || range.count > range.end - range.at) throw new WireError('a map has an impossible count');
  return range;
}

/** The bytes of a string, symbol or binary at `at`, or null when it is something else. */
export function variableBytes(bytes: Buffer, at: number, end: number): Buffer | null {
  const next = skipPlain(bytes, at, end);
  const kind = bytes[at]! & 0xf0;
  if (kind === 0xa0) return bytes.subarray(at + 2, next);
  if (kind === 0xb0) return bytes.subarray(at + 5, next);
  return null;
}
