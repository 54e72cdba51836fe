import { z } from 'zod';
import { BedId, CareUnitId, DeviceId, EncounterId, EpochMs, StaffId } from './ids.js';
import { BedsidePause } from './device-message.js';
import { MetricName } from './metric.js';

/**
 * Why a patient is not watched as the unit would watch them.
 *
 * `own-limits`: somebody has set other limits for the stay. `standby`: away from the monitor, silence raises nothing. `paused`: the
 * bedside device is silenced. `no-rule`: a device measures this and no rule in force looks at it for such a patient. `no-device`: no
 * device is assigned to the bed. `no-data`: one is, and nothing current comes from it. `coverage-lost`: data can't arrive, and an
 * alarm elsewhere says why.
 */
export const NotWatchedKind = z.enum(['own-limits', 'standby', 'paused', 'no-rule', 'no-device', 'no-data', 'coverage-lost']);
export type NotWatchedKind = z.infer<typeof NotWatchedKind>;

const band = z.object({ low: z.number().nullable(), high: z.number().nullable() });

/** `GET /api/v1/care-units/{id}/not-watched`: one line for each bed with a patient and each reason. Event time. */
export const NotWatchedRow = z.object({
  bedId: BedId,
  bedLabel: z.string(),
  careUnitId: CareUnitId,
  encounterId: EncounterId,
  kind: NotWatchedKind,
  metric: MetricName.nullable(),
  deviceId: DeviceId.nullable(),
  /** Null where nobody knows. */
  sinceMs: EpochMs.nullable(),
  /** Null where no end is known. */
  untilMs: EpochMs.nullable(),
  /** Who did it; null where no person did. */
  by: StaffId.nullable(),
  /** Of `paused`, where the device says of itself what it has paused: that, and when it said so last. */
  pause: z.object({ kind: BedsidePause.shape.kind, saidMs: EpochMs }).optional(),
  /** Of `own-limits`: what holds, and what the unit has. */
  limits: z.object({ own: band, unit: band }).optional(),
});
export type NotWatchedRow = z.infer<typeof NotWatchedRow>;

/**
 * `GET /api/v1/care-units/{id}/limits-off`: everything by which a bed of the unit alarms less than the unit would have it. Beside
 * `NotWatchedKind`, of whose `own-limits` only wider ones: `shelved`, a condition makes no sound or waits for a second person to agree;
 * `audio-paused`, screens make no sound, and `station-off`, a screen may be dark (then of no bed). Event time; of those two wall time.
 */
export const LimitsOffRow = NotWatchedRow.extend({
  kind: z.enum([...NotWatchedKind.options, 'shelved', 'audio-paused', 'station-off']),
  bedId: BedId.nullable(),
  bedLabel: z.string().nullable(),
  encounterId: EncounterId.nullable(),
  /** Of `shelved`. */
  conditionCode: z.string().max(80).nullable(),
  /** Of `shelved` while a second person has not agreed: nothing is shelved yet. */
  isWaiting: z.boolean(),
  /** Of `audio-paused` and `station-off`: the screen; null for all of the unit. */
  stationId: z.string().max(64).nullable(),
});
export type LimitsOffRow = z.infer<typeof LimitsOffRow>;
