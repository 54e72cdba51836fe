import { isUtf8 } from 'node:buffer';
import { PAYLOAD_BYTES_MAX } from '@vigil/contracts';
import { z } from 'zod';
import type { Decoded } from './decoder.js';
import { faultOf } from './fault.js';
import type { Fault } from './reject.js';

const Name = z.object({ bootId: z.uuid(), seq: z.number().int().nonnegative() });

/** The JSON value in a payload, or why there is none. Never throws. */
export function parseJson(payload: Buffer): { readonly value: unknown } | Fault {
  if (payload.length > PAYLOAD_BYTES_MAX)
    return { reason: 'too-large', path: '', expected: `at most ${PAYLOAD_BYTES_MAX} bytes` };
  const fault: Fault = { reason: 'malformed-json', path: '', expected: 'JSON in UTF-8' };
  if (!isUtf8(payload)) return fault;
  try {
    return { value: JSON.parse(payload.toString('utf8')) as unknown };
  } catch {
    return fault;
  }
}

/** A message of which nothing is used, with its number where that can be read. */
export function refusedWhole(value: unknown, error: z.ZodError): Decoded<never> {
  const name = Name.safeParse(value);
  return { message: null, faults: [faultOf(error.issues)], ...(name.success ? { named: name.data } : {}) };
}
