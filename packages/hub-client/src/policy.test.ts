import { createServer, type AddressInfo } from 'node:net';
import type { FencedCheckpointStore } from './fenced-store.js';
import {
  consumer,
  LOAD_BALANCING,
  producer,
  RETRY,
  STALLED_AFTER_MS,
  SUBSCRIBE,
  SUBSCRIBE_COMMITTING,
  unsharedConsumer,
} from './policy.js';

const CONNECTION = 'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true';

const none = async (): Promise<never[]> => [];
const STORE: FencedCheckpointStore = {
  fenced: true,
  listOwnership: none,
  claimOwnership: none,
  listCheckpoints: none,
  updateCheckpoint: async () => undefined,
};

test('a producer is made for the hub under its identifier, and nothing connects yet', async () => {
  const client = producer(CONNECTION, 'vigil', 'gateway-1');
  expect([client.eventHubName, client.identifier]).toEqual(['vigil', 'gateway-1']);
  await client.close();
});

test('a consumer is made under its identifier, and nothing connects yet', async () => {
  const client = consumer('alarms', CONNECTION, 'vigil', STORE, 'platform-1');
  expect([client.eventHubName, client.identifier]).toEqual(['vigil', 'platform-1']);
  await client.close();
});

test('the retries are short, and batches are never of one', () => {
  expect((RETRY.maxRetries! + 1) ** 2 * RETRY.timeoutInMs!).toBeLessThanOrEqual(20_000);
  expect(SUBSCRIBE.maxBatchSize).toBeGreaterThanOrEqual(100);
  expect(SUBSCRIBE.maxWaitTimeInSeconds).toBeGreaterThanOrEqual(1);
  expect(SUBSCRIBE.maxWaitTimeInSeconds).toBeLessThanOrEqual(5);
});

test('who commits each batch takes more at once while it is behind, and waits no longer', () => {
  expect(SUBSCRIBE_COMMITTING.maxBatchSize).toBeGreaterThanOrEqual(1_000);
  expect(SUBSCRIBE_COMMITTING.prefetchCount).toBeGreaterThanOrEqual(SUBSCRIBE_COMMITTING.maxBatchSize!);
  expect(SUBSCRIBE_COMMITTING.maxWaitTimeInSeconds).toBe(SUBSCRIBE.maxWaitTimeInSeconds);
});

test('how many partitions there are is asked where the answer stands behind no events', async () => {
  const askProperties = () =>
    Promise.resolve({ name: 'vigil', createdOn: new Date(0), partitionIds: ['0', '1'], isGeoDrEnabled: false });
  const shared = consumer('alarms', CONNECTION, 'vigil', STORE, 'platform-1', { askProperties });
  const alone = unsharedConsumer('live', CONNECTION, 'vigil', 'platform-1', { askProperties });
  for (const client of [shared, alone]) {
    expect(await client.getPartitionIds()).toEqual(['0', '1']);
    await client.close();
  }
});

test('a store without a fence is refused, by the compiler and at run time', () => {
  const { fenced: _fenced, ...open } = STORE;
  // @ts-expect-error -- the promise under test: a plain CheckpointStore is not enough
  expect(() => consumer('alarms', CONNECTION, 'vigil', open, 'platform-1')).toThrow('has no fence');
});

test('a partition counts as stalled after three waits, and not before the client has given up by itself', () => {
  expect(STALLED_AFTER_MS).toBeGreaterThanOrEqual(3 * SUBSCRIBE.maxWaitTimeInSeconds! * 1_000);
  expect(STALLED_AFTER_MS).toBeGreaterThanOrEqual((RETRY.maxRetries! + 1) * RETRY.timeoutInMs!);
  expect(STALLED_AFTER_MS).toBeLessThanOrEqual(20_000);
  expect(LOAD_BALANCING.partitionOwnershipExpirationIntervalInMs).toBeGreaterThan(2 * STALLED_AFTER_MS);
});

test.each([
  ['consumer', (connection: string) => consumer('alarms', connection, 'vigil', STORE, 'platform-1')],
  ['consumer of its own', (connection: string) => unsharedConsumer('live', connection, 'vigil', 'platform-1')],
])(
  'a %s asks a hub that is away again within seconds: its partitions do not stand still for the client’s 30 s',
  async (_kind, make) => {
    let asked = 0;
    const away = createServer((socket) => {
      asked += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const client = make(CONNECTION.replace(':1/', `:${(away.address() as AddressInfo).port}/`));
    let errors = 0;
    const twice = new Promise<void>((resolve) => {
      client.subscribe({
        processEvents: async () => undefined,
        processError: async () => {
          errors += 1;
          if (errors === 2) resolve();
        },
      });
    });
    await twice;
    expect(asked).toBeGreaterThanOrEqual(2);
    await client.close();
    await new Promise((resolve) => away.close(resolve));
  },
  15_000,
);
