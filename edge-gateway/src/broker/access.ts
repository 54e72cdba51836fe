import { type DeviceId, parseTopic, type TopicKind } from '@vigil/contracts';
import type { Fault } from '../decode/reject.js';

/** The part of a PUBLISH that decides whether a device may send it. */
export interface Publication {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** What may not be published. `isForeign`: the topic is not one of the device's own, so it spoke for somebody else. */
export interface Forbidden {
  readonly fault: Fault;
  readonly isForeign: boolean;
}

/** Kinds of topics that this version takes in. */
export type OpenKind = Exclude<TopicKind, 'waves'>;

/**
 * What a device may publish: its own observations, alarms and status, QoS 0 or 1, and only the status retained.
 *
 * Not supported in this version: waves, QoS 2.
 */
export function mayPublish(deviceId: DeviceId, { topic, qos, retain }: Publication): OpenKind | Forbidden {
  const parsed = parseTopic(topic);
  if (parsed === null) return foreign('vigil/v1/<deviceId>/observations, /alarms or /status');
  if (parsed.deviceId !== deviceId) return foreign('the topics of the device that is connected');
  if (parsed.kind === 'waves') return own('observations, alarms or status; waves are not taken in this version');
  if (qos > 1) return own('QoS 0 or 1');
  if (retain && parsed.kind !== 'status') return own('not retained');
  return parsed.kind;
}

/**
 * An MQTT client id belongs to a device when it is the device id, or that and a suffix behind one of `: . _ /`. Those
 * characters are not in device ids, so no device can use a client id of another whose id begins like its own.
 */
export function isOwnClientId(clientId: string, deviceId: string): boolean {
  return clientId === deviceId || (clientId.startsWith(deviceId) && ':._/'.includes(clientId.charAt(deviceId.length)));
}

/** The device that a client id would belong to, if there is one of that name. */
export function deviceOfClientId(clientId: string): string {
  return clientId.split(/[:._/]/, 1)[0] ?? '';
}

const foreign = (expected: string): Forbidden => ({ fault: { reason: 'bad-topic', path: '', expected }, isForeign: true });
const own = (expected: string): Forbidden => ({ fault: { reason: 'bad-topic', path: '', expected }, isForeign: false });
