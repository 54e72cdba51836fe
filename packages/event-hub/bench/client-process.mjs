/**
 * A producer or consumer in a process of its own, with the unmodified official client. Jobs come over IPC one after the
 * other; each answer carries the processor time that the job took here.
 */
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { eventOf } from './events.mjs';
import { quantiles } from './lib.mjs';

const HUB = 'vigil';
const PARTITIONS = 8;
/** What readers of a backlog should ask for: more in one call than the default of one event, and some in advance. */
const READ = { maxBatchSize: 500, prefetchCount: 1500, maxWaitTimeInSeconds: 30 };

let producer;

/** Sends `events` in batches, `inFlight` of them at once, to the partitions in turn. */
async function produce({ connection, events, bytes, batch, inFlight, perSecond = 0, stamp = false }) {
  producer ??= new EventHubProducerClient(connection, HUB);
  await Promise.all(
    Array.from({ length: PARTITIONS }, (_, id) => producer.sendBatch([eventOf(bytes)], { partitionId: `${id}` })),
  );
  const ackMs = [];
  let taken = 0;
  let lastTurn = 0;
  const startMs = performance.now();
  const lane = async () => {
    while (taken < events) {
      const count = Math.min(batch, events - taken);
      const earlyMs = perSecond === 0 ? 0 : startMs + (taken / perSecond) * 1000 - performance.now();
      taken += count;
      if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
      const body = Array.from({ length: count }, () => eventOf(bytes));
      if (stamp) for (const event of body) event.properties = { sentMs: Date.now() };
      const atMs = performance.now();
      await producer.sendBatch(body, { partitionId: `${lastTurn++ % PARTITIONS}` });
      ackMs.push(performance.now() - atMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { seconds: (performance.now() - startMs) / 1000, ackMs: quantiles(ackMs) };
}

/** Reads until `events` have come, from the start or, with `live`, only new ones. The time runs from the first event on. */
async function consume({ connection, group, events, live = false }) {
  const client = new EventHubConsumerClient(group, connection, HUB);
  const delaysMs = [];
  let got = 0;
  let firstMs = null;
  let first = 0;
  const done = Promise.withResolvers();
  const handlers = {
    processEvents: async (batch) => {
      if (batch.length === 0) return;
      if (firstMs === null) [firstMs, first] = [performance.now(), batch.length];
      got += batch.length;
      const nowMs = Date.now();
      for (const { properties } of batch) if (properties?.sentMs !== undefined) delaysMs.push(nowMs - properties.sentMs);
      if (got >= events) done.resolve(performance.now());
    },
    processError: async (error) => done.reject(error),
  };
  const startPosition = live ? { offset: '@latest' } : { offset: '-1' };
  const subscription = client.subscribe(handlers, { ...READ, startPosition });
  if (live) setTimeout(() => process.send({ listening: true }), 2000);
  const endMs = await done.promise;
  // What is still on its way comes into no closed receiver.
  setTimeout(() => void subscription.close().then(() => client.close()), 100);
  return { seconds: (endMs - firstMs) / 1000, counted: got - first, delayMs: quantiles(delaysMs) };
}

process.on('message', async ({ job, ...options }) => {
  const before = process.cpuUsage();
  const result = await (job === 'produce' ? produce(options) : consume(options));
  const { user, system } = process.cpuUsage(before);
  process.send({ result: { ...result, cpuUs: user + system } });
});
process.once('disconnect', () => process.exit(0));
process.send({ ready: true });
