import { type DeviceId, parseTopic, type TopicKind } from '@vigil/contracts';
import type { Fault } from '../decode/reject.js';

/** The part of a PUBLISH that decides whether a device may send it. */
export interface Publication {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
}

/**
 * What a device may publish: its own observations and status, QoS 0 or 1, and only the status retained.
 *
 * Not supported in this version: waves, alarms, QoS 2.
 */
export function mayPublish(deviceId: DeviceId, { topic, qos, retain }: Publication): TopicKind | Fault {
  const parsed = parseTopic(topic);
  if (parsed === null) return badTopic('vigil/v1/<deviceId>/observations or /status');
  if (parsed.deviceId !== deviceId) return badTopic('the topics of the device that is connected');
  if (parsed.kind !== 'observations' && parsed.kind !== 'status') return badTopic('observations or status');
  if (qos > 1) return badTopic('QoS 0 or 1');
  if (retain && parsed.kind !== 'status') return badTopic('not retained');
  return parsed.kind;
}

/**
 * An MQTT client id belongs to a device when it is the device id, or that and a suffix behind one of `: . _ /`. Those
 * characters are not in device ids, so no device can take over the session of another whose id begins like its own.
 */
export function isOwnClientId(clientId: string, deviceId: string): boolean {
  return clientId === deviceId || (clientId.startsWith(deviceId) && ':._/'.includes(clientId.charAt(deviceId.length)));
}

function badTopic(expected: string): Fault {
  return { reason: 'bad-topic', path: '', expected };
}
