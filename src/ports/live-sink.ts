import type { LogEvent } from '@vigil/contracts';

/** Takes what the live consumer reads: the newest readings and coverage, for the screens of this process. */
export abstract class LiveSink {
  /** @param receivedWallMs wall time at which this process read the event */
  abstract apply(event: LogEvent, receivedWallMs: number): void;
}
