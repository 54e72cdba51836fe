import {
  earliestEventPosition,
  EventHubConsumerClient,
  type EventHubProducerClient,
  latestEventPosition,
  type PartitionContext,
  type ReceivedEventData,
  type Subscription as ClientSubscription,
} from '@azure/event-hubs';
import type { Clock } from '@vigil/clock';
import { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { consumer, producer, RETRY, sendByKey, SUBSCRIBE } from '@vigil/hub-client';
import {
  type ConsumerGroup,
  EventLog,
  type Located,
  type Malformed,
  type PartitionReader,
  type Subscription,
} from '../../ports/event-log.js';
import type { OwnerStore, PartitionOwners } from '../../ports/partition-owners.js';

export interface EventHubsLogOptions {
  readonly connectionString: string;
  readonly hubName: string;
  /** New for each start of the process; also the owner id of its partitions. */
  readonly ownerId: string;
  readonly owners: PartitionOwners;
  readonly clock: Clock;
  /** Told of trouble that the client handles by itself; ids and codes only. */
  readonly onError: (group: ConsumerGroup, partition: number | null, code: string) => void;
}

/** A partition whose reader had nothing to commit lets the client prove its ownership at least this often. */
const FENCE_EVERY_MS = 1_000;

/** The log on Event Hubs, local or Azure: the same client, another connection string. */
export class EventHubsLog extends EventLog {
  private readonly sender: EventHubProducerClient;
  private readonly subscriptions = new Set<{ stop(): Promise<void> }>();
  private partitions: readonly string[] | null = null;

  constructor(private readonly options: EventHubsLogOptions) {
    super();
    this.sender = producer(options.connectionString, options.hubName, options.ownerId);
  }

  /** The namespace under which ownership is kept: the host of the connection string. */
  get namespace(): string {
    return this.sender.fullyQualifiedNamespace;
  }

  override async append(events: readonly LogEvent[]): Promise<void> {
    const outcomes = await sendByKey(
      this.sender,
      events.map((event) => ({ key: event.key, body: event })),
    );
    const failed = outcomes.find((o) => o.status !== 'sent');
    if (failed !== undefined) throw outage(failed.status === 'retry', 'error' in failed ? failed.error : undefined);
  }

  override async appendToEveryPartition(event: LogEvent): Promise<void> {
    try {
      for (const partitionId of await this.partitionIds()) {
        await this.sender.sendBatch([{ body: event, contentType: 'application/json' }], { partitionId });
      }
    } catch (error) {
      throw outage(true, error);
    }
  }

  override async partitionCount(): Promise<number> {
    try {
      return (await this.partitionIds()).length;
    } catch (error) {
      throw outage(true, error);
    }
  }

  override async subscribe(group: ConsumerGroup, start: 'checkpoint' | 'latest', reader: PartitionReader): Promise<Subscription> {
    const { connectionString, hubName, ownerId, owners, clock, onError } = this.options;
    const store = withPositions(owners.storeFor(ownerId), reader, await this.partitionCount());
    const client: EventHubConsumerClient =
      start === 'checkpoint'
        ? consumer(group, connectionString, hubName, store, ownerId)
        : new EventHubConsumerClient(group, connectionString, hubName, { retryOptions: { ...RETRY }, identifier: ownerId });
    const lastReadWallMs = new Map<number, number>();
    const fencedWallMs = new Map<number, number>();
    const read = async (events: ReceivedEventData[], context: PartitionContext): Promise<void> => {
      const partition = Number(context.partitionId);
      const { located, malformed } = decode(events, partition);
      await reader.read(partition, located, malformed);
      const wallMs = clock.wallMs();
      lastReadWallMs.set(partition, wallMs);
      const last = events[events.length - 1];
      if (start === 'checkpoint' && reader.position !== undefined && last !== undefined) {
        if (wallMs - (fencedWallMs.get(partition) ?? 0) < FENCE_EVERY_MS) return;
        fencedWallMs.set(partition, wallMs);
        await context.updateCheckpoint(last);
      }
    };
    const running: ClientSubscription = client.subscribe(
      {
        processInitialize: async (context) => {
          const partition = Number(context.partitionId);
          await reader.open(partition);
          lastReadWallMs.set(partition, clock.wallMs());
        },
        processEvents: read,
        processError: (error, context) => {
          onError(group, context.partitionId === '' ? null : Number(context.partitionId), codeOf(error));
          return Promise.resolve();
        },
        processClose: (_reason, context) => {
          lastReadWallMs.delete(Number(context.partitionId));
          return reader.close(Number(context.partitionId));
        },
      },
      { ...SUBSCRIBE, startPosition: start === 'latest' ? latestEventPosition : earliestEventPosition },
    );
    const stop = async (): Promise<void> => {
      this.subscriptions.delete(handle);
      await running.close();
      await client.close();
    };
    const handle = { stop };
    this.subscriptions.add(handle);
    return { lastReadWallMs: () => lastReadWallMs, stop };
  }

  override async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((s) => s.stop()));
    await this.sender.close();
  }

  private async partitionIds(): Promise<readonly string[]> {
    this.partitions ??= await this.sender.getPartitionIds();
    return this.partitions;
  }
}

/** A reader that keeps its own position answers for the client's checkpoints; ownership stays with the store. */
function withPositions(store: OwnerStore, reader: PartitionReader, partitionCount: number): OwnerStore {
  const position = reader.position?.bind(reader);
  if (position === undefined) return store;
  return {
    listOwnership: (namespace, hub, group) => store.listOwnership(namespace, hub, group),
    claimOwnership: (rows) => store.claimOwnership(rows),
    updateCheckpoint: (row) => store.updateCheckpoint(row),
    listCheckpoints: async (fullyQualifiedNamespace, eventHubName, consumerGroup) => {
      const rows = [];
      for (let partition = 0; partition < partitionCount; partition++) {
        const offset = await position(partition);
        if (offset === null) continue;
        rows.push({
          fullyQualifiedNamespace,
          eventHubName,
          consumerGroup,
          partitionId: String(partition),
          offset,
          sequenceNumber: 0,
        });
      }
      return rows;
    },
  };
}

function decode(events: readonly ReceivedEventData[], partition: number): { located: Located[]; malformed: Malformed[] } {
  const located: Located[] = [];
  const malformed: Malformed[] = [];
  for (const event of events) {
    const parsed = LogEvent.safeParse(event.body);
    const at = { offset: event.offset, sequence: event.sequenceNumber };
    if (parsed.success) located.push({ event: parsed.data, partition, ...at, hubAtMs: event.enqueuedTimeUtc.getTime() });
    else
      malformed.push({
        ...at,
        reason: parsed.error.issues
          .map((i) => `${i.path.join('.')}: ${i.code}`)
          .slice(0, 3)
          .join('; '),
      });
  }
  return { located, malformed };
}

function outage(retryable: boolean, cause: unknown): PlatformError {
  return new PlatformError('log-unavailable', {}, retryable, cause);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}
