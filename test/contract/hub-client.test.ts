/** The policy of packages/hub-client, the real client, a real hub: what the client does wrong by itself stays harmless. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { HubUplink, type LogRecord } from '@vigil/edge-gateway';
import { consumer, partitionOf, producer, sendByKey, SUBSCRIBE, unsharedConsumer } from '@vigil/hub-client';
import { SqlPartitionOwners } from '../../src/adapters/sql/sql-partition-owners.js';
import { startHubProxy } from '../support/hub-proxy.js';
import { until } from '../support/until.js';
import { clock, closing, openStore, sideBySide, startHub } from './hub-client-fixture.js';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

const records = (from: number, to: number, fillerBytes = 400): LogRecord[] =>
  Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return {
      lane: 'numerics',
      key: `bed:icu-${n % 16}`,
      body: Buffer.from(JSON.stringify({ n, filler: 'x'.repeat(fillerBytes) })),
    };
  });

/** Sends as the gateway does: what was not taken goes again, in its old place. */
async function sendAll(uplink: HubUplink, all: readonly LogRecord[]): Promise<{ rounds: number; refused: number }> {
  let left = all;
  let rounds = 0;
  let refused = 0;
  for (; left.length > 0; rounds++) {
    const statuses = await uplink.send(left.slice(0, 2_000));
    refused += statuses.filter((s) => s === 'refused').length;
    const again = left.filter((_, i) => i >= 2_000 || statuses[i] === 'retry');
    if (again.length > Math.max(0, left.length - 2_000)) await wait(250);
    left = again;
  }
  return { rounds, refused };
}

/** At least once: waits until each of so many numbers was there. */
async function readAll(connection: string, count: number): Promise<Map<string, number[]>> {
  const reader = unsharedConsumer('live', connection, 'vigil', 'test-reader');
  closing.push(() => reader.close());
  const byKey = new Map<string, number[]>();
  const read = new Set<number>();
  reader.subscribe(
    {
      processEvents: async (events) => {
        for (const { body } of events) {
          const { n } = body as { n: number };
          byKey.set(`bed:icu-${n % 16}`, [...(byKey.get(`bed:icu-${n % 16}`) ?? []), n]);
          read.add(n);
        }
      },
      processError: async () => undefined,
    },
    { ...SUBSCRIBE, startPosition: { offset: '-1' } },
  );
  await until('all events', () => read.size >= count, 30_000);
  return byKey;
}

sideBySide({
  'the credit of a consumer': {
    'does not pile up while events trickle: what it may be sent at once is what it can hold': async () => {
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
    },
  },
  'the gateway': {
    'waits for a hub that throttles: nothing is lost, and the order of each bed is kept': async () => {
      const hub = await startHub({ limits: { throughputUnits: 1 } });
      const warnings: unknown[] = [];
      const log = { ...SILENT, warn: (fields: object) => warnings.push(fields) };
      const settings = { connectionString: hub.connectionString('gateway'), hubName: 'vigil', identifier: 'throttled' };
      const uplink = new HubUplink(settings, clock, log);
      closing.push(() => uplink.close());
      const startedMs = performance.now();
      // Three times what the hub takes in a second, in few records, so that a slow machine meets the throttle too.
      const { rounds, refused } = await sendAll(uplink, records(0, 800, 4_000));
      process.stdout.write(
        `3.2 MB at 1 MB a second: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${rounds} rounds\n`,
      );
      expect(refused).toBe(0);
      expect(warnings).toContainEqual({ code: 'log-busy' });
      const byKey = await readAll(hub.connectionString('platform'), 800);
      for (const numbers of byKey.values()) {
        const firsts = [...new Set(numbers)];
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
        expect(firsts).toHaveLength(50);
      }
    },

    'goes on within seconds on a new connection when the old one is half open': async () => {
      const hub = await startHub();
      const proxy = await startHubProxy(hub.port);
      closing.push(() => proxy.stop());
      const settings = {
        connectionString: proxy.through(hub.connectionString('gateway')),
        hubName: 'vigil',
        identifier: 'half-open',
      };
      const uplink = new HubUplink(settings, clock, SILENT);
      closing.push(() => uplink.close());
      await sendAll(uplink, records(0, 100));
      const before = proxy.count;
      proxy.swallow(() => true);
      const startedMs = performance.now();
      await sendAll(uplink, records(100, 200));
      const tookMs = performance.now() - startedMs;
      process.stdout.write(`half-open connection of a gateway: ${(tookMs / 1_000).toFixed(1)} s\n`);
      expect(proxy.count).toBe(before + 1);
      const byKey = await readAll(hub.connectionString('platform'), 200);
      // The answers were swallowed, not the events: what was tried on the old connection is there twice.
      expect(new Set([...byKey.values()].flat()).size).toBe(200);
    },

    'keeps answering in bounded time when the hub takes connections and says nothing': async () => {
      const sockets: Socket[] = [];
      const mute = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      closing.push(() => {
        mute.close();
        for (const socket of sockets) socket.destroy();
      });
      const endpoint = `Endpoint=sb://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
      const connectionString = `${endpoint};SharedAccessKeyName=gateway;SharedAccessKey=x;UseDevelopmentEmulator=true`;
      const uplink = new HubUplink({ connectionString, hubName: 'vigil', identifier: 'mute' }, clock, SILENT);
      closing.push(() => uplink.close());
      // The client by itself would try for longer than the test may take.
      const startedMs = performance.now();
      expect(new Set(await uplink.send(records(0, 50)))).toEqual(new Set(['retry']));
      const tookMs = performance.now() - startedMs;
      process.stdout.write(`a hub that says nothing: answered after ${(tookMs / 1_000).toFixed(1)} s\n`);
    },
  },
});

test('a keyed event and a buffered one end where the policy sends the events of that key', async () => {
  const hub = await startHub();
  const connection = hub.connectionString('platform');
  const sender = producer(connection, 'vigil', 'test-sender');
  closing.push(() => sender.close());
  const buffered = new EventHubBufferedProducerClient(connection, 'vigil', { onSendEventsErrorHandler: async () => undefined });
  closing.push(() => buffered.close());
  const keys = ['bed:icu-1', 'bed:icu-2', 'gateway:gw-1', 'wörld', 'a'];
  for (const key of keys) {
    await sendByKey(sender, [{ key, body: { key, way: 'policy' } }]);
    await sender.sendBatch([{ body: { key, way: 'keyed' } }], { partitionKey: key });
    await buffered.enqueueEvent({ body: { key, way: 'buffered' } }, { partitionKey: key });
  }
  await buffered.flush();
  const reader = unsharedConsumer('live', connection, 'vigil', 'test-reader');
  closing.push(() => reader.close());
  const found: string[] = [];
  reader.subscribe(
    {
      processEvents: async (events, { partitionId }) => {
        for (const { body } of events) found.push(`${(body as { key: string }).key} ${partitionId}`);
      },
      processError: async () => undefined,
    },
    { ...SUBSCRIBE, startPosition: { offset: '-1' } },
  );
  await until('all events', () => found.length === 3 * keys.length, 20_000);
  expect(new Set(found)).toEqual(new Set(keys.map((key) => `${key} ${partitionOf(key, 8)}`)));
});
