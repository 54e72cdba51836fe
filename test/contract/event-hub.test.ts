/** The unmodified Event Hubs client against the real hub: what the platform and the gateway rely on. */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  EventHubBufferedProducerClient,
  EventHubConsumerClient,
  type EventHubProducerClient,
  type EventPosition,
} from '@azure/event-hubs';
import { partitionOfKey } from '@vigil/event-hub';
import { closing, EARLIEST, flatten, producerFor, read, retryOptions, start, until } from './event-hub-clients.js';
import { MemoryStore } from './event-hub-memory-store.js';

describe('events', () => {
  test('bodies, properties, ids and keys come back as they were sent', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const bodies = [{ v: 1, list: [1, 'two'] }, Buffer.from([0, 255, 7]), 'text ü', 42, null];
    const events = bodies.map((body, i) => ({
      body,
      messageId: `m${i}`,
      correlationId: i,
      contentType: 'x/y',
      properties: { i, s: 'é' },
    }));
    await producer.sendBatch(events, { partitionKey: 'bed-1' });
    const reader = read(connection, { startPosition: EARLIEST });
    await until('five events', () => reader.events.length === 5);
    expect(reader.events.map((e) => e.body)).toEqual(bodies);
    expect(reader.events.map((e) => [e.messageId, e.correlationId, e.contentType, e.properties])).toEqual(
      bodies.map((_, i) => [`m${i}`, i, 'x/y', { i, s: 'é' }]),
    );
    expect(reader.events.map((e) => [e.sequenceNumber, e.offset, e.partitionKey])).toEqual(
      bodies.map((_, i) => [i, String(i), 'bed-1']),
    );
    expect(Math.abs(reader.events[0]!.enqueuedTimeUtc.getTime() - Date.now())).toBeLessThan(10_000);
  });

  test('a key goes to its partition, an explicit partition is kept, and neither means turns', async () => {
    const hub = await start();
    const producer = producerFor(hub.connectionString('gateway'));
    const keys = ['icu-1', 'icu-2', 'gateway:a', 'wörld', 'device:17'];
    for (const key of keys) await producer.sendBatch([{ body: key }], { partitionKey: key });
    await producer.sendBatch([{ body: 'explicit' }], { partitionId: '7' });
    for (let i = 0; i < 8; i++) await producer.sendBatch([{ body: 'turn' }]);
    const reader = read(hub.connectionString('platform'), { startPosition: EARLIEST });
    for (let p = 0; p < 8; p++) {
      const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(String(p));
      const expected = keys.filter((k) => partitionOfKey(k, 8) === p).length + (p === 7 ? 1 : 0) + 1;
      expect(lastEnqueuedSequenceNumber).toBe(expected - 1);
    }
    await until('all events', () => reader.events.length === 14);
  });

  test('a batch may fill the largest message, and a larger one is refused for good', async () => {
    const hub = await start({ segmentBytes: 64 * 1024 });
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const batch = await producer.createBatch({ partitionId: '0' });
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    while (batch.tryAdd({ body: Buffer.alloc(50_000, batch.count) }));
    await producer.sendBatch(batch);
    await producer.sendBatch([{ body: Buffer.alloc(900_000) }], { partitionId: '0' });
    const reader = read(connection, { startPosition: EARLIEST, partition: '0' });
    await until('all of it', () => reader.events.length === batch.count + 1);
    expect((reader.events[3]!.body as Buffer).equals(Buffer.alloc(50_000, 3))).toBe(true);
    await expect(producer.sendBatch([{ body: Buffer.alloc(1_100_000) }], { partitionId: '0' })).rejects.toThrow();
  });

  test('a buffered producer chooses the partition that the hub would', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const client = new EventHubBufferedProducerClient(connection, 'vigil', {
      retryOptions,
      onSendEventsErrorHandler: async () => undefined,
      maxWaitTimeInMs: 50,
    });
    await client.enqueueEvents([{ body: 'a' }, { body: 'b' }], { partitionKey: 'icu-7' });
    await client.flush();
    await client.close();
    const { lastEnqueuedSequenceNumber } = await producerFor(connection).getPartitionProperties(
      String(partitionOfKey('icu-7', 8)),
    );
    expect(lastEnqueuedSequenceNumber).toBe(1);
  });
});

describe('positions and properties', () => {
  test('a consumer starts where it asks to', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    const send = (n: number): Promise<void> => producer.sendBatch([{ body: n }], { partitionId: '2' });
    for (const n of [0, 1, 2]) await send(n);
    const betweenMs = Date.now() + 1;
    await until('the clock has moved on', () => Date.now() > betweenMs);
    for (const n of [3, 4]) await send(n);
    const positions: [EventPosition, number[]][] = [
      [{ offset: '-1' }, [0, 1, 2, 3, 4]],
      [{ offset: '1' }, [2, 3, 4]],
      [{ sequenceNumber: 1 }, [2, 3, 4]],
      [{ sequenceNumber: 1, isInclusive: true }, [1, 2, 3, 4]],
      [{ enqueuedOn: betweenMs }, [3, 4]],
      [{ enqueuedOn: 0 }, [0, 1, 2, 3, 4]],
    ];
    for (const [startPosition, expected] of positions) {
      const reader = read(connection, { startPosition, partition: '2' });
      await until(JSON.stringify(startPosition), () => reader.events.length >= expected.length);
      expect(reader.events.map((e) => e.body)).toEqual(expected);
      await reader.close();
    }
    const latest = read(connection, { startPosition: { offset: '@latest' }, partition: '2' });
    const beyond = read(connection, { startPosition: { offset: '99' }, partition: '2' });
    await until('an error for an offset beyond the end', () => beyond.errors.length > 0);
    expect(beyond.errors[0]).toBe('ArgumentError');
    for (let n = 5; latest.events.length === 0; n++) {
      await send(n);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(Number(latest.events[0]!.body)).toBeGreaterThanOrEqual(5);
  });

  test('hub and partition properties are told, and the end of a partition with each event', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(hub.connectionString('gateway'));
    const properties = await producer.getEventHubProperties();
    expect(properties).toMatchObject({ name: 'vigil', partitionIds: ['0', '1', '2', '3', '4', '5', '6', '7'] });
    expect(Math.abs(properties.createdOn.getTime() - Date.now())).toBeLessThan(10_000);
    expect(await producer.getPartitionProperties('1')).toMatchObject({ isEmpty: true, lastEnqueuedSequenceNumber: -1 });
    await producer.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
    expect(await producer.getPartitionProperties('1')).toMatchObject({
      isEmpty: false,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: '1',
    });
    let last: unknown;
    const client = new EventHubConsumerClient('alarms', connection, 'vigil', { retryOptions });
    closing.push(() => client.close());
    const subscription = client.subscribe(
      '1',
      {
        processEvents: async (events, context) => {
          if (events.length > 0) last = context.lastEnqueuedEventProperties;
        },
        processError: async () => undefined,
      },
      { startPosition: EARLIEST, maxBatchSize: 10, trackLastEnqueuedEventProperties: true },
    );
    closing.push(() => subscription.close());
    await until('properties', () => last !== undefined);
    expect(last).toMatchObject({ sequenceNumber: 1, offset: '1' });
  });
});

describe('access', () => {
  test.each<[string, (connection: string) => EventHubProducerClient, RegExp]>([
    ['a wrong key', (c) => producerFor(c.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=')), /bad-signature/],
    [
      'an unknown key name',
      (c) => producerFor(c.replace(/SharedAccessKeyName=\w+/, 'SharedAccessKeyName=nobody')),
      /unknown-key/,
    ],
    ['an unknown hub', (c) => producerFor(c, 'nothing'), /could not be found/],
  ])('%s is refused', async (_, client, message) => {
    const hub = await start();
    const error = await client(hub.connectionString('gateway'))
      .sendBatch([{ body: 1 }])
      .then(
        () => 'sent',
        (e: Error) =>
          flatten(e)
            .map((each) => each.message)
            .join(' '),
      );
    expect(error).toMatch(message);
  });

  test('an unknown group and a key without the right to listen are refused', async () => {
    const hub = await start();
    const unknown = read(hub.connectionString('platform'), { group: 'nobody', partition: '0', startPosition: EARLIEST });
    const sender = read(hub.connectionString('gateway'), { partition: '0', startPosition: EARLIEST });
    await until('both errors', () => unknown.errors.length > 0 && sender.errors.length > 0);
    expect(unknown.errors[0]).toBe('MessagingEntityNotFoundError');
    expect(sender.errors[0]).toBe('UnauthorizedError');
    expect(await hub.metrics.registry.metrics()).toMatch(/auth_failures_total\{reason="rights"\} [1-9]/);
  });

  test('bytes that are no AMQP end their connection and nobody else', async () => {
    const hub = await start();
    const producer = producerFor(hub.connectionString('gateway'));
    await producer.sendBatch([{ body: 1 }]);
    const header = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');
    const attacks = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x14, 0xd0, 0xff, 0xff, 0xff, 0xff])]),
      Buffer.concat([header, Buffer.from([0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x12, 0x45])]),
    ];
    for (const bytes of attacks) {
      const socket = connect(hub.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume().write(bytes);
      await once(socket, 'close');
    }
    await producer.sendBatch([{ body: 2 }]);
  });
});

describe('consumers', () => {
  test('of two with the same epoch the newest reads and the other is told', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    await producer.sendBatch([{ body: 'before' }], { partitionId: '0' });
    const first = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 3 });
    await until('the first reads', () => first.events.length === 1);
    const second = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 3 });
    await until('the first is told', () => first.errors.length > 0);
    expect(first.errors[0]).toBe('ReceiverDisconnectedError');
    await until('the second reads', () => second.events.length === 1);
    const lower = read(connection, { partition: '0', startPosition: EARLIEST, ownerLevel: 1 });
    await until('the lower is told', () => lower.errors.length > 0);
    expect(lower.errors[0]).toBe('ReceiverDisconnectedError');
    expect(await hub.metrics.registry.metrics()).toMatch(/steals_total [1-9]/);
  });

  test('two share the partitions through a checkpoint store, and one takes over when the other leaves', async () => {
    const hub = await start();
    const connection = hub.connectionString('platform');
    const store = new MemoryStore();
    const producer = producerFor(connection);
    const sendToEach = async (body: string): Promise<void> => {
      for (let p = 0; p < 8; p++) await producer.sendBatch([{ body }], { partitionId: String(p) });
    };
    await sendToEach('one');
    const first = read(connection, { store, startPosition: EARLIEST });
    // Owning is not reading yet: a link that attaches late would steal back from whoever came after it.
    await until('one reads all', () => first.owned.size === 8 && first.events.length === 8);
    const second = read(connection, { store, startPosition: EARLIEST });
    await until('each owns half', () => first.owned.size === 4 && second.owned.size === 4);
    await sendToEach('two');
    await until('all arrive', () => [...first.events, ...second.events].filter((e) => e.body === 'two').length === 8);
    await first.close();
    await until('the other owns all', () => second.owned.size === 8);
  });

  test('a consumer that is behind reads from disk what memory no longer holds', async () => {
    const hub = await start({ tailCacheBytes: 20_000, segmentBytes: 200_000 });
    const connection = hub.connectionString('platform');
    const producer = producerFor(connection);
    for (let i = 0; i < 60; i++) {
      await producer.sendBatch(
        Array.from({ length: 50 }, (_, n) => ({ body: { n: i * 50 + n, pad: 'x'.repeat(200) } })),
        { partitionId: '3' },
      );
    }
    const reader = read(connection, { partition: '3', startPosition: EARLIEST });
    await until('all of it', () => reader.events.length === 3000);
    expect(reader.events.every((e, i) => e.sequenceNumber === i && e.body.n === i)).toBe(true);
  });
});
