import { z } from 'zod';
import { DeviceId, EpochMs } from './ids.js';
import { EdgeReading, Origin } from './reading.js';

/** Most bytes of one MQTT payload. A message of every metric is below 2 KiB. */
export const PAYLOAD_BYTES_MAX = 64 * 1024;
export const READINGS_MAX = 64;

/**
 * What a bedside device publishes, QoS 1, on `vigil/v1/<deviceId>/observations`.
 *
 * `seq` counts messages per device and boot, so (deviceId, bootId, seq, metric) names a reading once and for all and
 * makes redelivery harmless. The device names no bed and no patient: it does not know them. `origin` is absent on a
 * real device; a simulator says `simulated`.
 */
export const WireMessage = z.strictObject({
  bootId: z.uuid(),
  seq: z.number().int().nonnegative(),
  atMs: EpochMs,
  origin: Origin.optional(),
  observations: z.array(EdgeReading).min(1).max(READINGS_MAX),
});
export type WireMessage = z.infer<typeof WireMessage>;

/** Retained, also the last will. */
export const WireStatus = z.strictObject({ state: z.enum(['online', 'offline']), bootId: z.uuid().optional() });
export type WireStatus = z.infer<typeof WireStatus>;

export const TOPIC_KINDS = ['observations', 'waves', 'alarms', 'status'] as const;
export type TopicKind = (typeof TOPIC_KINDS)[number];

/** `vigil/v1/<deviceId>/<kind>`. No patient data in topics. */
export function topicFor(deviceId: DeviceId, kind: TopicKind): string {
  return `vigil/v1/${deviceId}/${kind}`;
}

/** The device and kind of a topic, or null when it is not one of ours. */
export function parseTopic(topic: string): { readonly deviceId: DeviceId; readonly kind: TopicKind } | null {
  const parts = topic.split('/');
  if (parts.length !== 4 || parts[0] !== 'vigil' || parts[1] !== 'v1') return null;
  const deviceId = DeviceId.safeParse(parts[2]);
  const kind = TOPIC_KINDS.find((k) => k === parts[3]);
  return deviceId.success && kind !== undefined ? { deviceId: deviceId.data, kind } : null;
}
