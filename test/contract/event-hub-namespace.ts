/**
 * What the hub's contract suite runs against: our hub in this process, or a real Event Hubs namespace.
 *
 * The suite is safe for a real hub that others use too: its events carry the mark of their test, it reads from where
 * the log ended before, in a consumer group that may be its own, and it counts on nothing about offsets.
 */
import { randomUUID } from 'node:crypto';
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventData,
  type EventPosition,
  parseEventHubConnectionString,
  type ReceivedEventData,
  type SendBatchOptions,
} from '@azure/event-hubs';
import { type EventHubOptions, type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { EARLIEST, newFolder, noRetries, read, type Reader, type ReadOptions, retryOptions, until } from './event-hub-clients.js';

export const AZURE_CONNECTION = 'VIGIL_TEST_EVENT_HUBS_CONNECTION_STRING';
export const AZURE_HUB = 'VIGIL_TEST_EVENT_HUB_NAME';
export const AZURE_GROUP = 'VIGIL_TEST_EVENT_HUBS_GROUP';

export interface Namespace {
  /** For a key that may send and listen; without EntityPath. */
  readonly connection: string;
  readonly hub: string;
  readonly group: string;
  readonly partitions: readonly string[];
  /** The hub itself, when it is ours and in this process. */
  readonly local: RunningEventHub | null;
  readonly producer: EventHubProducerClient;
  end(): Promise<void>;
}

/** Our hub in this process. */
export async function localNamespace(options: Partial<EventHubOptions> = {}): Promise<Namespace> {
  const local = await startEventHub({ dataDir: newFolder(), port: 0, segmentBytes: 1024 * 1024, ...options });
  const connection = local.connectionString('platform');
  const namespace = await openNamespace({ connection, hub: 'vigil', group: 'alarms', local });
  const end = async (): Promise<void> => {
    await namespace.end();
    await local.stop();
  };
  return { ...namespace, end };
}

/**
 * A namespace elsewhere, named by the environment: the hub by the connection string's EntityPath or by
 * VIGIL_TEST_EVENT_HUB_NAME, the consumer group by VIGIL_TEST_EVENT_HUBS_GROUP (default `$Default`).
 */
export async function remoteNamespace(env: NodeJS.ProcessEnv): Promise<Namespace> {
  const given = env[AZURE_CONNECTION] ?? '';
  const hub = parseEventHubConnectionString(given).eventHubName ?? env[AZURE_HUB];
  if (hub === undefined) throw new Error(`${AZURE_CONNECTION} names no hub: add ;EntityPath=<hub> to it or set ${AZURE_HUB}`);
  const connection = given.replace(/;?EntityPath=[^;]*/i, '');
  return openNamespace({ connection, hub, group: env[AZURE_GROUP] ?? '$Default', local: null });
}

async function openNamespace(of: Omit<Namespace, 'partitions' | 'producer' | 'end'>): Promise<Namespace> {
  const producer = new EventHubProducerClient(of.connection, of.hub, { retryOptions });
  const partitions = await producer.getPartitionIds();
  return { ...of, partitions, producer, end: () => producer.close() };
}

/** The events of one test: marked when they are sent, and told from others' when they are read. */
export class Marked {
  readonly mark = randomUUID();

  constructor(
    private readonly namespace: Namespace,
    /** Which partition it uses; by default the first. */
    readonly partition = namespace.partitions[0]!,
  ) {}

  /** Right behind the last event of a partition. */
  async here(partition = this.partition): Promise<EventPosition> {
    const { lastEnqueuedSequenceNumber } = await this.namespace.producer.getPartitionProperties(partition);
    return lastEnqueuedSequenceNumber < 0 ? EARLIEST : { sequenceNumber: lastEnqueuedSequenceNumber };
  }

  event<T extends Partial<EventData>>(event: T): T & EventData {
    return { body: null, ...event, properties: { ...event.properties, mark: this.mark } };
  }

  /** Sends to this test's partition unless told otherwise. */
  async send(bodies: readonly unknown[], to: SendBatchOptions = { partitionId: this.partition }): Promise<void> {
    await this.namespace.producer.sendBatch(
      bodies.map((body) => this.event({ body })),
      to,
    );
  }

  read(options: ReadOptions): Reader {
    return readFrom(this.namespace, { partition: this.partition, ...options });
  }

  of(reader: Reader): ReceivedEventData[] {
    return reader.events.filter((event) => event.properties?.['mark'] === this.mark);
  }

  /** The events of this test, once there are so many. */
  async receive(from: EventPosition, count: number, options: ReadOptions = {}): Promise<ReceivedEventData[]> {
    const reader = this.read({ startPosition: from, ...options });
    await until(`${count} events of this test`, () => this.of(reader).length >= count);
    const events = this.of(reader);
    await reader.close();
    return events;
  }
}

/** Subscribes in the namespace's hub and group. */
export const readFrom = (namespace: Namespace, options: ReadOptions): Reader =>
  read(namespace.connection, { hub: namespace.hub, group: namespace.group, ...options });

/** A consumer client whose calls are tried once. */
export const inspector = (namespace: Namespace, connection = namespace.connection): EventHubConsumerClient =>
  new EventHubConsumerClient(namespace.group, connection, namespace.hub, { retryOptions: noRetries });

/** A suite's namespace, opened before its first test and closed after its last. */
export interface Suite {
  /** Ours, in this process: its folder, clock and settings can be had. */
  readonly isLocal: boolean;
  namespace(): Namespace;
}

export function suiteOf(isLocal: boolean, open: () => Promise<Namespace>): Suite {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await open();
  });
  afterAll(() => namespace.end());
  return { isLocal, namespace: () => namespace };
}

/** A test of what only our own hub can be made to do. On another it is skipped, and the reason is printed. */
export function localOnly(suite: Suite, title: string, why: string, run: () => Promise<void>): void {
  if (suite.isLocal) {
    test(title, run);
    return;
  }
  process.stdout.write(`skipped on this namespace: ${title} (${why})\n`);
  test.skip(title, run);
}
