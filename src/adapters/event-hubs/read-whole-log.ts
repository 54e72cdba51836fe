import { randomUUID } from 'node:crypto';
import { earliestEventPosition, type EventHubConsumerClient, type ReceivedEventData } from '@azure/event-hubs';
import { type LogEvent, readLogEvent } from '@vigil/contracts';
import { unsharedConsumer } from '@vigil/hub-client';

const BATCH = 500;
/** Batches that may wait for the reader before the partition is held back. */
const WAITING_MAX = 4;
/**
 * Nothing waits for this time: a read ends by the last event, which is there. But the client leaves a timer of this length behind
 * for each partition when it is closed, and a command would end that much later.
 */
const LONGEST_WAIT_S = 1;

/** An event and its place on its partition. */
export interface PlacedEvent {
  readonly event: LogEvent;
  readonly sequence: number;
}

export interface WholeLog {
  readonly partitionIds: readonly string[];
  /** How many events of the partition retention has removed before the first that is there. */
  removed(partitionId: string): Promise<number>;
  /** Every event of the partition that was there when this was called, in order. What is none of ours is passed by. */
  read(partitionId: string): AsyncIterable<readonly PlacedEvent[]>;
  close(): Promise<void>;
}

/** Reads a log from the first event that is there to its present end, beside whoever else reads it (group `$Default`, no checkpoint). */
export async function openWholeLog(connectionString: string, hubName: string): Promise<WholeLog> {
  const client = unsharedConsumer('$Default', connectionString, hubName, `whole-log-${randomUUID()}`);
  const partitionIds = await client.getPartitionIds();
  return {
    partitionIds,
    removed: async (partitionId) => {
      const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } = await client.getPartitionProperties(partitionId);
      return isEmpty ? lastEnqueuedSequenceNumber + 1 : beginningSequenceNumber;
    },
    read: (partitionId) => readPartition(client, partitionId),
    close: () => client.close(),
  };
}

async function* readPartition(client: EventHubConsumerClient, partitionId: string): AsyncIterable<readonly PlacedEvent[]> {
  const { isEmpty, lastEnqueuedSequenceNumber: last } = await client.getPartitionProperties(partitionId);
  if (isEmpty) return;
  const waiting: ReceivedEventData[][] = [];
  let failure: Error | null = null;
  let changed: () => void = () => undefined;
  let change = new Promise<void>((resolve) => (changed = resolve));
  const turn = (): void => {
    changed();
    change = new Promise<void>((resolve) => (changed = resolve));
  };
  const subscription = client.subscribe(
    partitionId,
    {
      processEvents: async (events) => {
        if (events.length > 0) waiting.push(events);
        turn();
        while (waiting.length >= WAITING_MAX) await change;
      },
      processError: (error) => {
        failure = error;
        turn();
        return Promise.resolve();
      },
    },
    { startPosition: earliestEventPosition, maxBatchSize: BATCH, maxWaitTimeInSeconds: LONGEST_WAIT_S, prefetchCount: 2 * BATCH },
  );
  try {
    for (;;) {
      const batch = waiting.shift();
      if (batch === undefined) {
        if (failure !== null) throw failure;
        await change;
        continue;
      }
      turn();
      const wanted = batch.filter((event) => event.sequenceNumber <= last);
      yield wanted.flatMap((event) => {
        const read = readLogEvent(event.body);
        return 'event' in read ? [{ event: read.event, sequence: event.sequenceNumber }] : [];
      });
      if ((batch.at(-1)?.sequenceNumber ?? last) >= last) return;
    }
  } finally {
    waiting.length = 0;
    turn();
    await subscription.close();
  }
}
