import { createHash } from 'node:crypto';
import {
  deviceKey,
  gatewayKey,
  type DeviceId,
  type GatewayId,
  type MetricName,
  type Reject,
  type RejectReason,
} from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';

/** Bytes of a bad payload that are kept with its reject (decisions.md, D26). */
export const HEAD_BYTES = 1024;

export interface Fault {
  readonly reason: RejectReason;
  /** Where in the message, e.g. `observations.0.value`; empty for the whole of it. */
  readonly path: string;
  /** What was expected. Never what came: reasons reach logs and lists. */
  readonly expected: string;
  /** The metric of the reading that was refused, where it is known. */
  readonly metric?: MetricName;
}

export interface RejectFacts {
  readonly gatewayId: GatewayId;
  readonly deviceId: DeviceId | null;
  /** Partition key; without one, the device's or the gateway's own. */
  readonly key?: string;
  readonly origin: Reject['origin'];
  readonly atMs: number;
  /** The payload, or only its length where it was never read. */
  readonly payload: Buffer | { readonly bytes: number };
  readonly fault: Fault;
  /** False for all but the first reject of one payload; they share its hash. */
  readonly withHead?: boolean;
}

/**
 * A dead letter: bad input kept as an event, with its length, hash and first KiB.
 *
 * The id depends only on device, place, time and bytes, so the same message judged twice at the same event time is
 * one event.
 */
export function rejectEvent(facts: RejectFacts): Reject {
  const { fault, payload } = facts;
  const bytes = Buffer.isBuffer(payload) ? payload.length : payload.bytes;
  const sha256 = Buffer.isBuffer(payload) ? createHash('sha256').update(payload).digest('hex') : '';
  const seed = [facts.deviceId, facts.gatewayId, facts.atMs, fault.reason, fault.path, bytes, sha256].join('|');
  const key = facts.key ?? (facts.deviceId === null ? gatewayKey(facts.gatewayId) : deviceKey(facts.deviceId));
  return {
    v: 1,
    kind: 'reject',
    id: `reject/${facts.deviceId ?? facts.gatewayId}/${createHash('sha256').update(seed).digest('hex').slice(0, 32)}`,
    key,
    origin: facts.origin,
    atMs: facts.atMs as Reject['atMs'],
    deviceId: facts.deviceId,
    gatewayId: facts.gatewayId,
    reason: fault.reason,
    path: fault.path.slice(0, 120),
    expected: fault.expected.slice(0, 200),
    bytes,
    sha256,
    headBase64: Buffer.isBuffer(payload) && facts.withHead !== false ? payload.subarray(0, HEAD_BYTES).toString('base64') : '',
  };
}

export function rejectRecord(facts: RejectFacts): LogRecord {
  const event = rejectEvent(facts);
  return { lane: 'rejects', key: event.key, body: Buffer.from(JSON.stringify(event)) };
}
