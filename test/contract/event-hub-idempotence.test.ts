/** Sends whose acknowledgement is lost, with the unmodified client: stored once when it asks for that, twice otherwise. */
import { EventHubBufferedProducerClient, EventHubProducerClient } from '@azure/event-hubs';
import type { RunningEventHub } from '@vigil/event-hub';
import { type CutProxy, cutProxy } from './cut-proxy.js';
import { type ClientError, closing, closingLast, EARLIEST, kindsOf, newFolder, read, start, until } from './event-hub-clients.js';

/** A client learns of a cut connection only when its attempt is over. */
const retryOptions = { maxRetries: 4, retryDelayInMs: 100, maxRetryDelayInMs: 500, timeoutInMs: 1000 };

const storedEvents = async (hub: RunningEventHub): Promise<number> => (await hub.metrics.eventsIn.get()).values[0]?.value ?? 0;

async function through(hub: RunningEventHub): Promise<{ proxy: CutProxy; connection: string }> {
  const proxy = await cutProxy(hub.port);
  closingLast.push(() => proxy.close());
  return { proxy, connection: hub.connectionString('gateway').replace(`:${hub.port}/`, `:${proxy.port}/`) };
}

/** Loses the acknowledgement of what `send` sends: it is stored, then the connection ends. */
async function loseAcknowledgement(hub: RunningEventHub, proxy: CutProxy, send: () => Promise<unknown>): Promise<void> {
  const before = await storedEvents(hub);
  let now = before;
  proxy.mute();
  const sent = send();
  const watch = setInterval(() => void storedEvents(hub).then((n) => (now = n)), 5);
  await until('the send is stored', () => now > before);
  clearInterval(watch);
  proxy.cut();
  await sent;
}

function buffered(connection: string, enableIdempotentRetries: boolean) {
  const errors: string[] = [];
  const client = new EventHubBufferedProducerClient(connection, 'vigil', {
    ...{ enableIdempotentRetries, retryOptions, maxWaitTimeInMs: 10 },
    onSendEventsErrorHandler: async ({ error }) => void errors.push(...kindsOf(error as ClientError)),
  });
  closing.push(() => client.close({ flush: false }));
  const enqueue = (body: string): Promise<unknown> => client.enqueueEvent({ body }, { partitionId: '0' });
  return { client, errors, enqueue };
}

async function bodiesIn(hub: RunningEventHub, last: string): Promise<string[]> {
  const reader = read(hub.connectionString('platform'), { startPosition: EARLIEST, partition: '0' });
  await until(`${last} arrives`, () => reader.events.some((e) => e.body === last));
  return reader.events.map((e) => e.body as string);
}

test('a buffered producer with idempotent retries stores a send once although its acknowledgement was lost', async () => {
  const hub = await start();
  const { proxy, connection } = await through(hub);
  const { client, errors, enqueue } = buffered(connection, true);
  await enqueue('before');
  await client.flush();
  await loseAcknowledgement(hub, proxy, () => enqueue('acknowledgement lost'));
  await client.flush();
  await enqueue('after');
  await client.flush();
  expect(await bodiesIn(hub, 'after')).toEqual(['before', 'acknowledgement lost', 'after']);
  expect(errors).toEqual([]);
});

test('also when the acknowledgement of its very first send was lost', async () => {
  const hub = await start();
  const { proxy, connection } = await through(hub);
  const producer = idempotent(connection);
  // Attaches: only the answer to the send is to be lost.
  await producer.getPartitionPublishingProperties('0');
  await loseAcknowledgement(hub, proxy, () => send(producer, 'first'));
  expect(await send(producer, 'after')).toEqual(['stored']);
  expect(await bodiesIn(hub, 'after')).toEqual(['first', 'after']);
});

test('the same without idempotent retries stores it twice, as at the service', async () => {
  const hub = await start();
  const { proxy, connection } = await through(hub);
  const { client, enqueue } = buffered(connection, false);
  await enqueue('before');
  await client.flush();
  await loseAcknowledgement(hub, proxy, () => enqueue('acknowledgement lost'));
  await client.flush();
  await enqueue('after');
  await client.flush();
  expect(await bodiesIn(hub, 'after')).toEqual(['before', 'acknowledgement lost', 'acknowledgement lost', 'after']);
});

test('the hub may end and start again in between', async () => {
  const dataDir = newFolder();
  const hub = await start({ dataDir });
  const { proxy, connection } = await through(hub);
  const { client, errors, enqueue } = buffered(connection, true);
  await enqueue('before');
  await client.flush();
  const { port } = hub;
  await loseAcknowledgement(hub, proxy, () => enqueue('acknowledgement lost'));
  await hub.stop();
  const again = await start({ dataDir, port });
  await client.flush();
  await enqueue('after');
  await client.flush();
  expect(await bodiesIn(again, 'after')).toEqual(['before', 'acknowledgement lost', 'after']);
  expect(errors).toEqual([]);
});

/** What the client can do with an idempotent producer but does not export. */
interface IdempotentProducer extends Pick<EventHubProducerClient, 'sendBatch' | 'close'> {
  _enableIdempotentRetries: boolean;
  _partitionOptions: PartitionOptions;
  getPartitionPublishingProperties(
    partition: string,
  ): Promise<{ ownerLevel: number; producerGroupId: number; lastPublishedSequenceNumber: number }>;
}
type PartitionOptions = Record<string, { ownerLevel?: number; producerGroupId?: number; startingSequenceNumber?: number }>;

function idempotent(connection: string, options: PartitionOptions = {}): IdempotentProducer {
  const client = new EventHubProducerClient(connection, 'vigil', { retryOptions });
  closing.push(() => client.close());
  const inner = client as unknown as IdempotentProducer;
  inner._enableIdempotentRetries = true;
  inner._partitionOptions = options;
  return inner;
}
/** A producer that states its id, its epoch and the number of its last send on partition 0. */
const numbered = (hub: RunningEventHub, ownerLevel: number, startingSequenceNumber: number): IdempotentProducer =>
  idempotent(hub.connectionString('gateway'), { 0: { producerGroupId: 7, ownerLevel, startingSequenceNumber } });
const send = (client: IdempotentProducer, body: string): Promise<string[]> =>
  client.sendBatch([{ body }], { partitionId: '0' }).then(
    () => ['stored'],
    (e: ClientError) => kindsOf(e),
  );

test('a new producer gets an id of its own and starts at number 0', async () => {
  const hub = await start();
  const connection = hub.connectionString('gateway');
  const [one, other] = [idempotent(connection), idempotent(connection)];
  const first = await one.getPartitionPublishingProperties('0');
  expect(first).toMatchObject({ ownerLevel: 0, lastPublishedSequenceNumber: -1 });
  expect((await other.getPartitionPublishingProperties('0')).producerGroupId).not.toBe(first.producerGroupId);
  expect(await send(one, 'a')).toEqual(['stored']);
  expect((await one.getPartitionPublishingProperties('0')).lastPublishedSequenceNumber).toBe(0);
});

test('of two producers with one id the higher epoch takes over and the lower one is told so', async () => {
  const hub = await start();
  const old = numbered(hub, 1, -1);
  expect(await send(old, 'old')).toEqual(['stored']);
  const taker = numbered(hub, 2, 20);
  expect(await send(taker, 'new')).toEqual(['stored']);
  expect(await send(old, 'too late')).toEqual(['ProducerDisconnectedError']);
  expect(await bodiesIn(hub, 'new')).toEqual(['old', 'new']);
});

test('numbers that do not follow, and other content under stored numbers, are refused at once', async () => {
  const hub = await start();
  const first = numbered(hub, 0, -1);
  expect(await send(first, 'a')).toEqual(['stored']);
  const gap = numbered(hub, 0, 5);
  expect(await send(gap, 'b')).toEqual(['SequenceOutOfOrderError']);
  const reused = numbered(hub, 0, -1);
  expect(await send(reused, 'not a')).toEqual(['SequenceOutOfOrderError']);
  expect(await send(first, 'b')).toEqual(['stored']);
  expect(await bodiesIn(hub, 'b')).toEqual(['a', 'b']);
});

test('a graceful stop under load acknowledges all that it stores, so nothing is sent twice', async () => {
  const dataDir = newFolder();
  let hub = await start({ dataDir });
  const { port } = hub;
  const client = new EventHubProducerClient(hub.connectionString('gateway'), 'vigil', {
    retryOptions: { ...retryOptions, maxRetries: 10 },
  });
  closing.push(() => client.close());
  let isOver = false;
  let next = 0;
  const sent: string[] = [];
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const body = `event ${next++}`;
      await client.sendBatch([{ body }], { partitionId: '0' });
      sent.push(body);
    }
  };
  const lanes = Array.from({ length: 8 }, lane);
  for (let round = 0; round < 3; round++) {
    const before = sent.length;
    await until('sends go on', () => sent.length > before + 50);
    await hub.stop();
    hub = await start({ dataDir, port });
  }
  isOver = true;
  await Promise.all(lanes);
  await client.sendBatch([{ body: 'end' }], { partitionId: '0' });
  const stored = await bodiesIn(hub, 'end');
  expect([...stored].sort()).toEqual([...sent, 'end'].sort());
});

test('batches that the client fills to the last byte are taken, although it adds to them after it has measured them', async () => {
  const hub = await start();
  const { client, errors } = buffered(hub.connectionString('gateway'), true);
  const events = Array.from({ length: 1400 }, () => ({ body: 'x'.repeat(900) }));
  await client.enqueueEvents(events, { partitionId: '0' });
  await client.flush();
  expect(errors).toEqual([]);
  expect(await storedEvents(hub)).toBe(events.length);
});
