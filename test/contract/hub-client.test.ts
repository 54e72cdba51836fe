/** The policy of packages/hub-client, the real client, a real hub: what the client does wrong by itself stays harmless. */
import { setTimeout as wait } from 'node:timers/promises';
import { consumer, producer, SUBSCRIBE } from '@vigil/hub-client';
import { SqlPartitionOwners } from '../../src/adapters/sql/sql-partition-owners.js';
import { until } from '../support/until.js';
import { clock, closing, openStore, startHub } from './hub-client-fixture.js';

describe('the credit of a consumer', () => {
  test('does not pile up while events trickle: what it may be sent at once is what it can hold', async () => {
    const hub = await startHub();
    const connection = hub.connectionString('platform');
    const sender = producer(connection, 'vigil', 'test-sender');
    closing.push(() => sender.close());
    const store = new SqlPartitionOwners({ sql: await openStore(), clock }).storeFor('test-reader');
    const reader = consumer('alarms', connection, 'vigil', store, 'test-reader');
    closing.push(() => reader.close());
    const read: number[] = [];
    reader.subscribe(
      {
        processEvents: async (events) => void read.push(...events.map((e) => e.body as number)),
        processError: async () => undefined,
      },
      { ...SUBSCRIBE, startPosition: { offset: '-1' } },
    );
    const count = 120;
    for (let n = 0; n < count; n++) {
      await sender.sendBatch([{ body: n }], { partitionId: '0' });
      await wait(30);
    }
    await until('all events', () => read.length === count, 20_000);
    expect(hub.metrics.sources.credit()).toBeLessThanOrEqual(8 * SUBSCRIBE.prefetchCount!);
  });
});
