import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventHubProducerClient,
  type EventPosition,
  type ReceivedEventData,
  type Subscription,
} from '@azure/event-hubs';
import type { Cancel, Clock } from '@vigil/clock';
import { type GatewayId, gatewayKey, GatewayStatus, type LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import {
  partitionOf,
  producer,
  Sender,
  type SenderOptions,
  type SendOutcome,
  SUBSCRIBE,
  unsharedConsumer,
} from '@vigil/hub-client';
import { WatchedHub } from '../../ports/watched-hub.js';

export interface ClientWatchedHubOptions {
  readonly connectionString: string;
  readonly hubName: string;
  readonly gatewayIds: readonly GatewayId[];
  readonly identifier: string;
  readonly clock: Clock;
  /** Why the hub takes no events although it can be read, or null; left out where nobody knows. */
  readonly refusal?: () => Promise<string | null>;
  /** How long one question may take (wall time); left out, as the hub client has it. */
  readonly callMsMax?: number;
}

/** A group of its own, without checkpoints or epochs: the watchdog takes no partition from anybody. */
const GROUP = '$Default';
/** A reader that is behind the hub for so long is replaced. Wall time. */
const STUCK_MS = 6_000;

/** The end of a client on a connection that is half open takes as long as the network likes; so long is waited (wall time). */
const CLOSE_MS_MAX = 5_000;

interface Reader {
  subscription: Subscription | null;
  /** Newest sequence number read, or what the hub had when the reader started at its end; -1 for an empty partition. */
  lastRead: number;
  behindSinceMs: number | null;
}

/**
 * Reads only the partitions of the gateways' own keys, from their end on.
 *
 * `probe` asks the hub for the newest sequence number of each and compares it with what has been read: the difference
 * between "the gateway says nothing" and "I do not hear". Clients are made anew after a failure, so that a hub that
 * comes back is found within seconds whatever the client's own retries are doing. A hub that takes connections and says
 * nothing costs 15 s a question: an outage has to be told of in time.
 */
export class ClientWatchedHub extends WatchedHub {
  private consumer: EventHubConsumerClient | null = null;
  private readonly sender: Sender<EventHubProducerClient>;
  private readonly readers = new Map<string, Reader>();
  private listener: (status: GatewayStatus, hubAtMs: number) => void = () => undefined;

  constructor(private readonly options: ClientWatchedHubOptions) {
    super();
    const { connectionString, hubName, identifier, clock, callMsMax } = options;
    const bounds: SenderOptions = { renewAfterMs: 0, ...(callMsMax === undefined ? {} : { callMsMax }) };
    this.sender = new Sender(() => producer(connectionString, hubName, `${identifier}-send`), clock, bounds);
  }

  override onStatus(listener: (status: GatewayStatus, hubAtMs: number) => void): void {
    this.listener = listener;
  }

  override async probe(): Promise<boolean> {
    // A hub that can only be read is away for all that counts here, and says nothing about gateways.
    const refusal = (await this.options.refusal?.()) ?? null;
    if (refusal !== null) throw new PlatformError('log-unavailable', {}, true, new Error(`the hub takes no events: ${refusal}`));
    const consumer = (this.consumer ??= this.newConsumer());
    try {
      const count = (await this.sender.ask((p) => p.getPartitionIds())).length;
      const partitions = new Set(this.options.gatewayIds.map((id) => partitionOf(gatewayKey(id), count)));
      const caughtUp = await Promise.all([...partitions].map((partition) => this.look(consumer, partition)));
      return caughtUp.every(Boolean);
    } catch (error) {
      void this.forget();
      throw error;
    }
  }

  override async append(events: readonly LogEvent[]): Promise<void> {
    const outcomes = await this.sender.send(events.map((event) => ({ key: event.key, body: event })));
    const failed = outcomes.find((outcome): outcome is Exclude<SendOutcome, { status: 'sent' }> => outcome.status !== 'sent');
    if (failed !== undefined) throw failed.error;
  }

  override async close(): Promise<void> {
    let cancel: Cancel = () => undefined;
    const tooLong = new Promise<void>((resolve) => (cancel = this.options.clock.after(CLOSE_MS_MAX, resolve)));
    await Promise.race([Promise.all([this.forget(), this.sender.close()]), tooLong]);
    cancel();
  }

  private newConsumer(): EventHubConsumerClient {
    const { connectionString, hubName, identifier } = this.options;
    return unsharedConsumer(GROUP, connectionString, hubName, identifier);
  }

  private async look(consumer: EventHubConsumerClient, partition: string): Promise<boolean> {
    const { lastEnqueuedSequenceNumber: newest } = await this.sender.ask((p) => p.getPartitionProperties(partition));
    // Another question has failed meanwhile, and its client is gone.
    if (consumer !== this.consumer) return false;
    const reader = this.readers.get(partition) ?? { subscription: null, lastRead: newest, behindSinceMs: null };
    this.readers.set(partition, reader);
    reader.subscription ??= this.read(consumer, partition, reader);
    const isBehind = newest > reader.lastRead;
    const nowMs = this.options.clock.wallMs();
    reader.behindSinceMs = isBehind ? (reader.behindSinceMs ?? nowMs) : null;
    if (reader.behindSinceMs !== null && nowMs - reader.behindSinceMs > STUCK_MS) {
      void this.replace(reader);
      // What is skipped is older than this and would not count as a sign of life.
      reader.lastRead = newest;
      return false;
    }
    // What came while we asked is on its way: only what stays unread means that we do not hear.
    return reader.behindSinceMs === null || nowMs === reader.behindSinceMs;
  }

  private read(consumer: EventHubConsumerClient, partition: string, reader: Reader): Subscription {
    const startPosition: EventPosition = reader.lastRead < 0 ? earliestEventPosition : { sequenceNumber: reader.lastRead };
    return consumer.subscribe(
      partition,
      {
        processEvents: (events) => this.take(events, reader),
        // The probe finds out by itself what a failed reader has missed.
        processError: () => Promise.resolve(),
      },
      { ...SUBSCRIBE, startPosition },
    );
  }

  private take(events: readonly ReceivedEventData[], reader: Reader): Promise<void> {
    for (const event of events) {
      reader.lastRead = event.sequenceNumber;
      const body = event.body as { kind?: unknown } | null;
      if (body?.kind !== 'gatewayStatus') continue;
      const status = GatewayStatus.safeParse(body);
      if (status.success) this.listener(status.data, event.enqueuedTimeUtc.getTime());
    }
    return Promise.resolve();
  }

  private async replace(reader: Reader): Promise<void> {
    const old = reader.subscription;
    reader.subscription = null;
    reader.behindSinceMs = null;
    await old?.close().catch(() => undefined);
  }

  /** Drops the connection; what has been read stays known. */
  private async forget(): Promise<void> {
    const old = this.consumer;
    this.consumer = null;
    await Promise.all([...this.readers.values()].map((reader) => this.replace(reader)));
    await old?.close().catch(() => undefined);
  }
}
