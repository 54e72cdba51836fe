import type { BedId, LogEvent, MetricName } from '@vigil/contracts';

/** A value that a screen shows, and the device that it came from. */
export interface ShownReading {
  readonly deviceId: string;
  readonly metric: MetricName;
  /** Event time. */
  readonly atMs: number;
}

/** Takes what the live consumer reads: the newest readings and coverage, for the screens of this process. */
export abstract class LiveSink {
  /** @param receivedWallMs wall time at which this process read the event */
  abstract apply(event: LogEvent, receivedWallMs: number): void;
  /** Where devices are has changed: values that are not of their bed any more go from its screens at once. */
  abstract keepOnly(isOfBed: (bedId: BedId, reading: ShownReading) => boolean): void;
}
