import { z } from 'zod';
import { DeviceId, EpochMs } from './ids.js';
import { AlarmKind } from './alarm.js';
import { MetricName } from './metric.js';
import { EdgeReading, Origin } from './reading.js';
import { Priority } from './rule-set.js';

/** Most bytes of one MQTT payload. A message of every metric is below 2 KiB. */
export const PAYLOAD_BYTES_MAX = 64 * 1024;
export const READINGS_MAX = 64;

/**
 * What a bedside device publishes, QoS 1, on `vigil/v1/<deviceId>/observations`, in Vigil's own words. A gateway also takes
 * MDC and LOINC codes for `metric` and other spellings and units for `unit` (metric-codes.ts, unit-codes.ts).
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

/** What a device says of itself; all of it optional. Nothing of a patient has a place here. */
export const DeviceFacts = z.strictObject({
  batteryPercent: z.number().min(0).max(100).optional(),
  /** On mains power. */
  mains: z.boolean().optional(),
  signalDbm: z.number().min(-150).max(0).optional(),
  manufacturer: z.string().max(64).optional(),
  model: z.string().max(64).optional(),
  firmware: z.string().max(64).optional(),
  serial: z.string().max(64).optional(),
  /** Unique device identifier, human readable form (GS1, HIBCC or ICCBBA). */
  udi: z.string().max(128).optional(),
});
export type DeviceFacts = z.infer<typeof DeviceFacts>;

/** Retained, also the last will. */
export const WireStatus = z.strictObject({
  state: z.enum(['online', 'offline']),
  bootId: z.uuid().optional(),
  ...DeviceFacts.shape,
});
export type WireStatus = z.infer<typeof WireStatus>;

/** Most alarms of one message. */
export const BEDSIDE_ALARMS_MAX = 32;

/**
 * One alarm of the bedside device. `code` is the device's own name of the condition, lower-case, or `mdc-<number>` from IEEE
 * 11073-10101; no free text, because texts of monitors can hold names. `paused`: the device itself is silenced until
 * `pausedUntilMs` (D13).
 */
export const BedsideAlarm = z.strictObject({
  code: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/),
  kind: AlarmKind,
  priority: Priority,
  active: z.boolean(),
  metric: MetricName.optional(),
  pausedUntilMs: EpochMs.optional(),
});
export type BedsideAlarm = z.infer<typeof BedsideAlarm>;

/** Pauses of one device at a time: one of each kind. */
export const BEDSIDE_PAUSES_MAX = 4;

/**
 * What a bedside device has paused of its own alarms (IEC 60601-1-8): their sound (`audio…`) or the alarms themselves (`alarm…`), for a
 * time (`…Paused`) or until somebody switches it on again (`…Off`). Vigil mirrors it and can't end it.
 */
export const BedsidePause = z.strictObject({
  kind: z.enum(['audioPaused', 'audioOff', 'alarmPaused', 'alarmOff']),
  sinceMs: EpochMs.optional(),
  /** Left out: the device names no end. */
  untilMs: EpochMs.optional(),
});
export type BedsidePause = z.infer<typeof BedsidePause>;

/** What a bedside device publishes, QoS 1, on `vigil/v1/<deviceId>/alarms`; `seq` goes on from the observations. */
export const WireAlarms = z.strictObject({
  bootId: z.uuid(),
  seq: z.number().int().nonnegative(),
  atMs: EpochMs,
  origin: Origin.optional(),
  alarms: z.array(BedsideAlarm).max(BEDSIDE_ALARMS_MAX),
  /** All that it has paused now; left out: it says nothing of that. */
  pauses: z.array(BedsidePause).max(BEDSIDE_PAUSES_MAX).optional(),
});
export type WireAlarms = z.infer<typeof WireAlarms>;

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
