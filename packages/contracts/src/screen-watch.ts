import { z } from 'zod';
import { BedId, CareUnitId, DeviceId, EncounterId, EpochMs, StaffId } from './ids.js';
import { MetricName } from './metric.js';
import { LimitsOffRow } from './not-watched.js';

/** A screen says so often how it is. */
export const SCREEN_HEALTH_EVERY_MS = 5_000;
/** A station that drew and has not said so for this long has gone blank: an alarm (HZ-D2: within 15 s of the last frame). */
export const SCREEN_SILENT_MS = 12_000;

/** Whether the screen can be heard. `blocked`: the browser waits for a press. `off`: its sound is turned off or paused. `other`: another tab of the station sounds. */
export const ScreenSound = z.enum(['on', 'blocked', 'off', 'other']);
export type ScreenSound = z.infer<typeof ScreenSound>;

/**
 * `client.health`, on `/alarms`, every SCREEN_HEALTH_EVERY_MS: what a screen shows, said by the code that draws it, after a
 * frame was drawn. A page whose main thread hangs says nothing.
 */
export const ClientHealth = z.strictObject({
  v: z.literal(1),
  /** Of this page; a new one with each load. */
  screenId: z.uuid(),
  /** Time since the newest tick on the screen, null before the first. */
  tickAgeMs: z.number().nonnegative().nullable(),
  /** The picture says LIVE. */
  live: z.boolean(),
  visible: z.boolean(),
  /** 95th percentile of the time between frames since the last word; null while hidden. */
  frameP95Ms: z.number().nonnegative().nullable(),
  sound: ScreenSound,
  /** What waits to be drawn or sent. */
  waiting: z.number().int().nonnegative(),
});
export type ClientHealth = z.infer<typeof ClientHealth>;

/** `drawing`: in the foreground, live, and says so. `hidden`: in the background. `silent`: has stopped to say so, or is not live. */
export const ScreenState = z.enum(['drawing', 'hidden', 'silent']);
export type ScreenState = z.infer<typeof ScreenState>;

/** `presence`: who watches the care unit. On join and on every change. Wall times. */
export const UnitPresence = z.object({
  careUnitId: CareUnitId,
  stations: z
    .array(
      z.object({
        stationId: z.string().max(64),
        label: z.string().max(80),
        state: ScreenState,
        sound: ScreenSound.nullable(),
        sinceMs: EpochMs,
        /** Somebody said that it may be dark until then; left out where nobody did. */
        offUntilMs: EpochMs.optional(),
      }),
    )
    .max(64),
  /** Screens of persons that draw, beside the stations. */
  others: z.number().int().nonnegative(),
  /** The unit has stations that are expected to draw, and none does; it is an alarm of the unit, `onCall.unitUnwatched`. */
  unwatched: z.boolean(),
});
export type UnitPresence = z.infer<typeof UnitPresence>;

/** A station is off for so long at most: over a long weekend, and then somebody looks again. */
export const STATION_OFF_MS_MAX = 7 * 86_400_000;

/** Why a station may be dark. */
export const StationOffReason = z.enum(['not-used-now', 'being-repaired', 'being-moved', 'other']);
export type StationOffReason = z.infer<typeof StationOffReason>;

/** `POST /api/v1/stations/{id}/off`: this screen may be dark until then (wall time), and nobody is told that it is. */
export const NewStationOff = z.strictObject({ reason: StationOffReason, untilMs: EpochMs });
export type NewStationOff = z.infer<typeof NewStationOff>;

/** Wall times, half open. It is over at `untilMs` by itself. */
export const StationOff = z.object({ reason: StationOffReason, by: StaffId, fromMs: EpochMs, untilMs: EpochMs });
export type StationOff = z.infer<typeof StationOff>;

/** Rows of one board; of more, the first, and `cut`. */
export const LIMITS_OFF_ROWS_MAX = 2_000;

/** `limitsOff.board`: by what the care unit alarms less than it would: the answer of `/limits-off`, on join and on every change. */
export const LimitsOffBoard = z.object({
  careUnitId: CareUnitId,
  rows: z.array(LimitsOffRow).max(LIMITS_OFF_ROWS_MAX),
  cut: z.boolean(),
});
export type LimitsOffBoard = z.infer<typeof LimitsOffBoard>;

/** `config.changed`: what is to be asked for anew. */
export const ConfigChanged = z.object({ what: z.enum(['display', 'rules', 'policy', 'on-call', 'places']) });
export type ConfigChanged = z.infer<typeof ConfigChanged>;

/**
 * `careUnit.trends`: the last hour of some metrics, so that a screen that was just opened has its small curves. On join, after
 * the snapshot; from there the screen goes on by itself. `means[i]` is of `[fromMs + i * everyMs, …)`, event time; null where
 * nothing valid was measured. Only of the stay that is in the bed now, which is named: a screen that shows another one there keeps them away.
 */
export const CareUnitTrends = z.object({
  careUnitId: CareUnitId,
  fromMs: EpochMs,
  everyMs: z.number().int().positive(),
  beds: z
    .array(
      z.object({ bedId: BedId, encounterId: EncounterId, metric: MetricName, means: z.array(z.number().nullable()).max(120) }),
    )
    .max(2_000),
});
export type CareUnitTrends = z.infer<typeof CareUnitTrends>;

/** How a device of a bed is, as far as its gateway says. Event times. */
export const BedDevice = z.object({
  deviceId: DeviceId,
  bedId: BedId,
  /** Null: nobody has said yet. */
  online: z.boolean().nullable(),
  batteryPct: z.number().min(0).max(100).nullable(),
  lastAtMs: EpochMs.nullable(),
  model: z.string().max(80).nullable(),
});
export type BedDevice = z.infer<typeof BedDevice>;

/** `device.status`: the devices that changed; on join all of the care unit. */
export const DeviceStatus = z.object({ careUnitId: CareUnitId, devices: z.array(BedDevice).max(2_000) });
export type DeviceStatus = z.infer<typeof DeviceStatus>;
