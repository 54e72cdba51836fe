import type { Clock } from '@vigil/clock';
import type { Located, PartitionReader } from '../ports/event-log.js';
import type { LiveSink } from '../ports/live-sink.js';
import { newestOnly } from './shedding-readers.js';

export interface LiveReaderOptions {
  /** True while alarms need the time: screens then get the newest of each device only. */
  readonly isThin?: () => boolean;
  readonly onThinned?: (events: number) => void;
}

/** Feeds the newest readings to live screens. Starts at the end of the log and keeps no position: a picture of now. */
export function liveReader(sink: LiveSink, clock: Clock, { isThin, onThinned }: LiveReaderOptions = {}): PartitionReader {
  return {
    open: () => Promise.resolve(),
    read: (_partition: number, batch: readonly Located[]) => {
      const receivedWallMs = clock.wallMs();
      const shown = isThin?.() === true ? newestOnly(batch) : batch;
      for (const { event } of shown) sink.apply(event, receivedWallMs);
      onThinned?.(batch.length - shown.length);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
