import type { Clock } from '@vigil/clock';
import type { Located, PartitionReader } from '../ports/event-log.js';
import type { LiveSink } from '../ports/live-sink.js';

/** Feeds the newest readings to live screens. Starts at the end of the log and keeps no position: a picture of now. */
export function liveReader(sink: LiveSink, clock: Clock): PartitionReader {
  return {
    open: () => Promise.resolve(),
    read: (_partition: number, batch: readonly Located[]) => {
      const receivedWallMs = clock.wallMs();
      for (const { event } of batch) sink.apply(event, receivedWallMs);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
