import { createHash } from 'node:crypto';
import type { DeviceId, EncounterId, LogKey } from '@vigil/contracts';
import { base32Of } from '../hash.js';
import type { ObservedName } from './codings.js';

/** System of `Observation.identifier`: what Vigil has sent, and nothing else. */
export const OBSERVATION_SYSTEM = 'urn:vigil:observation';
export const DEVICE_SYSTEM = 'urn:vigil:device';
export const DEVICE_METRIC_SYSTEM = 'urn:vigil:device-metric';

/** `minute`: the one value of a minute; `single`: one reading; `sampled`: the series of a minute; `score`: what a person charted. */
export type OutForm = 'minute' | 'single' | 'sampled' | 'score';

/**
 * Names one Observation for ever: made again, from the log or from history, it has the same name, so that it is stored once. It is
 * made of nothing that history does not have. `slotMs` (event time): the begin of its minute, or the moment of a single reading.
 */
export function observationIdentity(of: {
  readonly owner: EncounterId | LogKey;
  readonly deviceId: DeviceId | null;
  readonly name: ObservedName | 'news2';
  readonly slotMs: number;
  readonly form: OutForm;
}): string {
  const facts = JSON.stringify([of.owner, of.deviceId, of.name, of.slotMs, of.form]);
  return base32Of(createHash('sha256').update(facts).digest());
}
