/** What the unmodified client makes of connections that break, stay silent, are slow to begin or speak something else. */
import { Socket } from 'node:net';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import type { RunningEventHub } from '@vigil/event-hub';
import { cutProxy } from './cut-proxy.js';
import {
  closing,
  closingLast,
  EARLIEST,
  kindsOf,
  LATEST,
  noRetries,
  producerFor,
  read,
  retryOptions,
  start,
  until,
} from './event-hub-clients.js';

/** How long producer and consumer are left alone; the long form says 95000. */
const idleMs = Number(process.env['VIGIL_TEST_HUB_IDLE_MS'] ?? 4000);
const isLong = idleMs > 60_000;

const bodies = (events: readonly { body: unknown }[]): unknown[] => events.map((event) => event.body);
const to = { partitionId: '0' };

async function through(hub: RunningEventHub) {
  const proxy = await cutProxy(hub.port);
  closingLast.push(() => proxy.close());
  return { proxy, connection: hub.connectionString('platform').replace(`:${hub.port}/`, `:${proxy.port}/`) };
}

test('a consumer whose connection breaks goes on behind the last event it was given: none is lost, none comes twice', async () => {
  const hub = await start();
  const { proxy, connection } = await through(hub);
  const direct = producerFor(hub.connectionString('gateway'));
  // The client looks at its connection again when its wait for events is over.
  const reader = read(connection, { partition: '0', startPosition: EARLIEST, maxWaitTimeInSeconds: 0.5 });
  for (let round = 0; round < 4; round++) {
    if (round > 0) proxy.cut();
    await direct.sendBatch([{ body: 2 * round }, { body: 2 * round + 1 }], to);
    await until('the events of this round', () => reader.events.length >= 2 * round + 2);
  }
  expect(bodies(reader.events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(reader.errors).toEqual([]);
});

test('a producer whose connection breaks makes a new one by itself when it tries again', async () => {
  const hub = await start();
  const { proxy, connection } = await through(hub);
  const producer = producerFor(connection, 'vigil', { ...retryOptions, maxRetries: 5, timeoutInMs: 1000 });
  for (let n = 0; n < 3; n++) {
    await producer.sendBatch([{ body: n }], to);
    if (n < 2) proxy.cut();
  }
  expect((await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(2);
});

test(
  'producer and consumer that have nothing to do stay connected, and the next event goes through at once',
  async () => {
    const hub = await start(isLong ? {} : { limits: { idleTimeoutMs: 1000 } });
    // Neither tries a second time nor looks again by itself: what goes through does so on the connection of before.
    const producer = producerFor(hub.connectionString('platform'), 'vigil', noRetries);
    const reader = read(hub.connectionString('platform'), {
      ...{ partition: '0', startPosition: EARLIEST, maxWaitTimeInSeconds: 300, balanceEveryMs: 300_000 },
    });
    await producer.sendBatch([{ body: 'before' }], to);
    await until('the first event', () => reader.events.length === 1);
    const connections = async (): Promise<number> => (await hub.metrics.connections.get()).values[0]!.value;
    const before = await connections();
    const endMs = Date.now() + idleMs;
    await until('the pause is over', () => Date.now() > endMs, idleMs + 5000);
    expect(await connections()).toBe(before);
    await producer.sendBatch([{ body: 'after' }], to);
    await until('the second event', () => reader.events.length === 2);
    expect(reader.errors).toEqual([]);
  },
  idleMs + 30_000,
);

test('what the hub sends waits for no acknowledgement of what it sent before', async () => {
  const hub = await start();
  const prompt: (number | undefined)[] = [];
  const { setNoDelay } = Socket.prototype;
  // The client connects with Nagle's algorithm; a server that had it too would add 40 ms to each of the first five turns.
  Socket.prototype.setNoDelay = function (this: Socket, isPrompt = true) {
    if (isPrompt) prompt.push(this.localPort);
    return setNoDelay.call(this, isPrompt);
  };
  closing.push(async () => void (Socket.prototype.setNoDelay = setNoDelay));
  for (let n = 0; n < 2; n++) await producerFor(hub.connectionString('gateway')).sendBatch([{ body: n }]);
  expect(prompt.filter((port) => port === hub.port)).toHaveLength(2);
});

test('a client may be told another address than its namespace’s', async () => {
  const hub = await start();
  const named = hub.connectionString('platform').replace(/sb:\/\/[^/]+/, 'sb://ward.example.net');
  const options = { retryOptions: noRetries, customEndpointAddress: `sb://127.0.0.1:${hub.port}` };
  const producer = new EventHubProducerClient(named, 'vigil', options);
  closing.push(() => producer.close());
  await producer.sendBatch([{ body: 1 }], to);
  expect((await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(0);
});

test('AMQP by WebSocket is not spoken: the client fails without waiting for an answer, and others go on', async () => {
  const hub = await start();
  const other = producerFor(hub.connectionString('gateway'));
  await other.sendBatch([{ body: 1 }]);
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: 600_000 }, webSocketOptions: { webSocket: WebSocket } };
  const producer = new EventHubProducerClient(hub.connectionString('platform'), 'vigil', options);
  closing.push(() => producer.close());
  await expect(producer.sendBatch([{ body: 1 }])).rejects.toThrow();
  await other.sendBatch([{ body: 2 }]);
});

test('where nobody listens the client says so within its own patience', async () => {
  const hub = await start();
  const connection = hub.connectionString('platform');
  await hub.stop();
  const kinds = await producerFor(connection, 'vigil', noRetries)
    .sendBatch([{ body: 1 }])
    .then(() => ['sent'], kindsOf);
  expect(kinds.join()).toMatch(/ServiceCommunicationError|ECONNREFUSED/);
});

test('consumers of one client, of many connections and of equal names do not get into each other’s way', async () => {
  const hub = await start();
  const connection = hub.connectionString('platform');
  // Producers name their links by the address alone, so that all of these have the same name.
  const producers = Array.from({ length: 5 }, () => producerFor(connection));
  const client = new EventHubConsumerClient('live', connection, 'vigil', { retryOptions });
  closing.push(() => client.close());
  const came: unknown[] = [];
  const subscriptions = ['0', '1'].map((id) =>
    client.subscribe(
      id,
      { processEvents: async (events) => void came.push(...bodies(events)), processError: async () => undefined },
      { startPosition: LATEST, maxBatchSize: 10 },
    ),
  );
  closing.push(async () => void (await Promise.all(subscriptions.map((each) => each.close()))));
  const reader = read(connection, { partition: '0', startPosition: EARLIEST });
  await Promise.all(producers.map((producer, n) => producer.sendBatch([{ body: n }], to)));
  await producers[0]!.close();
  await Promise.all(producers.slice(1).map((producer, n) => producer.sendBatch([{ body: 10 + n }], to)));
  await until('all of them', () => reader.events.length === 9);
  expect(new Set(bodies(reader.events))).toEqual(new Set([0, 1, 2, 3, 4, 10, 11, 12, 13]));
  for (let n = 0; !came.includes('live') && n < 100; n++) {
    await producers[1]!.sendBatch([{ body: 'live' }], { partitionId: '1' });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(came).toContain('live');
});
