import {
  type MetricName,
  METRICS,
  READINGS_MAX,
  WireMessage,
  ZERO_IS_NO_VALUE,
  type Origin,
  type Reading,
} from '@vigil/contracts';
import { z } from 'zod';
import type { Decoded, DecodedMessage } from './decoder.js';
import { parseJson, refusedWhole } from './json-text.js';
import { judgeReading, withoutValue } from './reading.js';
import type { Fault } from './reject.js';

/** The envelope alone, so that one bad reading does not cost the others. */
const Envelope = z.strictObject({ ...WireMessage.shape, observations: z.array(z.unknown()).min(1).max(READINGS_MAX) });

/**
 * Judges one payload of `vigil/v1/<deviceId>/observations` in JSON. Pure; never throws, whatever the bytes.
 *
 * A bad envelope refuses the message. A bad reading is refused alone, with its path, and the good ones are kept: a
 * probe that reports nonsense must not silence the heart rate beside it. A metric may come once, because the message and the
 * metric name a reading.
 */
export function decode(payload: Buffer): Decoded<DecodedMessage> {
  const json = parseJson(payload);
  if ('reason' in json) return { message: null, faults: [json] };
  // The usual message, in Vigil's own names and units, is taken in one piece; a device that speaks in codes does so throughout.
  const whole = beginsInOwnWords(json.value) ? WireMessage.safeParse(json.value) : null;
  if (whole?.success === true && eachOnce(whole.data.observations)) {
    return { message: assemble(whole.data, whole.data.observations, []), faults: [] };
  }
  return decodeInParts(json.value);
}

function beginsInOwnWords(value: unknown): boolean {
  const { observations } = (value ?? {}) as { observations?: unknown };
  const first = Array.isArray(observations) ? (observations[0] as { metric?: unknown; unit?: unknown } | null) : null;
  const metric = first?.metric;
  return typeof metric === 'string' && Object.hasOwn(METRICS, metric) && METRICS[metric as MetricName].unit === first?.unit;
}

function decodeInParts(value: unknown): Decoded<DecodedMessage> {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) return refusedWhole(value, envelope.error);
  const readings: Reading[] = [];
  const faults: Fault[] = [];
  const noValues: MetricName[] = [];
  const seen = new Set<MetricName>();
  envelope.data.observations.forEach((candidate, index) => {
    const { reading, fault } = judgeReading(candidate, ['observations', index]);
    if (reading !== null && seen.has(reading.metric)) {
      const path = `observations.${index}.metric`;
      faults.push({ reason: 'invalid-message', path, expected: 'each metric once in a message', metric: reading.metric });
      return;
    }
    if (reading !== null) {
      seen.add(reading.metric);
      readings.push(reading);
      if (fault?.reason === 'no-value-code') noValues.push(reading.metric);
    }
    if (fault !== null) faults.push(fault);
  });
  return { message: assemble(envelope.data, readings, noValues), faults };
}

function eachOnce(readings: readonly Reading[]): boolean {
  return readings.length === 1 || new Set(readings.map((r) => r.metric)).size === readings.length;
}

function assemble(
  envelope: { bootId: string; seq: number; atMs: number; origin?: Origin | undefined },
  readings: readonly Reading[],
  noValues: readonly MetricName[],
): DecodedMessage {
  let zeroes = 0;
  const kept = readings.map((reading) => {
    // Zero from a rate channel is a probe without a signal (decisions.md, D23).
    if (reading.value !== 0 || !ZERO_IS_NO_VALUE.has(reading.metric)) return reading;
    zeroes++;
    return withoutValue(reading);
  });
  const { bootId, seq, atMs: deviceAtMs, origin = 'live' } = envelope;
  return { bootId, seq, deviceAtMs, origin, readings: kept, zeroes, noValues };
}
