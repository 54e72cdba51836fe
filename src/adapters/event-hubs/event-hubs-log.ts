import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventHubProducerClient,
  latestEventPosition,
  type Subscription as ClientSubscription,
} from '@azure/event-hubs';
import type { Clock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { consumer, producer, sendByKey, SUBSCRIBE, unsharedConsumer } from '@vigil/hub-client';
import { type ConsumerGroup, EventLog, type PartitionReader, type Subscription } from '../../ports/event-log.js';
import type { OwnerStore, PartitionOwners } from '../../ports/partition-owners.js';
import { codeOf, Pumps } from './pumps.js';

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

  override async identity(): Promise<string> {
    try {
      const { createdOn } = await this.sender.getEventHubProperties();
      return `${this.options.hubName} of ${createdOn.toISOString()}`;
    } catch (error) {
      throw outage(true, error);
    }
  }

  override async subscribe(group: ConsumerGroup, start: 'checkpoint' | 'latest', reader: PartitionReader): Promise<Subscription> {
    const { connectionString, hubName, ownerId, owners, clock, onError } = this.options;
    const pumps = new Pumps(reader, start === 'checkpoint' && reader.position !== undefined, clock, (partition, error) =>
      onError(group, partition, codeOf(error)),
    );
    const store = withOwnPositions(withoutStopped(owners.storeFor(ownerId), ownerId, pumps), reader, await this.partitionCount());
    const client: EventHubConsumerClient =
      start === 'checkpoint'
        ? consumer(group, connectionString, hubName, store, ownerId)
        : unsharedConsumer(group, connectionString, hubName, ownerId);
    const running: ClientSubscription = client.subscribe(pumps.handlers(), {
      ...SUBSCRIBE,
      startPosition: start === 'latest' ? latestEventPosition : earliestEventPosition,
    });
    const stop = async (): Promise<void> => {
      this.subscriptions.delete(handle);
      pumps.end();
      await running.close();
      await client.close();
    };
    const handle = { stop };
    this.subscriptions.add(handle);
    return { lastReadWallMs: () => pumps.lastReadWallMs, stop };
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
function withOwnPositions(store: OwnerStore, reader: PartitionReader, partitionCount: number): OwnerStore {
  const position = reader.position?.bind(reader);
  if (position === undefined) return store;
  return {
    ...store,
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

/**
 * The client takes a partition that it owns itself for received, also when its pump has stopped after an error, and
 * would leave it standing until the ownership expires. Such a partition is shown to it as given up.
 */
function withoutStopped(store: OwnerStore, ownerId: string, pumps: Pumps): OwnerStore {
  return {
    fenced: true,
    claimOwnership: (rows) => store.claimOwnership(rows),
    updateCheckpoint: (row) => store.updateCheckpoint(row),
    listCheckpoints: (namespace, hub, group) => store.listCheckpoints(namespace, hub, group),
    listOwnership: async (namespace, hub, group) => {
      const rows = await store.listOwnership(namespace, hub, group);
      return rows.map((row) =>
        row.ownerId === ownerId && pumps.hasStopped(Number(row.partitionId)) ? { ...row, ownerId: '' } : row,
      );
    },
  };
}

function outage(retryable: boolean, cause: unknown): PlatformError {
  return new PlatformError('log-unavailable', {}, retryable, cause);
}
