import { FakeClock } from '@vigil/clock';
import { CALL_MS_MAX, type ClosableProducer, RENEW_AFTER_MS, Sender } from './sender.js';

const named = (name: string): Error => Object.assign(new Error('x'), { name });
const EVENT = { key: 'bed:icu-1', body: { n: 1 } };

/** Answers, or fails as it is told. */
class FakeProducer implements ClosableProducer {
  failure: Error | null = null;
  failing = new Set<string>();
  closed = false;

  getPartitionIds(): Promise<string[]> {
    return Promise.resolve(['0', '1']);
  }

  createBatch({ partitionId }: { partitionId: string }) {
    const batch = { count: 0, partitionId, tryAdd: () => ++batch.count > 0 };
    return Promise.resolve(batch);
  }

  sendBatch({ partitionId }: { partitionId: string }): Promise<void> {
    if (this.failure === null || (this.failing.size > 0 && !this.failing.has(partitionId))) return Promise.resolve();
    return Promise.reject(this.failure);
  }

  close(): Promise<void> {
    this.closed = true;
    return new Promise(() => undefined);
  }
}

function setUp(failure: Error | null) {
  const clock = new FakeClock(0);
  const made: FakeProducer[] = [];
  const sender = new Sender(() => {
    const producer = new FakeProducer();
    producer.failure = made.length === 0 ? failure : null;
    made.push(producer);
    return producer;
  }, clock);
  return { clock, made, sender };
}

test('a client that gets no answers is replaced after a while, and nobody waits for its end', async () => {
  const { clock, made, sender } = setUp(named('OperationTimeoutError'));
  await clock.advance(RENEW_AFTER_MS - 1);
  expect(await sender.send([EVENT])).toMatchObject([{ status: 'retry' }]);
  expect(made).toHaveLength(1);
  await clock.advance(1);
  expect(await sender.send([EVENT])).toMatchObject([{ status: 'retry' }]);
  expect([made.length, made[0]!.closed]).toEqual([2, true]);
  expect(await sender.send([EVENT])).toMatchObject([{ status: 'sent' }]);
});

test.each(['ServerBusyError', 'UnauthorizedError'])('a hub that answers %s keeps its client: it is there', async (name) => {
  const { clock, made, sender } = setUp(named(name));
  for (let round = 0; round < 10; round++) {
    await clock.advance(RENEW_AFTER_MS);
    await sender.send([EVENT]);
  }
  expect(made).toHaveLength(1);
});

test('one partition that does not answer, beside others that do, is no reason to replace the client', async () => {
  const { clock, made, sender } = setUp(named('OperationTimeoutError'));
  const events = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, body: {} }));
  made[0]!.failing = new Set(['1']);
  for (let round = 0; round < 5; round++) {
    await clock.advance(RENEW_AFTER_MS);
    expect(new Set((await sender.send(events)).map((o) => o.status))).toEqual(new Set(['sent', 'retry']));
  }
  expect(made).toHaveLength(1);
});

test('questions renew the client like sends do, and throw what went wrong', async () => {
  const { clock, made, sender } = setUp(null);
  await clock.advance(RENEW_AFTER_MS);
  await expect(sender.ask(() => Promise.reject(named('ServiceUnavailableError')))).rejects.toThrow();
  expect(made).toHaveLength(2);
  expect(await sender.ask((producer) => producer.getPartitionIds())).toEqual(['0', '1']);
});

test('many sends that fail together replace the client once', async () => {
  const { clock, made, sender } = setUp(named('OperationTimeoutError'));
  await clock.advance(RENEW_AFTER_MS);
  await Promise.all([1, 2, 3].map(() => sender.send([EVENT])));
  expect(made).toHaveLength(2);
});

test('a client that never answers at all is not waited for: the send ends, and the client is replaced', async () => {
  const { clock, made, sender } = setUp(null);
  made[0]!.sendBatch = () => new Promise(() => undefined);
  const sent = sender.send([EVENT]);
  const asked = sender.ask(() => new Promise(() => undefined)).catch((error: Error) => error.name);
  await clock.advance(1);
  await clock.advance(CALL_MS_MAX);
  expect(await sent).toMatchObject([{ status: 'retry' }]);
  expect(await asked).toBe('OperationTimeoutError');
  expect(made).toHaveLength(2);
});

test('the end of a sender does not wait for a client that never ends', async () => {
  const { clock, made, sender } = setUp(null);
  const closed = sender.close();
  await clock.advance(5_000);
  await closed;
  expect(made[0]!.closed).toBe(true);
});
