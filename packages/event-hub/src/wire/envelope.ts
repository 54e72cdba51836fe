import { partitionKeyOf, scanEvent, type ScannedEvent } from './event.js';
import { SECTION, sectionStart, skipValue, variableBytes } from './scan.js';
import { WireError } from './wire-error.js';

/** A batch: an envelope message whose data sections are whole encoded messages. */
export const BATCH_FORMAT = 0x80013700;
/** Keys are at most this long, as at the service. */
export const PARTITION_KEY_CHARS_MAX = 128;

/** What one transfer carried. */
export interface Envelope {
  readonly events: readonly ScannedEvent[];
  /** Where the producer asked to send it; null leaves the choice to the hub. */
  readonly partitionKey: string | null;
}

/**
 * Reads what a producer sent: a batch, or one event with message format 0.
 * The events are views of `payload`, nothing is copied.
 *
 * @throws WireError when a length does not fit, a section is unknown or nothing is in it
 */
export function readEnvelope(payload: Buffer, format: number): Envelope {
  if (format === 0) {
    const event = scanEvent(payload);
    return { events: [event], partitionKey: keyOf(payload, event.annotationsAt, event.annotationsEnd) };
  }
  if (format !== BATCH_FORMAT) throw new WireError('unknown message format');
  const events: ScannedEvent[] = [];
  let partitionKey: string | null = null;
  for (let pos = 0; pos < payload.length;) {
    const { code, valueAt } = sectionStart(payload, pos, payload.length);
    const next = skipValue(payload, valueAt, payload.length);
    if (code === SECTION.messageAnnotations) partitionKey = keyOf(payload, valueAt, next);
    else if (code === SECTION.data) {
      const inner = variableBytes(payload, valueAt, next);
      if (inner === null) throw new WireError('a data section holds binary');
      events.push(scanEvent(inner));
    } else if (code < SECTION.header || code > SECTION.footer || code === SECTION.sequence || code === SECTION.value) {
      throw new WireError('a batch holds data sections');
    }
    pos = next;
  }
  if (events.length === 0) throw new WireError('an empty batch');
  return { events, partitionKey };
}

function keyOf(bytes: Buffer, annotationsAt: number, end: number): string | null {
  if (annotationsAt === -1) return null;
  const key = partitionKeyOf(bytes, annotationsAt, end);
  if (key !== null && key.length > PARTITION_KEY_CHARS_MAX) throw new WireError('a partition key is too long');
  return key;
}
