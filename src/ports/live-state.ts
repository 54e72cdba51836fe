import type { BedId, BedsidePause, DeviceCheck, DeviceId, EpochMs, MetricName } from '@vigil/contracts';

/** What came from a bed lately, as far as this process has read the log since it started. Event time. */
export interface BedsideNow {
  /** Data can't arrive, and an alarm elsewhere says why. */
  readonly coverageLost: boolean;
  /** Bedside devices that said they are silenced until then. */
  readonly paused: readonly { readonly deviceId: DeviceId; readonly sinceMs: EpochMs; readonly untilMs: EpochMs }[];
  /** All that bedside devices have paused of their own alarms as they said last (`saidMs`); `untilMs` null where they named no end. */
  readonly pauses: readonly {
    readonly deviceId: DeviceId;
    readonly kind: BedsidePause['kind'];
    readonly sinceMs: EpochMs;
    readonly untilMs: EpochMs | null;
    readonly saidMs: EpochMs;
  }[];
  /** The newest of each metric. */
  readonly readings: readonly { readonly metric: MetricName; readonly deviceId: string; readonly atMs: EpochMs }[];
}

/** The picture of now that screens show, for other parts of this process. */
export abstract class LiveState {
  abstract bedside(bedId: BedId): BedsideNow;
  /** The newest of each metric of one device while it stands at this bed; null: at none. */
  abstract ofDevice(deviceId: DeviceId, bedId: BedId | null): DeviceCheck['readings'];
}
