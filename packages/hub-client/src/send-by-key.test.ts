import { partitionOf } from './partition-hash.js';
import { type BatchProducer, type EventBatch, sendByKey } from './send-by-key.js';

interface Sent {
  readonly partitionId: string;
  readonly bodies: string[];
}

/** A hub of `partitions` partitions whose batches hold `bytesMax` bytes. */
class FakeHub implements BatchProducer {
  readonly sent: Sent[] = [];
  readonly inFlight = new Map<string, number>();
  mostInFlightPerPartition = 0;
  mostInFlight = 0;
  /** Called before each batch is taken; throws to make the send fail. */
  onSend: (batch: Sent, nth: number) => void = () => undefined;
  propertiesFail = false;
  private nth = 0;

  constructor(
    private readonly partitions = 8,
    private readonly bytesMax = 1_000_000,
  ) {}

  async getPartitionIds(): Promise<string[]> {
    if (this.propertiesFail) throw new Error('away');
    return Array.from({ length: this.partitions }, (_, i) => String(i));
  }

  async createBatch(options: { partitionId: string }): Promise<EventBatch & Sent> {
    const bodies: string[] = [];
    let bytes = 0;
    const bytesMax = this.bytesMax;
    return {
      partitionId: options.partitionId,
      bodies,
      get count() {
        return bodies.length;
      },
      tryAdd({ body }): boolean {
        const buffer = body as Buffer;
        if (bytes + buffer.length > bytesMax) return false;
        bytes += buffer.length;
        bodies.push(buffer.toString());
        return true;
      },
    };
  }

  async sendBatch(batch: Sent): Promise<void> {
    const now = (this.inFlight.get(batch.partitionId) ?? 0) + 1;
    this.inFlight.set(batch.partitionId, now);
    this.mostInFlightPerPartition = Math.max(this.mostInFlightPerPartition, now);
    this.mostInFlight = Math.max(
      this.mostInFlight,
      [...this.inFlight.values()].reduce((a, b) => a + b, 0),
    );
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight.set(batch.partitionId, now - 1);
    this.onSend(batch, this.nth++);
    this.sent.push({ partitionId: batch.partitionId, bodies: [...batch.bodies] });
  }
}

const event = (bed: number, n: number) => ({ key: `bed:icu-${bed}`, body: { bed, n } });

test('each event reaches the partition of its key, in order per key, several keys to a batch', async () => {
  const hub = new FakeHub();
  const events = Array.from({ length: 400 }, (_, i) => event(i % 40, Math.floor(i / 40)));
  const outcomes = await sendByKey(hub, events, { batchMax: 30 });
  expect(outcomes.every((o) => o.status === 'sent')).toBe(true);
  const next = new Map<number, number>();
  for (const { partitionId, bodies } of hub.sent) {
    for (const body of bodies) {
      const { bed, n } = JSON.parse(body) as { bed: number; n: number };
      expect(partitionOf(`bed:icu-${bed}`, 8)).toBe(partitionId);
      expect(n).toBe(next.get(bed) ?? 0);
      next.set(bed, n + 1);
    }
  }
  expect(hub.sent.length).toBeLessThan(40);
  expect(hub.mostInFlightPerPartition).toBe(1);
  expect(hub.mostInFlight).toBeGreaterThan(1);
});

test('no more partitions are sent to at once than asked', async () => {
  const hub = new FakeHub();
  await sendByKey(
    hub,
    Array.from({ length: 100 }, (_, i) => event(i, 0)),
    { concurrency: 2 },
  );
  expect(hub.mostInFlight).toBe(2);
});

test('bytes are sent as they are', async () => {
  const hub = new FakeHub(1);
  await sendByKey(hub, [{ key: 'bed:a', body: Buffer.from('{"x": 1}') }]);
  expect(hub.sent[0]!.bodies).toEqual(['{"x": 1}']);
});

test('after a failed batch nothing behind it in that partition is tried, and other partitions go on', async () => {
  const hub = new FakeHub(2);
  hub.onSend = (batch) => {
    if (batch.partitionId === '0') throw new Error('server busy');
  };
  const events = Array.from({ length: 40 }, (_, i) => event(i % 10, i));
  const outcomes = await sendByKey(hub, events, { batchMax: 3 });
  events.forEach((e, i) => expect(outcomes[i]!.status).toBe(partitionOf(e.key, 2) === '0' ? 'retry' : 'sent'));
  expect(hub.sent.every((b) => b.partitionId === '1')).toBe(true);
});

test('an event that fits in no batch is refused and the rest goes on', async () => {
  const hub = new FakeHub(1, 100);
  const outcomes = await sendByKey(hub, [
    { key: 'bed:a', body: { n: 1 } },
    { key: 'bed:a', body: { text: 'x'.repeat(200) } },
    { key: 'bed:a', body: { n: 3 } },
  ]);
  expect(outcomes.map((o) => o.status)).toEqual(['sent', 'refused', 'sent']);
});

test('a hub that is away is a retry for every event, and the partitions are asked for again', async () => {
  const hub = new FakeHub();
  hub.propertiesFail = true;
  expect((await sendByKey(hub, [event(1, 1)]))[0]!.status).toBe('retry');
  hub.propertiesFail = false;
  expect((await sendByKey(hub, [event(1, 1)]))[0]!.status).toBe('sent');
});

test('once the hub does not answer for one partition the others are not tried: each would take as long', async () => {
  const hub = new FakeHub();
  let tried = 0;
  hub.onSend = () => {
    tried++;
    throw Object.assign(new Error('x'), { name: 'OperationTimeoutError' });
  };
  const outcomes = await sendByKey(
    hub,
    Array.from({ length: 100 }, (_, i) => event(i, 0)),
    { concurrency: 2 },
  );
  expect(new Set(outcomes.map((o) => o.status))).toEqual(new Set(['retry']));
  expect(tried).toBe(2);
});
