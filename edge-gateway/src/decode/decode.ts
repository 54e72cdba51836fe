import { isUtf8 } from 'node:buffer';
import {
  EdgeReading,
  PAYLOAD_BYTES_MAX,
  READINGS_MAX,
  WireMessage,
  ZERO_IS_NO_VALUE,
  type Origin,
  type Reading,
} from '@vigil/contracts';
import { z } from 'zod';
import { faultOf } from './fault.js';
import type { Fault } from './reject.js';

/** What a payload says, once judged. The bed, the clocks and the ids are the caller's business. */
export interface Decoded {
  /** Null when the envelope is bad: then nothing of it is used. */
  readonly message: DecodedMessage | null;
  /** One for each thing refused; empty for a good message. */
  readonly faults: readonly Fault[];
}

export interface DecodedMessage {
  readonly bootId: string;
  readonly seq: number;
  readonly deviceAtMs: number;
  readonly origin: Origin;
  /** Never more than the message had; may be empty when every reading was refused. */
  readonly readings: readonly Reading[];
  /** Readings whose zero became "no value". */
  readonly zeroes: number;
}

/** The envelope alone, so that one bad reading does not cost the others. */
const Envelope = z.strictObject({ ...WireMessage.shape, observations: z.array(z.unknown()).min(1).max(READINGS_MAX) });

const refused = (reason: Fault['reason'], expected: string): Decoded => ({
  message: null,
  faults: [{ reason, path: '', expected }],
});

/**
 * Judges one payload of `vigil/v1/<deviceId>/observations`. Pure; never throws, whatever the bytes.
 *
 * A bad envelope refuses the message. A bad reading is refused alone, with its path, and the good ones are kept: a
 * probe that reports nonsense must not silence the heart rate beside it. Units are checked, never converted.
 */
export function decode(payload: Buffer): Decoded {
  if (payload.length > PAYLOAD_BYTES_MAX) return refused('too-large', `at most ${PAYLOAD_BYTES_MAX} bytes`);
  let value: unknown;
  try {
    if (!isUtf8(payload)) return refused('malformed-json', 'JSON in UTF-8');
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return refused('malformed-json', 'JSON in UTF-8');
  }
  const whole = WireMessage.safeParse(value);
  if (whole.success) return { message: assemble(whole.data, whole.data.observations), faults: [] };
  return decodeInParts(value);
}

function decodeInParts(value: unknown): Decoded {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) return { message: null, faults: [faultOf(envelope.error.issues)] };
  const readings: Reading[] = [];
  const faults: Fault[] = [];
  envelope.data.observations.forEach((candidate, index) => {
    const reading = EdgeReading.safeParse(candidate);
    if (reading.success) readings.push(reading.data);
    else faults.push(faultOf(reading.error.issues, ['observations', index]));
  });
  return { message: assemble(envelope.data, readings), faults };
}

function assemble(
  envelope: { bootId: string; seq: number; atMs: number; origin?: Origin | undefined },
  readings: readonly Reading[],
): DecodedMessage {
  let zeroes = 0;
  const kept = readings.map((reading) => {
    // Zero from a rate channel is a probe without a signal (decisions.md, D23).
    if (reading.value !== 0 || !ZERO_IS_NO_VALUE.has(reading.metric)) return reading;
    zeroes++;
    return { ...reading, value: null, quality: 'notMeasured' as const };
  });
  const { bootId, seq, atMs: deviceAtMs, origin = 'live' } = envelope;
  return { bootId, seq, deviceAtMs, origin, readings: kept, zeroes };
}
