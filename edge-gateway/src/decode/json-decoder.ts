import { BEDSIDE_ALARMS_MAX, BedsideAlarm, WireAlarms, WireStatus } from '@vigil/contracts';
import { z } from 'zod';
import { decode } from './decode.js';
import type { Decoded, DecodedAlarms, Decoder } from './decoder.js';
import { faultOf } from './fault.js';
import { parseJson, refusedWhole } from './json-text.js';
import type { Fault } from './reject.js';

const Envelope = z
  .strictObject({ ...WireAlarms.shape, alarms: z.array(z.unknown()).max(BEDSIDE_ALARMS_MAX) })
  .refine(({ alarms, pauses }) => alarms.length > 0 || pauses !== undefined, {
    path: ['alarms'],
    message: 'at least one alarm, or pauses',
  });

/** Vigil's own JSON, as edge-gateway/README.md describes it. */
export const JSON_DECODER: Decoder = { format: 'vigil-json', observations: decode, alarms, status };

/** A bad alarm is refused alone: the one beside it may be the one that matters. */
function alarms(payload: Buffer): Decoded<DecodedAlarms> {
  const json = parseJson(payload);
  if ('reason' in json) return { message: null, faults: [json] };
  const envelope = Envelope.safeParse(json.value);
  if (!envelope.success) return refusedWhole(json.value, envelope.error);
  const kept: BedsideAlarm[] = [];
  const faults: Fault[] = [];
  envelope.data.alarms.forEach((candidate, index) => {
    const alarm = BedsideAlarm.safeParse(candidate);
    if (alarm.success) kept.push(alarm.data);
    else faults.push(faultOf(alarm.error.issues, ['alarms', index]));
  });
  const { bootId, seq, atMs: deviceAtMs, origin = 'live', pauses } = envelope.data;
  const paused = pauses === undefined ? {} : { pauses };
  return { message: { bootId, seq, deviceAtMs, origin, alarms: kept, ...paused }, faults };
}

function status(payload: Buffer): Decoded<WireStatus> {
  const json = parseJson(payload);
  if ('reason' in json) return { message: null, faults: [json] };
  const parsed = WireStatus.safeParse(json.value);
  return parsed.success ? { message: parsed.data, faults: [] } : { message: null, faults: [faultOf(parsed.error.issues)] };
}
