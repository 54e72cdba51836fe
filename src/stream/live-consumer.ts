import type { Clock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import type { Located, PartitionReader } from '../ports/event-log.js';
import type { LiveSink } from '../ports/live-sink.js';
import { newestOnly } from './shedding-readers.js';

export interface LiveReaderOptions {
  /** What of an event is for its bed; null: nothing. */
  readonly gate: (event: LogEvent) => LogEvent | null;
  /** True while alarms need the time: screens then get the newest of each device only. */
  readonly isThin?: () => boolean;
  readonly onThinned?: (events: number) => void;
}

/** Feeds the newest readings to live screens. Starts at the end of the log and keeps no position: a picture of now. */
export function liveReader(sink: LiveSink, clock: Clock, { gate, isThin, onThinned }: LiveReaderOptions): PartitionReader {
  return {
    open: () => Promise.resolve(),
    read: (_partition: number, batch: readonly Located[]) => {
      const receivedWallMs = clock.wallMs();
      const ofTheirBeds = gated(batch, gate);
      // After the gate: what is for another bed must not stand for what it is thinned out with.
      const shown = isThin?.() === true ? newestOnly(ofTheirBeds) : ofTheirBeds;
      for (const { event } of shown) sink.apply(event, receivedWallMs);
      onThinned?.(ofTheirBeds.length - shown.length);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

/** The batch itself where all of it passes, which is nearly always. */
function gated(batch: readonly Located[], gate: LiveReaderOptions['gate']): readonly Located[] {
  const passed: Located[] = [];
  let isWhole = true;
  for (const located of batch) {
    const event = gate(located.event);
    if (event !== located.event) isWhole = false;
    if (event !== null) passed.push(event === located.event ? located : { ...located, event });
  }
  return isWhole ? batch : passed;
}
