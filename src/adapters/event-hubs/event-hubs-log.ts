import type { EventHubProducerClient, EventHubProperties } from '@azure/event-hubs';
import type { Cancel, Clock } from '@vigil/clock';
import type { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { consumer, LOOK_EVERY_MS, type PartitionEnd, producer, Sender, unsharedConsumer } from '@vigil/hub-client';
import { type ConsumerGroup, EventLog, type PartitionReader, type Subscription } from '../../ports/event-log.js';
import type { PartitionOwners } from '../../ports/partition-owners.js';
import { Breaker } from '../breaker/breaker.js';
import { DecodedEvents } from './decoded-events.js';
import { HubSubscription } from './hub-subscription.js';
import { logIdentity } from './log-identity.js';
import { codeOf } from './pumps.js';
import { Turns } from './turns.js';

export interface EventHubsLogOptions {
  readonly connectionString: string;
  readonly hubName: string;
  /** New for each start of the process; also the owner id of its partitions. */
  readonly ownerId: string;
  readonly owners: PartitionOwners;
  readonly clock: Clock;
  /**
   * Told of trouble that the client handles by itself, and why sending fails (no group) when the reason changes; ids and
   * codes only.
   */
  readonly onError: (group: ConsumerGroup | null, partition: number | null, code: string, count?: number) => void;
}

/** The log on Event Hubs, local or Azure: the same client, another connection string. */
export class EventHubsLog extends EventLog {
  private readonly sender: Sender<EventHubProducerClient>;
  /** Before what is sent: a hub that is silent costs each caller 15 s. */
  readonly breaker: Breaker;
  /** The groups of this process read the same events. */
  private readonly decoded = new DecodedEvents();
  private readonly turns: Turns;
  private readonly subscriptions = new Set<HubSubscription>();
  private cancelLooks: Cancel | null = null;
  private isLooking = false;
  /** Why sending failed last; null once it works again. */
  private lastReason: string | null = null;
  /** When the log was made: another time means another log under the same name. */
  private createdMs: number | null = null;
  private partitions: readonly string[] | null = null;

  constructor(private readonly options: EventHubsLogOptions) {
    super();
    const { connectionString, hubName, ownerId, clock } = options;
    this.turns = new Turns(clock);
    this.breaker = new Breaker({ name: 'hub', clock, code: 'log-unavailable', outagesMax: 1 });
    this.sender = new Sender(() => producer(connectionString, hubName, ownerId), clock);
  }

  /** The namespace under which ownership is kept: the host of the connection string. */
  get namespace(): string {
    return this.sender.producer.fullyQualifiedNamespace;
  }

  override append(events: readonly LogEvent[]): Promise<void> {
    return this.breaker.run(() => this.send(events));
  }

  private async send(events: readonly LogEvent[]): Promise<void> {
    const outcomes = await this.sender.send(events.map((event) => ({ key: event.key, body: event })));
    const failed = outcomes.find((o) => o.status !== 'sent');
    if (failed !== undefined) throw this.outage(failed.status === 'retry', 'error' in failed ? failed.error : undefined);
    this.lastReason = null;
  }

  override appendToEveryPartition(event: LogEvent): Promise<void> {
    return this.breaker.run(() => this.sendToEveryPartition(event));
  }

  private async sendToEveryPartition(event: LogEvent): Promise<void> {
    try {
      for (const partitionId of await this.partitionIds()) {
        await this.sender.ask((p) => p.sendBatch([{ body: event, contentType: 'application/json' }], { partitionId }));
      }
    } catch (error) {
      throw this.outage(true, error);
    }
  }

  override async partitionCount(): Promise<number> {
    try {
      return (await this.partitionIds()).length;
    } catch (error) {
      throw this.outage(true, error);
    }
  }

  override async identity(): Promise<string> {
    try {
      const { createdOn } = await this.sender.ask((p) => p.getEventHubProperties());
      return logIdentity(this.options.hubName, createdOn);
    } catch (error) {
      throw this.outage(true, error);
    }
  }

  override async subscribe(group: ConsumerGroup, start: 'checkpoint' | 'latest', reader: PartitionReader): Promise<Subscription> {
    const { connectionString, hubName, ownerId, owners, clock, onError } = this.options;
    const askProperties = (): Promise<EventHubProperties> => this.sender.ask((p) => p.getEventHubProperties());
    const subscription = new HubSubscription({
      start,
      reader,
      decoded: this.decoded,
      turn: () => this.turns.take(group),
      clock,
      ownerId,
      partitionCount: await this.partitionCount(),
      store: owners.storeFor(ownerId),
      connect: (store, onLoop) =>
        start === 'checkpoint'
          ? consumer(group, connectionString, hubName, store, ownerId, { onLoop, askProperties })
          : unsharedConsumer(group, connectionString, hubName, ownerId, { onLoop, askProperties }),
      onTrouble: (partition, code, count) => onError(group, partition, code, count),
    });
    this.subscriptions.add(subscription);
    this.cancelLooks ??= clock.every(LOOK_EVERY_MS, () => void this.look());
    const stop = async (): Promise<void> => {
      this.subscriptions.delete(subscription);
      await subscription.stop();
    };
    return { health: () => subscription.health(), stop };
  }

  /** Asks where the log ends, over the sender's connection, so that a reader's own connection need not be trusted. */
  private async look(): Promise<void> {
    if (this.isLooking || this.subscriptions.size === 0) return;
    this.isLooking = true;
    const askedMs = this.options.clock.wallMs();
    try {
      const { createdOn, partitionIds } = await this.sender.ask((p) => p.getEventHubProperties());
      this.createdMs ??= createdOn.getTime();
      const isSame = this.createdMs === createdOn.getTime();
      const ends = isSame ? await Promise.all(partitionIds.map((id) => this.endOf(id))) : [];
      for (const subscription of this.subscriptions) {
        if (isSame) subscription.looked(ends, askedMs);
        else subscription.endForAnotherLog(null);
      }
    } catch {
      // A hub that does not answer is seen by every reader; without a look the lag stays what it was.
    } finally {
      this.isLooking = false;
    }
  }

  private async endOf(partitionId: string): Promise<PartitionEnd> {
    const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } = await this.sender.ask((p) =>
      p.getPartitionProperties(partitionId),
    );
    const beginSequence = isEmpty ? lastEnqueuedSequenceNumber + 1 : beginningSequenceNumber;
    return { partition: Number(partitionId), beginSequence, lastSequence: lastEnqueuedSequenceNumber };
  }

  override async close(): Promise<void> {
    this.cancelLooks?.();
    await Promise.all([...this.subscriptions].map((s) => s.stop()));
    await this.sender.close();
  }

  private async partitionIds(): Promise<readonly string[]> {
    this.partitions ??= await this.sender.ask((p) => p.getPartitionIds());
    return this.partitions;
  }

  private outage(retryable: boolean, cause: unknown): PlatformError {
    const reason = codeOf(cause);
    if (reason !== this.lastReason) this.options.onError(null, null, reason);
    this.lastReason = reason;
    return new PlatformError('log-unavailable', {}, retryable, cause);
  }
}
