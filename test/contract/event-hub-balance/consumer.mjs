/**
 * A consumer in a process of its own that shares partitions through a checkpoint store: its parent's, asked over the
 * channel between them. Tells the parent what it owns, what it read and what went wrong; SIGTERM ends it in good order.
 */
import { EventHubConsumerClient } from '@azure/event-hubs';

const { CONNECTION, HUB, GROUP, EXPIRY_MS, INTERVAL_MS } = process.env;
const waiting = new Map();
let asked = 0;

const ask = (method, args) =>
  new Promise((resolve) => {
    waiting.set(++asked, resolve);
    process.send({ kind: 'store', id: asked, method, args });
  });

const store = Object.fromEntries(
  ['listOwnership', 'claimOwnership', 'updateCheckpoint', 'listCheckpoints'].map((method) => [
    method,
    (...args) =>
      ask(
        method,
        args.map((arg) => (Array.isArray(arg) ? arg : typeof arg === 'object' ? { ...arg, abortSignal: undefined } : arg)),
      ),
  ]),
);

const client = new EventHubConsumerClient(GROUP, CONNECTION, HUB, store, {
  retryOptions: { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1000, timeoutInMs: 5000 },
  loadBalancingOptions: {
    strategy: 'balanced',
    updateIntervalInMs: Number(INTERVAL_MS),
    partitionOwnershipExpirationIntervalInMs: Number(EXPIRY_MS),
  },
});

const subscription = client.subscribe(
  {
    processInitialize: async ({ partitionId }) => process.send({ kind: 'owns', partitionId }),
    processClose: async (_reason, { partitionId }) => process.send({ kind: 'leaves', partitionId }),
    processError: async (error) => process.send({ kind: 'error', text: error.code ?? error.message }),
    processEvents: async (events, context) => {
      if (events.length === 0) return;
      // Told before it is settled: a process that is killed in between reads again, and loses nothing.
      process.send({ kind: 'events', partitionId: context.partitionId, bodies: events.map((event) => event.body) });
      await context.updateCheckpoint(events.at(-1));
    },
  },
  { startPosition: { offset: '-1' }, maxBatchSize: 100, maxWaitTimeInSeconds: 30 },
);

process.on('message', ({ id, value }) => {
  waiting.get(id)?.(value);
  waiting.delete(id);
});

process.on('SIGTERM', async () => {
  await subscription.close();
  await client.close();
  process.exit(0);
});
// A parent that is gone needs nobody.
process.on('disconnect', () => process.exit(0));
