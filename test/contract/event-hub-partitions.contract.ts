/** Which partition an event goes to. */
import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { partitionOfKey } from '@vigil/event-hub';
import { closing, producerFor, retryOptions, until } from './event-hub-clients.js';
import { localOnly, Marked, readFrom, type Suite } from './event-hub-namespace.js';

/** What the service's hash gives: 16 bits, signed. Lengths around its block of twelve bytes, and bytes that are no characters. */
const HASHES: Readonly<Record<string, number>> = {
  '': 0,
  a: -16220,
  'device-17': -8360,
  abcdefghijkl: -2373,
  abcdefghijklm: -31855,
  wörld: 6486,
};
/** The client's own hash decides where its buffered producer sends these. */
const KEYS = [
  ...Object.keys(HASHES).filter((key) => key !== ''),
  'icu-1',
  'abcdefghijk',
  '心电图',
  '🫀',
  'x'.repeat(24),
  'y'.repeat(128),
];

export function partitionsContract(suite: Suite): void {
  /** Sends with `send` and answers which partition each body came from. */
  async function landed(count: number, send: (own: Marked) => Promise<void>): Promise<Map<unknown, string>> {
    const namespace = suite.namespace();
    const own = new Marked(namespace);
    const starts = await Promise.all(namespace.partitions.map(async (id) => [id, await own.here(id)] as const));
    await send(own);
    const reader = readFrom(namespace, { startPosition: Object.fromEntries(starts) });
    await until(`${count} events`, () => own.of(reader).length >= count);
    const found = new Map<unknown, string>();
    for (const [id, events] of reader.byPartition) {
      for (const event of events) if (event.properties?.['mark'] === own.mark) found.set(event.body, id);
    }
    await reader.close();
    return found;
  }

  test('a key goes where the service’s hash says, also an empty one and keys that are not ASCII', async () => {
    const { partitions, producer } = suite.namespace();
    const keys = Object.keys(HASHES);
    const found = await landed(keys.length, async (own) => {
      for (const key of keys) await producer.sendBatch([own.event({ body: key })], { partitionKey: key });
    });
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(keys.map((key) => [key, partitions[Math.abs(HASHES[key]! % partitions.length)]])),
    );
  });

  test('events of one key stay in order, in one partition, and carry their key', async () => {
    const own = new Marked(suite.namespace());
    const { partitions, producer } = suite.namespace();
    const partition = partitions[partitionOfKey('bed-1', partitions.length)]!;
    const from = await own.here(partition);
    for (let n = 0; n < 5; n++) await producer.sendBatch([own.event({ body: n })], { partitionKey: 'bed-1' });
    const batch = await producer.createBatch({ partitionKey: 'bed-1' });
    batch.tryAdd(own.event({ body: 5 }));
    await producer.sendBatch(batch);
    const events = await own.receive(from, 6, { partition });
    expect(events.map((e) => [e.body as unknown, e.partitionKey])).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, 'bed-1']));
  });

  test('an explicit partition is kept, and its events have no key', async () => {
    const { partitions, producer } = suite.namespace();
    const found = await landed(partitions.length, async (own) => {
      for (const id of partitions) await producer.sendBatch([own.event({ body: id })], { partitionId: id });
    });
    expect([...found].every(([body, id]) => body === id)).toBe(true);
    expect(found.size).toBe(partitions.length);
  });

  test('a key and a partition at once are refused by the client', async () => {
    const sending = suite.namespace().producer.sendBatch([{ body: 1 }], { partitionId: '0', partitionKey: 'a' } as object);
    await expect(sending).rejects.toThrow(/partitionId.*partitionKey|partitionKey.*partitionId/);
  });

  test('batches with neither go to every partition in turn', async () => {
    const { partitions, producer } = suite.namespace();
    const count = partitions.length * 2;
    const found = await landed(count, async (own) => {
      for (let n = 0; n < count; n++) await producer.sendBatch([own.event({ body: n })]);
    });
    expect(found.size).toBe(count);
    if (suite.isLocal) expect(new Set(found.values()).size).toBe(partitions.length);
  });

  test('a buffered producer chooses the partition that the hub would', async () => {
    const { connection, hub, producer } = suite.namespace();
    const found = await landed(2 * KEYS.length, async (own) => {
      const client = new EventHubBufferedProducerClient(connection, hub, {
        retryOptions,
        onSendEventsErrorHandler: () => undefined,
        maxWaitTimeInMs: 20,
      });
      closing.push(() => client.close());
      for (const key of KEYS) await client.enqueueEvent(own.event({ body: `buffered ${key}` }), { partitionKey: key });
      await client.flush();
      for (const key of KEYS) await producer.sendBatch([own.event({ body: `sent ${key}` })], { partitionKey: key });
    });
    const of = (how: string): (string | undefined)[] => KEYS.map((key) => found.get(`${how} ${key}`));
    expect(of('buffered')).toEqual(of('sent'));
  });

  localOnly(suite, 'a key that is too long is refused', 'what the service does with one is not documented', async () => {
    const { connection, hub } = suite.namespace();
    const producer = producerFor(connection, hub, { maxRetries: 0, timeoutInMs: 5000 });
    await expect(producer.sendBatch([{ body: 1 }], { partitionKey: 'k'.repeat(129) })).rejects.toThrow(/key is too long/);
  });
}
