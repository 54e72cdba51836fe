import type { CheckpointStore } from '@azure/event-hubs';
import { consumer, producer, RETRY, SUBSCRIBE } from './policy.js';

const CONNECTION = 'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true';

test('a producer is made for the hub under its identifier, and nothing connects yet', async () => {
  const client = producer(CONNECTION, 'vigil', 'gateway-1');
  expect([client.eventHubName, client.identifier]).toEqual(['vigil', 'gateway-1']);
  await client.close();
});

test('a consumer is made under its identifier, and nothing connects yet', async () => {
  const none = async (): Promise<never[]> => [];
  const store: CheckpointStore = {
    listOwnership: none,
    claimOwnership: none,
    listCheckpoints: none,
    updateCheckpoint: async () => undefined,
  };
  const client = consumer('alarms', CONNECTION, 'vigil', store, 'platform-1');
  expect([client.eventHubName, client.identifier]).toEqual(['vigil', 'platform-1']);
  await client.close();
});

test('the retries are short, and batches are never of one', () => {
  expect((RETRY.maxRetries! + 1) ** 2 * RETRY.timeoutInMs!).toBeLessThanOrEqual(20_000);
  expect(SUBSCRIBE.maxBatchSize).toBeGreaterThanOrEqual(100);
  expect(SUBSCRIBE.maxWaitTimeInSeconds).toBeGreaterThanOrEqual(1);
  expect(SUBSCRIBE.maxWaitTimeInSeconds).toBeLessThanOrEqual(5);
});
