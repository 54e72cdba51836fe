import { z } from 'zod';
import { AlarmTransition } from './alarm.js';
import { BedHandover } from './bed-handover.js';
import { BEDSIDE_PAUSES_MAX, BedsidePause, BedsideAlarm, DeviceFacts } from './device-message.js';
import { envelope } from './envelope.js';
import { BedId, DeviceId, EpochMs, GatewayId } from './ids.js';
import { readdressed } from './readdressed.js';

/** Once a second from each gateway that can reach the hub. */
export const GatewayStatus = z.object({
  ...envelope,
  kind: z.literal('gatewayStatus'),
  gatewayId: GatewayId,
  bedIds: z.array(BedId),
  /** Messages on the spool that the hub has not settled, and the age of the oldest in wall time. */
  pending: z.number().int().nonnegative(),
  oldestPendingMs: z.number().nonnegative(),
  accepted: z.number().int().nonnegative(),
  rejected: z.number().int().nonnegative(),
  // What came later is optional: a gateway may be a version behind.
  /** Of Vigil's own program. */
  version: z.string().max(32).optional(),
  spoolBytes: z.number().int().nonnegative().optional(),
  /** From taking the newest message that the log settled to its settling, wall time; null before the first. */
  lagMs: z.number().nonnegative().nullable().optional(),
  /** When the configuration in use was issued, wall time; null while there is none. */
  configIssuedAtMs: EpochMs.nullable().optional(),
});
export type GatewayStatus = z.infer<typeof GatewayStatus>;

/**
 * Messages that were made (or could have been) and will not come, so that "no data" is never silent. `fromSeq` and
 * `toSeq` are inclusive; they, the device and the boot are null where damage left no way to tell. `count` messages, with
 * event times between `fromMs` and `toMs`, both inclusive.
 *
 * `neverArrived`: the device's numbering skips them. `evicted`: dropped from a full spool, past their age limit (D18).
 * `damaged`: stored and no longer readable. `unsendable`: the log will never take them.
 */
export const Gap = z.object({
  ...envelope,
  kind: z.literal('gap'),
  gatewayId: GatewayId,
  deviceId: DeviceId.nullable(),
  bedId: BedId.nullable(),
  bootId: z.string().max(64).nullable(),
  fromSeq: z.number().int().nonnegative().nullable(),
  toSeq: z.number().int().nonnegative().nullable(),
  count: z.number().int().positive(),
  fromMs: EpochMs,
  toMs: EpochMs,
  reason: z.enum(['neverArrived', 'evicted', 'damaged', 'unsendable']),
});
export type Gap = z.infer<typeof Gap>;

/** Part or all of a `neverArrived` gap came after all: `fromSeq` to `toSeq`, inclusive, are no longer missing. */
export const GapFilled = z.object({
  ...envelope,
  kind: z.literal('gapFilled'),
  gatewayId: GatewayId,
  deviceId: DeviceId,
  bedId: BedId.nullable(),
  gapId: z.string().max(160),
  bootId: z.string().max(64),
  fromSeq: z.number().int().nonnegative(),
  toSeq: z.number().int().nonnegative(),
});
export type GapFilled = z.infer<typeof GapFilled>;

/**
 * An alarm that the bedside device itself raised or ended; Vigil passes it on and decides nothing about it. One event per
 * device message on the `alarms` topic; times and numbering as in `DeviceMessage`, one numbering for all topics of a device.
 */
export const DeviceAlarm = z.object({
  ...envelope,
  kind: z.literal('deviceAlarm'),
  bedId: BedId.nullable(),
  deviceId: DeviceId,
  gatewayId: GatewayId,
  bootId: z.string().max(64),
  seq: z.number().int().nonnegative(),
  deviceAtMs: EpochMs,
  gatewayAtMs: EpochMs,
  clockSuspect: z.boolean().optional(),
  alarms: z.array(BedsideAlarm),
  /** All pauses of the device at that time; absent where it said nothing of them. */
  pauses: z.array(BedsidePause).max(BEDSIDE_PAUSES_MAX).optional(),
  ...readdressed,
});
export type DeviceAlarm = z.infer<typeof DeviceAlarm>;

/**
 * What is technically wrong with a device, as its gateway sees it; raises and ends a technical alarm at its bed.
 *
 * `sessionConflict`: two places use one identity. `flooding`: it sends far more than it may and is slowed down.
 * `unitChanged`: it changed the unit of a metric between two messages of one boot. `clockSuspect`: its clock is out by more
 * than the limit. `certificateExpiring`: past two thirds of its certificate's life, or over. `wrongTopic`: it tried to speak
 * for another device.
 */
export const DEVICE_FAULTS = [
  'sessionConflict',
  'flooding',
  'unitChanged',
  'clockSuspect',
  'certificateExpiring',
  'wrongTopic',
] as const;
export const DeviceFaultCode = z.enum(DEVICE_FAULTS);
export type DeviceFaultCode = z.infer<typeof DeviceFaultCode>;
export const DeviceFault = z.object({
  ...envelope,
  kind: z.literal('deviceFault'),
  bedId: BedId.nullable(),
  deviceId: DeviceId,
  gatewayId: GatewayId,
  fault: DeviceFaultCode,
  active: z.boolean(),
});
export type DeviceFault = z.infer<typeof DeviceFault>;

/**
 * What is technically wrong with a gateway, as it says itself; raises and ends an alarm of the gateway.
 *
 * `spoolWithheld`: nothing can be stored, so nothing is acknowledged. `diskLow`: the disk of the spool is nearly full.
 * `spoolDamaged`: stored records are no longer readable. `spoolRolledBack`: segments are older than what is known of them, or
 * were exchanged. `clockStepped`: its clock jumped. `configRefused`: a configuration has no valid signature or is older than
 * the one in use. `configUnread`: the platform was not reached for one for 10 minutes, so beds of devices may be out of
 * date. `watchStale`: its local watch works with a configuration that is too old to be trusted. `watchFailed`: its
 * local watch met a bug and left out what it could not judge.
 */
export const GATEWAY_FAULTS = [
  'spoolWithheld',
  'diskLow',
  'spoolDamaged',
  'spoolRolledBack',
  'clockStepped',
  'configRefused',
  'configUnread',
  'watchStale',
  'watchFailed',
] as const;
export const GatewayFaultCode = z.enum(GATEWAY_FAULTS);
export type GatewayFaultCode = z.infer<typeof GatewayFaultCode>;
export const GatewayFault = z.object({
  ...envelope,
  kind: z.literal('gatewayFault'),
  gatewayId: GatewayId,
  fault: GatewayFaultCode,
  active: z.boolean(),
});
export type GatewayFault = z.infer<typeof GatewayFault>;

/**
 * An alarm transition that the gateway derived while the log was out of its reach, and that the unit saw (D17). Durable on
 * the spool before it is shown as recorded; goes up before all data of the outage. `outageId` names the outage; `handover` as in
 * `LocalWatchEnded`, at this transition or later.
 */
export const LocalAlarm = z.object({
  ...envelope,
  kind: z.literal('localAlarm'),
  bedId: BedId,
  gatewayId: GatewayId,
  outageId: z.string().max(120),
  transition: AlarmTransition,
  handover: BedHandover.nullable(),
});
export type LocalAlarm = z.infer<typeof LocalAlarm>;

/**
 * The outage is over for this bed. `standing` are the alarms that hold now, each as its newest transition; all others that
 * were seen locally are over. `ruleSetHash` is what the gateway worked with; one that the platform never activated is a
 * technical alarm. `handover` is what the gateway's engine knows of the bed, so that the platform goes on from there; null
 * when that engine did not watch all of the outage.
 */
export const LocalWatchEnded = z.object({
  ...envelope,
  kind: z.literal('localWatchEnded'),
  bedId: BedId,
  gatewayId: GatewayId,
  outageId: z.string().max(120),
  fromMs: EpochMs,
  toMs: EpochMs,
  ruleSetHash: z.string().max(64).nullable(),
  standing: z.array(AlarmTransition).max(200),
  handover: BedHandover.nullable(),
});
export type LocalWatchEnded = z.infer<typeof LocalWatchEnded>;

/**
 * What the gateway knows of a device for the fleet page: when it changes, and every minute. Key: the gateway's.
 * Nothing here is of a patient; `udi` and `serial` identify the device and stay out of logs and metric labels.
 */
export const DeviceState = z.object({
  ...envelope,
  kind: z.literal('deviceState'),
  deviceId: DeviceId,
  gatewayId: GatewayId,
  connected: z.boolean(),
  /** Gateway time of the last message; null when there was none since the gateway knows the device. */
  lastSeenMs: EpochMs.nullable(),
  /** Positive when the device's clock is behind; null while not known. */
  skewMs: z.number().nullable(),
  clockSuspect: z.boolean(),
  certificateNotAfterMs: EpochMs.nullable(),
  /** As the device said last on its `status` topic. */
  said: DeviceFacts,
  /** Since the start of the gateway. */
  accepted: z.number().int().nonnegative(),
  rejected: z.number().int().nonnegative(),
  duplicates: z.number().int().nonnegative(),
  /** How often it connected again since then; absent where the gateway does not tell. */
  reconnects: z.number().int().nonnegative().optional(),
});
export type DeviceState = z.infer<typeof DeviceState>;
