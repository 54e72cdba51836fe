import type { EventHubConsumerClient, EventPosition, ReceivedEventData } from '@azure/event-hubs';
import { earliestEventPosition } from '@azure/event-hubs';

/** An event as a consumer saw it. */
interface Seen {
  readonly id: number;
  readonly enqueuedMs: number;
}

/** What must never be seen; each is counted. */
export interface Faults {
  /** A number of a partition that does not follow the one before. */
  gaps: number;
  /** A number that held another event, or another time, before. */
  reused: number;
  /** A time before that of the event before. */
  backInTime: number;
}

/**
 * The log as consumers have seen it, every partition, over all kills. Whoever reads an event again (a consumer that begins
 * anew, a second group at the end) has to find what the first one found.
 */
export class View {
  readonly faults: Faults = { gaps: 0, reused: 0, backInTime: 0 };
  /** By partition and sequence number. */
  private readonly seen = new Map<string, Seen[]>();
  private readonly timesById = new Map<number, number>();

  /** One past the last number seen in a partition. */
  next(partition: string): number {
    return this.seen.get(partition)?.length ?? 0;
  }

  /** How often an event is on the log. */
  copies(id: number): number {
    return this.timesById.get(id) ?? 0;
  }

  ids(): IterableIterator<number> {
    return this.timesById.keys();
  }

  get size(): number {
    return [...this.seen.values()].reduce((sum, events) => sum + events.length, 0);
  }

  /** Takes one event. `previous` is the number that this reader saw before, or null when it has just begun. */
  take(partition: string, event: ReceivedEventData, previous: number | null): void {
    const events = this.seen.get(partition) ?? [];
    this.seen.set(partition, events);
    const { sequenceNumber } = event;
    const seen: Seen = { id: (event.body as { id: number }).id, enqueuedMs: event.enqueuedTimeUtc.getTime() };
    if (sequenceNumber !== (previous ?? -1) + 1) this.faults.gaps++;
    const before = events[sequenceNumber];
    if (before !== undefined) {
      if (before.id !== seen.id || before.enqueuedMs !== seen.enqueuedMs) this.faults.reused++;
      return;
    }
    if (seen.enqueuedMs < (events[sequenceNumber - 1]?.enqueuedMs ?? 0)) this.faults.backInTime++;
    events[sequenceNumber] = seen;
    this.timesById.set(seen.id, this.copies(seen.id) + 1);
  }
}

export interface Reading {
  /** The last number read in a partition; -1 for none. */
  last(partition: string): number;
  close(): Promise<void>;
}

/** Reads every partition from the beginning into the view, over kills, until it is closed. */
export function readInto(view: View, client: EventHubConsumerClient, partitions: readonly string[]): Reading {
  const last = new Map<string, number>();
  // The client looks here each time it starts a reader: one that has failed goes on where it was, as with checkpoints.
  const startPosition: Record<string, EventPosition> = Object.fromEntries(partitions.map((id) => [id, earliestEventPosition]));
  const subscription = client.subscribe(
    {
      processEvents: async (events, { partitionId }) => {
        for (const event of events) {
          view.take(partitionId, event, last.get(partitionId) ?? null);
          last.set(partitionId, event.sequenceNumber);
          startPosition[partitionId] = { sequenceNumber: event.sequenceNumber, isInclusive: false };
        }
      },
      processError: async () => undefined,
    },
    { startPosition, maxBatchSize: 500, maxWaitTimeInSeconds: 1, prefetchCount: 1500 },
  );
  return { last: (partition) => last.get(partition) ?? -1, close: () => subscription.close() };
}
