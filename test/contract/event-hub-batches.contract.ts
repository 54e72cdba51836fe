/** How large a batch may be, and what becomes of one that is larger. */
import { flatten, kindsOf, onlyFirstAttempt, producerFor } from './event-hub-clients.js';
import { Marked, type Suite } from './event-hub-namespace.js';

/** The smallest limit that any tier has. */
const TIER_BYTES_MIN = 256 * 1024;

export function batchesContract(suite: Suite): void {
  const marked = (): Marked => new Marked(suite.namespace());

  test('the hub says how large a message may be, and a batch of just that size arrives', async () => {
    const own = marked();
    const from = await own.here();
    const batch = await suite.namespace().producer.createBatch({ partitionId: own.partition });
    expect(batch.maxSizeInBytes).toBeGreaterThanOrEqual(TIER_BYTES_MIN);
    if (suite.isLocal) expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    const piece = (bytes: number) => own.event({ body: Buffer.alloc(bytes, batch.count) });
    while (batch.tryAdd(piece(50_000)));
    for (let bytes = batch.maxSizeInBytes - batch.sizeInBytes; bytes >= 0 && !batch.tryAdd(piece(bytes)); bytes--);
    expect(batch.maxSizeInBytes - batch.sizeInBytes).toBeLessThan(8);
    await suite.namespace().producer.sendBatch(batch);
    const events = await own.receive(from, batch.count);
    expect(events.map((e) => (e.body as Buffer)[0])).toEqual(events.map((_, i) => i));
  });

  test('a batch that is full says so, keeps what it has and can be sent', async () => {
    const own = marked();
    const from = await own.here();
    const batch = await suite.namespace().producer.createBatch({ partitionId: own.partition, maxSizeInBytes: 2000 });
    expect(batch.maxSizeInBytes).toBe(2000);
    let count = 0;
    while (batch.tryAdd(own.event({ body: 'x'.repeat(300) }))) count++;
    expect(batch.tryAdd(own.event({ body: 'x'.repeat(300) }))).toBe(false);
    expect(batch.count).toBe(count);
    await suite.namespace().producer.sendBatch(batch);
    expect(await own.receive(from, count)).toHaveLength(count);
  });

  test('a batch larger than the hub allows can not be made', async () => {
    const making = suite.namespace().producer.createBatch({ maxSizeInBytes: 200 * 1024 * 1024 });
    await expect(making).rejects.toThrow(/Max message size/);
  });

  test('an event that is too large is refused at once and for good, and the link goes on', async () => {
    const own = marked();
    const { connection, hub, producer: other } = suite.namespace();
    const { maxSizeInBytes } = await other.createBatch({ partitionId: own.partition });
    const producer = producerFor(connection, hub, onlyFirstAttempt);
    const to = { partitionId: own.partition };
    const from = await own.here();
    await producer.sendBatch([own.event({ body: 'before' })], to);
    const error = await producer.sendBatch([own.event({ body: Buffer.alloc(maxSizeInBytes + 20_000) })], to).then(
      () => null,
      (e: Error) => e,
    );
    expect(kindsOf(error!)).toContain('MessageTooLargeError');
    expect(flatten(error!).some((e) => e.retryable === true)).toBe(false);
    await producer.sendBatch([own.event({ body: 'after' })], to);
    const events = await own.receive(from, 2);
    expect(events.map((e) => e.body as unknown)).toEqual(['before', 'after']);
  });

  test('five hundred events of one batch stay together and in order', async () => {
    const own = marked();
    const from = await own.here();
    await own.send(Array.from({ length: 500 }, (_, n) => n));
    const events = await own.receive(from, 500);
    expect(events.map((e) => e.body as unknown)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(events.at(-1)!.sequenceNumber - events[0]!.sequenceNumber).toBe(499);
  });
}
