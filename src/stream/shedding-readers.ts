import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { Located, PartitionReader } from '../ports/event-log.js';
import type { Shed } from './load-governor.js';

/**
 * While history yields, each batch of it waits so long (wall time) first. It goes on a little, so that it is seen to live, and so
 * that a governor that is wrong costs time and no history: the log keeps what waits.
 */
export const HISTORY_WAIT_MS = 3_000;
const LOOK_AGAIN_MS = 250;

/** A reader that waits with each batch while it has to yield. */
export function yielding(
  reader: PartitionReader,
  { shed, clock }: { readonly shed: () => Shed; readonly clock: Clock },
): PartitionReader {
  const position = reader.position?.bind(reader);
  return {
    ...(position === undefined ? {} : { position }),
    open: (partition) => reader.open(partition),
    close: (partition) => reader.close(partition),
    read: async (partition, batch, malformed) => {
      const sinceMs = clock.wallMs();
      const waitedMs = (): number => wallElapsedMs(sinceMs, clock.wallMs());
      const mayWait = (): boolean => batch.length > 0 && shed() !== 'nothing' && waitedMs() < HISTORY_WAIT_MS;
      while (mayWait()) await new Promise<void>((resolve) => void clock.after(LOOK_AGAIN_MS, resolve));
      await reader.read(partition, batch, malformed);
    },
  };
}

/**
 * What screens need of a batch while there is little time: of numerics the newest message of each device and each metric of it,
 * everything else whole. Screens show the newest value anyway; what they miss is the way to it.
 */
export function newestOnly(batch: readonly Located[]): readonly Located[] {
  const seen = new Map<string, Set<string>>();
  const kept: Located[] = [];
  for (let i = batch.length - 1; i >= 0; i--) {
    const located = batch[i]!;
    const { event } = located;
    if (event.kind === 'tick') continue;
    if (event.kind === 'deviceMessage') {
      let metrics = seen.get(event.deviceId);
      if (metrics === undefined) seen.set(event.deviceId, (metrics = new Set()));
      const before = metrics.size;
      for (const reading of event.readings) metrics.add(reading.metric);
      if (metrics.size === before) continue;
    }
    kept.push(located);
  }
  return kept.reverse();
}
