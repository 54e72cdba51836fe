import { z } from 'zod';
import { AlarmId, BedId, DeviceId, EncounterId, EpochMs } from './ids.js';
import { MetricName } from './metric.js';
import { Origin } from './reading.js';

/** Event time that a snapshot reaches back before the onset of its alarm, and on after it. */
export const SNAPSHOT_BEFORE_MS = 60_000;
export const SNAPSHOT_AFTER_MS = 30_000;

/** Readings of one metric in one snapshot: ten a second. Of more the first are kept, and `cut` says so. */
export const SNAPSHOT_READINGS_MAX = 900;

/** One reading as history had it: event time, value, and which of `devices` brought it (null: one that is not known any more). */
export const SnapshotReading = z.object({ atMs: EpochMs, value: z.number(), device: z.number().int().nullable() });
export type SnapshotReading = z.infer<typeof SnapshotReading>;

/**
 * Why a snapshot has not all: nothing was measured; a device that measured before the end said nothing after it; messages were
 * lost on the way; nobody could say before the bound.
 */
export const SnapshotLack = z.enum(['no-readings', 'device-silent', 'messages-missing']);
export type SnapshotLack = z.infer<typeof SnapshotLack>;

/**
 * The readings of a bed around the onset of an alarm, [fromMs, toMs) of event time, kept with the alarm for as long as the alarm is.
 * Readings are those that history takes: valid or questionable, with a number; `gaps` are messages that did not come.
 */
export const AlarmReadings = z.object({
  alarmId: AlarmId,
  bedId: BedId,
  /** The stay that the alarm is about, as it was when the snapshot was taken; null for a bed where nobody lay. */
  encounterId: EncounterId.nullable(),
  origin: Origin,
  fromMs: EpochMs,
  toMs: EpochMs,
  devices: z.array(DeviceId).max(64),
  metrics: z.array(
    z.object({
      metric: MetricName,
      unit: z.string(),
      cut: z.boolean(),
      readings: z.array(SnapshotReading).max(SNAPSHOT_READINGS_MAX),
    }),
  ),
  gaps: z
    .array(
      z.object({ fromMs: EpochMs, toMs: EpochMs, count: z.number().int(), reason: z.string(), deviceId: DeviceId.nullable() }),
    )
    .max(100),
  /** False: `lacks` says what may be missing. It is looked at again after an hour and after a day. */
  complete: z.boolean(),
  lacks: z.array(SnapshotLack),
  takenWallMs: EpochMs,
  /** Id of the correction that says that what raised the alarm was at the wrong bed: these readings may be another patient's. */
  questioned: z.string().max(64).optional(),
});
export type AlarmReadings = z.infer<typeof AlarmReadings>;
