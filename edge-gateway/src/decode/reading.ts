import {
  AMBIGUOUS_CODES,
  EdgeReading,
  isNoValueCode,
  metricOfCode,
  metricRow,
  Quality,
  type Reading,
  ReadingValue,
  unitOfCode,
} from '@vigil/contracts';
import { z } from 'zod';
import { faultOf } from './fault.js';
import type { Fault } from './reject.js';

/** A reading in a device's own words. */
const SaidReading = z.strictObject({
  metric: z.union([z.string().max(64), z.number()]),
  value: ReadingValue,
  unit: z.union([z.string().max(32), z.number()]),
  quality: Quality,
});

export interface JudgedReading {
  readonly reading: Reading | null;
  /** Why there is none, or that its value was a code for "no value". */
  readonly fault: Fault | null;
}

/**
 * One reading in the metric's own unit. Codes and units are looked up, never guessed; a code for "no value" becomes null with
 * quality `notMeasured` (unless the device says more precisely why) and is named in `fault`, because a device that sends one
 * should be set up to say null.
 */
export function judgeReading(candidate: unknown, at: readonly (string | number)[]): JudgedReading {
  const parsed = SaidReading.safeParse(candidate);
  if (!parsed.success) return { reading: null, fault: unknownMetric(candidate, at) ?? faultOf(parsed.error.issues, at) };
  const { metric: code, value, unit: spelling, quality } = parsed.data;
  const metric = metricOfCode(code);
  if (metric === null) return { reading: null, fault: unknownMetric(candidate, at) };
  const faultAt = (reason: Fault['reason'], field: string, expected: string): Fault => ({
    ...{ reason, path: [...at, field].join('.'), expected, metric },
  });
  const { unit } = metricRow(metric);
  const read = unitOfCode(metric, spelling);
  if (read === null) return { reading: null, fault: faultAt('wrong-unit', 'unit', `${metric} is measured in ${unit}`) };
  if (isNoValueCode(value)) {
    const fault = faultAt('no-value-code', 'value', 'null where there is no value');
    return { reading: withoutValue({ metric, value: null, unit, quality }), fault };
  }
  const converts = read.convert !== null && typeof value === 'number';
  const plain = { metric, value: converts ? read.convert(value) : value, unit, quality };
  const judged = EdgeReading.safeParse(plain);
  if (!judged.success) return { reading: null, fault: { ...faultOf(judged.error.issues, at), metric } };
  return { reading: converts ? { ...judged.data, said: { value, unit: read.ucum } } : judged.data, fault: null };
}

/** Said before anything else of a reading: who does not know the metric can judge nothing about it. */
function unknownMetric(candidate: unknown, at: readonly (string | number)[]): Fault | null {
  if (typeof candidate !== 'object' || candidate === null || !('metric' in candidate)) return null;
  const { metric: code } = candidate;
  if ((typeof code !== 'string' && typeof code !== 'number') || metricOfCode(code) !== null) return null;
  const expected = AMBIGUOUS_CODES.has(String(code)) ? 'a code that says cuff or artery' : 'a known metric';
  return { reason: 'unknown-metric', path: [...at, 'metric'].join('.'), expected };
}

/** "No value" (decisions.md, D23), for the reason that the device gave or else `notMeasured`. */
export function withoutValue(reading: Reading): Reading {
  const vague = reading.quality === 'valid' || reading.quality === 'questionable';
  return { ...reading, value: null, quality: vague ? 'notMeasured' : reading.quality };
}
