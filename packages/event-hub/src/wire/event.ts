/**
 * One event as it goes into the log: the producer's bytes with the hub's own annotations spliced in.
 *
 * Bodies are never decoded. What the log holds is what a consumer receives, so delivery is a copy.
 */
import { mapRange, SECTION, sectionStart, skipValue, variableBytes } from './scan.js';
import { checkSection, eventBudget } from './value-check.js';
import { WireError } from './wire-error.js';

/** What splicing adds at most, in bytes. */
export const SPLICE_BYTES_MAX = 112;

/** An event whose sections have been walked once, so that its lengths can be trusted. */
export interface ScannedEvent {
  readonly bytes: Buffer;
  /** End of the header section; 0 when there is none. */
  readonly headerEnd: number;
  /** The message annotations' map, or -1 when there are none. */
  readonly annotationsAt: number;
  readonly annotationsEnd: number;
  /** Everything behind the annotations, which is passed on untouched. */
  readonly restAt: number;
}

/**
 * Walks the sections of one encoded message. A footer may come before the body: one official client writes it there.
 *
 * @throws WireError when it is not one whole message
 */
export function scanEvent(bytes: Buffer): ScannedEvent {
  const end = bytes.length;
  let pos = 0;
  let headerEnd = 0;
  let annotationsAt = -1;
  let annotationsEnd = -1;
  let restAt = -1;
  const budget = eventBudget(end);
  let last = 0;
  let hasFooter = false;
  while (pos < end) {
    const { code, valueAt } = sectionStart(bytes, pos, end);
    const next = checkSection(bytes, code, valueAt, end, budget);
    const repeats = code === last && (code === SECTION.data || code === SECTION.sequence);
    const isEarly = restAt !== -1 && code <= SECTION.messageAnnotations;
    const isLate = code === SECTION.footer ? hasFooter : code <= last && !repeats;
    if (code < SECTION.header || code > SECTION.footer || isEarly || isLate) throw new WireError('sections are out of order');
    if (code === SECTION.header) headerEnd = next;
    else if (code === SECTION.messageAnnotations) [annotationsAt, annotationsEnd] = [valueAt, next];
    else if (code > SECTION.messageAnnotations && restAt === -1) restAt = pos;
    if (code === SECTION.footer) hasFooter = true;
    else last = code;
    pos = next;
  }
  if (restAt === -1) throw new WireError('a message without properties and body');
  return { bytes, headerEnd, annotationsAt, annotationsEnd, restAt };
}

/** The producer's partition key in these annotations; null when there is none. */
export function partitionKeyOf(bytes: Buffer, annotationsAt: number, end: number): string | null {
  const map = mapRange(bytes, annotationsAt, end);
  let pos = map.at;
  for (let i = 0; i < map.count; i += 2) {
    const valueAt = skipValue(bytes, pos, map.end);
    const next = skipValue(bytes, valueAt, map.end);
    if (keyIs(bytes, pos, valueAt, PARTITION_KEY)) {
      return variableBytes(bytes, valueAt, next)?.toString('utf8') ?? null;
    }
    pos = next;
  }
  return null;
}

const symbol = (name: string): Buffer => Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name, 'ascii')]);
const PARTITION_KEY = 'x-opt-partition-key';
const SEQUENCE_NUMBER = symbol('x-opt-sequence-number');
const OFFSET = symbol('x-opt-offset');
const ENQUEUED_TIME = symbol('x-opt-enqueued-time');
/**
 * Annotations that only the hub may set, and those by which an idempotent producer talks to the hub: they end here,
 * as a producer's business is none of a consumer's.
 */
const OWN = [
  'x-opt-sequence-number',
  'x-opt-offset',
  'x-opt-enqueued-time',
  'com.microsoft:producer-id',
  'com.microsoft:producer-epoch',
  'com.microsoft:producer-sequence-number',
];

/** Is the encoded symbol or text from `at` to `end` this name? */
export function keyIs(bytes: Buffer, at: number, end: number, name: string): boolean {
  const headBytes = (bytes[at]! & 0xf0) === 0xb0 ? 5 : 2;
  return end - at === headBytes + name.length && bytes.toString('latin1', at + headBytes, end) === name;
}

/** Writes an unsigned number below 2^53 as eight bytes. */
export function writeLong(out: Buffer, value: number, at: number): number {
  out.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return out.writeUInt32BE(value % 2 ** 32, at + 4);
}

/**
 * Writes the event as consumers get it: header, annotations with sequence number, offset and enqueued time, the rest.
 * Delivery annotations are for one hop and end here. Returns where it ended.
 */
export function spliceEvent(
  event: ScannedEvent,
  sequence: number,
  enqueuedMs: number,
  out: Buffer,
  at: number,
  offset = String(sequence),
): number {
  const { bytes } = event;
  let pos = at;
  if (event.headerEnd > 0) pos += bytes.copy(out, pos, 0, event.headerEnd);
  out[pos++] = 0x00;
  out[pos++] = 0x53;
  out[pos++] = SECTION.messageAnnotations;
  out[pos++] = 0xd1;
  const sizeAt = pos;
  pos = writeOwn(out, pos + 8, sequence, enqueuedMs, offset);
  let count = 6;
  if (event.annotationsAt !== -1) {
    const map = mapRange(bytes, event.annotationsAt, event.annotationsEnd);
    for (let i = 0, from = map.at; i < map.count; i += 2) {
      const valueAt = skipValue(bytes, from, map.end);
      const next = skipValue(bytes, valueAt, map.end);
      if (!OWN.some((name) => keyIs(bytes, from, valueAt, name))) {
        pos += bytes.copy(out, pos, from, next);
        count += 2;
      }
      from = next;
    }
  }
  out.writeUInt32BE(pos - sizeAt - 4, sizeAt);
  out.writeUInt32BE(count, sizeAt + 4);
  return pos + bytes.copy(out, pos, event.restAt);
}

function writeOwn(out: Buffer, at: number, sequence: number, enqueuedMs: number, offset: string): number {
  let pos = at + SEQUENCE_NUMBER.copy(out, at);
  out[pos++] = 0x81;
  pos = writeLong(out, sequence, pos);
  pos += OFFSET.copy(out, pos);
  out[pos++] = 0xa1;
  out[pos++] = offset.length;
  pos += out.write(offset, pos, 'latin1');
  pos += ENQUEUED_TIME.copy(out, pos);
  out[pos++] = 0x83;
  return writeLong(out, enqueuedMs, pos);
}
