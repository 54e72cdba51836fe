/** Where a consumer starts, where it goes on, and what it is told about the end of its partition. */
import { EventHubConsumerClient, type EventPosition, type LastEnqueuedEventProperties } from '@azure/event-hubs';
import { closing, EARLIEST, LATEST, onlyFirstAttempt, retryOptions, until } from './event-hub-clients.js';
import { MemoryStore } from './event-hub-memory-store.js';
import { localOnly, Marked, readFrom, type Suite } from './event-hub-namespace.js';

export function positionsContract(suite: Suite): void {
  const marked = (): Marked =>
    new Marked(suite.namespace(), suite.namespace().partitions[1 % suite.namespace().partitions.length]);

  test('a consumer starts behind an offset, at or behind a sequence number, or behind a time', async () => {
    const own = marked();
    const from = await own.here();
    for (const n of [0, 1, 2]) await own.send([n]);
    const betweenMs = Date.now() + 50;
    await until('the clock has moved on', () => Date.now() > betweenMs + 50);
    for (const n of [3, 4]) await own.send([n]);
    const all = await own.receive(from, 5);
    const second = all[1]!;
    const positions: [string, EventPosition, number[]][] = [
      ['behind an offset', { offset: second.offset }, [2, 3, 4]],
      ['at an offset', { offset: second.offset, isInclusive: true }, [1, 2, 3, 4]],
      ['behind a sequence number', { sequenceNumber: second.sequenceNumber }, [2, 3, 4]],
      ['at a sequence number', { sequenceNumber: second.sequenceNumber, isInclusive: true }, [1, 2, 3, 4]],
      ['behind a time', { enqueuedOn: betweenMs }, [3, 4]],
      ['behind a date', { enqueuedOn: new Date(betweenMs) }, [3, 4]],
    ];
    const readFrom = async ([what, position, expected]: [string, EventPosition, number[]]): Promise<void> => {
      const client = own.read({ startPosition: position });
      await until(what, () => own.of(client).length >= expected.length);
      expect([what, own.of(client).map((e) => e.body as unknown)]).toEqual([what, expected]);
      await client.close();
    };
    // Five may read beside each other.
    await Promise.all(positions.slice(0, 5).map(readFrom));
    await Promise.all(positions.slice(5).map(readFrom));
  });

  test('an offset, a sequence number and a time with and without “inclusive” agree on where an event is', async () => {
    const own = marked();
    const from = await own.here();
    await own.send(['a', 'b']);
    const [a, b] = await own.receive(from, 2);
    const first = async (position: EventPosition): Promise<unknown> => {
      const [event] = await own.receive(position, 1);
      return event!.body;
    };
    expect(await first({ offset: a!.offset })).toBe('b');
    expect(await first({ offset: b!.offset, isInclusive: true })).toBe('b');
    expect(await first({ sequenceNumber: b!.sequenceNumber, isInclusive: true })).toBe('b');
  });

  localOnly(suite, 'earliest is the oldest event that is there', 'a shared log may be long', async () => {
    const own = new Marked(suite.namespace(), suite.namespace().partitions[2]);
    await own.send([0, 1]);
    const positions: EventPosition[] = [
      EARLIEST,
      { sequenceNumber: -1 },
      { sequenceNumber: 0, isInclusive: true },
      { enqueuedOn: 0 },
    ];
    for (const position of positions) {
      const [event] = await own.receive(position, 1);
      expect([position, event!.body, event!.sequenceNumber]).toEqual([position, 0, 0]);
    }
  });

  test('latest and a time in the future give nothing old, and what comes then', async () => {
    const own = marked();
    await own.send(['old']);
    const readers = [LATEST, { enqueuedOn: Date.now() + 3_600_000 }].map((startPosition) => own.read({ startPosition }));
    for (let n = 0; readers.some((reader) => own.of(reader).length === 0); n++) {
      await own.send([n]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (n > 200) throw new Error('nothing new came');
    }
    for (const reader of readers) expect(own.of(reader).map((e) => e.body as unknown)).not.toContain('old');
  });

  test.each<[string, EventPosition]>([
    ['a sequence number behind the end', { sequenceNumber: Number.MAX_SAFE_INTEGER - 1 }],
    ['an offset that the hub never gave', { offset: 'no such offset' }],
  ])('%s is an argument error, and not tried again', async (_, startPosition) => {
    const own = marked();
    const reader = own.read({ startPosition, retry: onlyFirstAttempt });
    await until('an error', () => reader.errors.length > 0);
    expect(new Set(reader.errors)).toEqual(new Set(['ArgumentError']));
  });

  localOnly(suite, 'an offset of a log that is longer than this one is an argument error', 'needs a wiped log', async () => {
    const own = marked();
    await own.send([1]);
    const reader = own.read({ startPosition: { offset: '123456' } });
    await until('an error', () => reader.errors.length > 0);
    expect(new Set(reader.errors)).toEqual(new Set(['ArgumentError']));
  });

  test('each partition has its own start, and a checkpoint goes before it', async () => {
    const { partitions } = suite.namespace();
    const own = marked();
    const [one, two] = [partitions[0]!, partitions.at(-1)!];
    const store = new MemoryStore();
    const startPosition = Object.fromEntries(await Promise.all(partitions.map(async (id) => [id, await own.here(id)] as const)));
    const subscribe = () => readFrom(suite.namespace(), { store, startPosition, checkpoints: true });
    for (const id of [one, two]) await own.send([`${id} first`], { partitionId: id });
    const first = subscribe();
    await until('both', () => own.of(first).length === (one === two ? 1 : 2));
    await first.close();
    for (const id of [one, two]) await own.send([`${id} second`], { partitionId: id });
    const second = subscribe();
    await until('both again', () => own.of(second).length >= 2);
    expect(
      own
        .of(second)
        .map((e) => e.body as unknown)
        .sort(),
    ).toEqual([`${one} second`, `${two} second`]);
  });

  test('a consumer that asks for it is told the end of its partition with each event', async () => {
    const own = marked();
    const { connection, group, hub } = suite.namespace();
    const from = await own.here();
    await own.send([1]);
    await own.send([2]);
    const ends: LastEnqueuedEventProperties[] = [];
    const client = new EventHubConsumerClient(group, connection, hub, { retryOptions });
    closing.push(() => client.close());
    const subscription = client.subscribe(
      own.partition,
      {
        processEvents: async (events, context) => {
          if (events.length > 0) ends.push({ ...context.lastEnqueuedEventProperties });
        },
        processError: async () => undefined,
      },
      { startPosition: from, maxBatchSize: 10, trackLastEnqueuedEventProperties: true },
    );
    closing.push(() => subscription.close());
    await until('properties', () => ends.length > 0);
    const told = ends.at(-1)!;
    const now = await suite.namespace().producer.getPartitionProperties(own.partition);
    if (suite.isLocal) {
      expect(told).toMatchObject({ sequenceNumber: now.lastEnqueuedSequenceNumber, offset: now.lastEnqueuedOffset });
      expect(told.enqueuedOn).toEqual(now.lastEnqueuedOnUtc);
    }
    expect(told.sequenceNumber).toBeLessThanOrEqual(now.lastEnqueuedSequenceNumber);
    expect(Math.abs(told.retrievedOn!.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('a consumer with nothing to read is called without events each time its wait is over', async () => {
    const reader = marked().read({ startPosition: LATEST, maxWaitTimeInSeconds: 0.2 });
    await until('two such calls', () => reader.emptyCalls() >= 2);
    expect(reader.errors).toEqual([]);
  });
}
