/** What the unmodified client meets at the limits of the standard tier, before it meets them at the service. */
import {
  EARLIEST,
  kindsOf,
  type ClientError,
  newFolder,
  noRetries,
  producerFor,
  read,
  start,
  until,
} from './event-hub-clients.js';

const text = 'x'.repeat(100);
const batchOf = (count: number): { body: string }[] => Array.from({ length: count }, () => ({ body: text }));
const outcome = (send: Promise<unknown>): Promise<string[]> =>
  send.then(
    () => ['stored'],
    (e: ClientError) => kindsOf(e),
  );
const throttled = async (hub: Awaited<ReturnType<typeof start>>, direction: string): Promise<number> =>
  (await hub.metrics.throttled.get()).values.find((v) => v.labels.direction === direction)?.value ?? 0;

test('what comes in beyond the throughput units is refused as busy', async () => {
  const hub = await start({ limits: { throughputUnits: 1 } });
  const producer = producerFor(hub.connectionString('gateway'), 'vigil', noRetries);
  const sent = [];
  // The second may go into debt, and goes so deep that the third meets it on a slow machine too.
  for (const count of [800, 6000, 800]) sent.push(await outcome(producer.sendBatch(batchOf(count))));
  expect(sent).toEqual([['stored'], ['stored'], ['ServerBusyError']]);
  expect(await throttled(hub, 'in')).toBe(1);
});

test('a client that retries gets everything in, at the rate of the throughput units', async () => {
  const hub = await start({ limits: { throughputUnits: 1 } });
  const retries = { maxRetries: 20, retryDelayInMs: 100, maxRetryDelayInMs: 400, timeoutInMs: 5000 };
  const producer = producerFor(hub.connectionString('gateway'), 'vigil', retries);
  const startMs = performance.now();
  for (let i = 0; i < 5; i++) await producer.sendBatch(batchOf(500), { partitionId: '0' });
  // A thousand at once, then a thousand a second; the last batch may go into debt.
  expect(performance.now() - startMs).toBeGreaterThan(900);
  expect(await throttled(hub, 'in')).toBeGreaterThan(0);
  expect((await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(2499);
});

test('what goes out beyond the throughput units waits, and nothing of it is lost', async () => {
  const dataDir = newFolder();
  const before = await start({ dataDir });
  const producer = producerFor(before.connectionString('gateway'));
  // 5 MB in few events, so that a slow machine, too, is faster than the limit.
  const body = 'x'.repeat(5_000);
  for (let i = 0; i < 10; i++) {
    await producer.sendBatch(
      Array.from({ length: 100 }, () => ({ body })),
      { partitionId: '0' },
    );
  }
  await producer.close();
  await before.stop();
  const hub = await start({ dataDir, limits: { throughputUnits: 1 } });
  const startMs = performance.now();
  const reader = read(hub.connectionString('platform'), { startPosition: EARLIEST, partition: '0', prefetchCount: 12_000 });
  await until('all have arrived', () => reader.events.length === 1_000);
  // 2 MB at once, then as many a second.
  expect(performance.now() - startMs).toBeGreaterThan(1300);
  expect(reader.events.map((e) => e.sequenceNumber)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  expect(await throttled(hub, 'out')).toBeGreaterThan(0);
  expect(reader.errors).toEqual([]);
});

test('questions for properties beyond the limit are refused as busy, and answered when the client asks again', async () => {
  const hub = await start({ limits: { managementReadsPerSecond: 1 } });
  const impatient = producerFor(hub.connectionString('gateway'), 'vigil', noRetries);
  // Ten at once, and another with each second that they take.
  const answers = await Promise.all(Array.from({ length: 40 }, () => outcome(impatient.getPartitionIds())));
  const answered = answers.filter(([a]) => a === 'stored');
  expect(answered.length).toBeGreaterThanOrEqual(10);
  expect(answers.length).toBeGreaterThan(answered.length);
  expect(answers.filter((each) => !answered.includes(each))).toEqual(
    Array.from({ length: answers.length - answered.length }, () => ['ServerBusyError']),
  );
  const patient = producerFor(hub.connectionString('gateway'), 'vigil', {
    maxRetries: 40,
    retryDelayInMs: 300,
    timeoutInMs: 5000,
  });
  expect(await patient.getPartitionIds()).toHaveLength(8);
});

test('the largest publication is the one that is set, and the client learns it', async () => {
  const hub = await start({ limits: { publicationBytes: 65_536 } });
  const producer = producerFor(hub.connectionString('gateway'), 'vigil', noRetries);
  expect((await producer.createBatch()).maxSizeInBytes).toBe(65_536);
  expect(await outcome(producer.sendBatch([{ body: 'x'.repeat(70_000) }]))).toEqual(['MessageTooLargeError']);
  expect(await outcome(producer.sendBatch([{ body: 'x'.repeat(60_000) }]))).toEqual(['stored']);
});

test('readers of a partition beyond the limit are refused, and connections beyond theirs', async () => {
  const hub = await start({ limits: { readers: 1, connections: 2 } });
  const options = { startPosition: EARLIEST, partition: '0', retry: noRetries };
  const first = read(hub.connectionString('platform'), options);
  await producerFor(hub.connectionString('gateway')).sendBatch([{ body: text }], { partitionId: '0' });
  await until('the first reads', () => first.events.length === 1);
  const third = await outcome(producerFor(hub.connectionString('gateway'), 'vigil', noRetries).sendBatch(batchOf(1)));
  expect(third).not.toEqual(['stored']);
  await first.close();
  const again = read(hub.connectionString('platform'), options);
  await until('another reads', () => again.events.length === 1);
});

test('a second reader without an epoch is refused where one is the limit', async () => {
  const hub = await start({ limits: { readers: 1 } });
  const options = { startPosition: EARLIEST, partition: '0', retry: noRetries };
  const first = read(hub.connectionString('platform'), options);
  await producerFor(hub.connectionString('gateway')).sendBatch([{ body: text }], { partitionId: '0' });
  await until('the first reads', () => first.events.length === 1);
  const second = read(hub.connectionString('platform'), options);
  await until('the second is refused', () => second.errors.length > 0);
  expect(second.errors[0]).toBe('QuotaExceededError');
});

test('a limit out of its range stops the start with its name', async () => {
  await expect(start({ limits: { throughputUnits: 0 } })).rejects.toThrow(
    'limits.throughputUnits is a whole number from 1 to 1000',
  );
});
