/** What goes wrong between the platform and its log, with the real client, a real hub and real ownership rows. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { producer, SUBSCRIBE } from '@vigil/hub-client';
import type { Located } from '../../src/ports/event-log.js';
import { SqlPartitionOwners } from '../../src/adapters/sql/sql-partition-owners.js';
import type { Sql } from '../../src/adapters/sql/sql.js';
import { startHubProxy } from '../support/hub-proxy.js';
import { until } from '../support/until.js';
import { admission, KeepingReader } from './event-log.contract.js';
import { clock, closing, newFolder, openLog, openStore, sideBySide, startHub, TEST_MS_MAX } from './hub-client-fixture.js';

/** Each bed is a key; eight beds are on more than one of the eight partitions. */
const beds = Array.from({ length: 8 }, (_, n) => `icu-${n}`);
const counting = (reader: KeepingReader, n: number) => () => new Set(reader.ids).size >= n;

/** A reader that knows where it stands, partition by partition. */
function positioned(): KeepingReader {
  const reader: KeepingReader = Object.assign(new KeepingReader(), {
    position: (partition: number) => Promise.resolve(reader.read_.findLast((l) => l.partition === partition)?.offset ?? null),
  });
  return reader;
}

sideBySide({
  'a connection that is half open': {
    'is made anew though the client still calls the reader with nothing; no event is lost and none is read twice': async () => {
      const hub = await startHub();
      const proxy = await startHubProxy(hub.port);
      closing.push(() => proxy.stop());
      const { log, trouble } = openLog(proxy.through(hub.connectionString('platform')), await openStore(), 'half-open');
      const reader = positioned();
      await log.append([admission(1)]);
      const sending = proxy.count;
      const subscription = await log.subscribe('history', 'checkpoint', reader);
      await until('the first event', counting(reader, 1), 20_000);
      await until('a sign of life of every other partition', () => reader.emptyReads >= 7, 20_000);
      // From here on the hub's bytes do not reach the reader's connection; the sender's own is as it was.
      proxy.swallow((index) => index >= sending);
      await log.append([admission(2), admission(3)]);
      await until('the events behind the break', counting(reader, 3), 45_000);
      expect(reader.ids).toEqual(['admit/enc-1', 'admit/enc-2', 'admit/enc-3']);
      expect(trouble.some((t) => t.includes('partition-stalled-deaf'))).toBe(true);
      expect(subscription.health()).toMatchObject({ resubscribed: 1, missed: 0, isAnotherLog: false });
      expect(reader.overlapped).toBe(false);
    },
  },

  'two processes': {
    'share the partitions while a handler is busy: each changes hands once, not to and fro': async () => {
      const hub = await startHub();
      const sql = await openStore();
      const one = openLog(hub.connectionString('platform'), sql, 'process-1');
      const two = openLog(hub.connectionString('platform'), sql, 'process-2');
      const positions = new Map<number, string>();
      const busyReader = (): KeepingReader => {
        const reader = Object.assign(new KeepingReader(), {
          position: (partition: number) => Promise.resolve(positions.get(partition) ?? null),
          async read(partition: number, batch: readonly Located[]) {
            if (batch.length > 0) await clock.sleep(2_500);
            await KeepingReader.prototype.read.call(reader, partition, batch);
            const last = batch.at(-1);
            if (last !== undefined) positions.set(partition, last.offset);
          },
        });
        return reader;
      };
      const [first, second] = [busyReader(), busyReader()];
      await one.log.subscribe('history', 'checkpoint', first);
      await until('one owns all', () => first.opened.length === 8, 20_000);
      let n = 0;
      let isSending = true;
      const sending = (async () => {
        for (; isSending; await clock.sleep(100)) await one.log.append(beds.map((bed) => admission(++n, bed)));
      })();
      await two.log.subscribe('history', 'checkpoint', second);
      await until('two owns half', () => second.opened.length - second.closed.length >= 4, 40_000);
      await clock.sleep(12_000);
      isSending = false;
      await sending;
      await until('all events', () => new Set([...first.ids, ...second.ids]).size === n, 30_000);
      // Eight to begin with, and each of four once more at the most; a ping-pong opens a partition every few seconds.
      expect(first.opened.length + second.opened.length).toBeLessThanOrEqual(16);
      expect(second.opened.length - second.closed.length).toBe(4);
      const twice = first.ids.length + second.ids.length - n;
      expect(twice).toBeLessThan(n / 2);
    },
  },

  'a hub that was away': {
    'is read again within seconds of its return, also when the loop had asked it meanwhile': async () => {
      const dataDir = newFolder();
      const hub = await startHub({ dataDir });
      const { log } = openLog(hub.connectionString('platform'), await openStore(), 'outage');
      const reader = positioned();
      await log.subscribe('history', 'checkpoint', reader);
      await log.append([admission(1)]);
      await until('the first event', counting(reader, 1), 20_000);
      await hub.stop();
      await clock.sleep(12_000);
      await startHub({ dataDir, port: hub.port });
      await until('the log takes events', () => log.append([admission(2)]).then(() => true), 20_000);
      await until('the next event', counting(reader, 2), 25_000);
    },
  },
});

describe('a log that is another one', () => {
  /** Reads three events of one bed and commits the position, as the alarm consumer does. */
  async function readThree(connection: string, sql: Sql) {
    const { log, trouble } = openLog(connection, sql, 'another-log');
    const reader = new KeepingReader();
    const subscription = await log.subscribe('alarms', 'checkpoint', reader);
    for (const n of [1, 2, 3]) await log.append([admission(n)]);
    await until('three events', counting(reader, 3), 20_000);
    const { partition, offset, sequence } = reader.read_.at(-1)!;
    await new SqlPartitionOwners({ sql, clock }).storeFor('another-log').updateCheckpoint({
      fullyQualifiedNamespace: log.namespace,
      eventHubName: 'vigil',
      consumerGroup: 'alarms',
      partitionId: String(partition),
      offset,
      sequenceNumber: sequence,
    });
    return { log, trouble, reader, subscription };
  }

  test('because it was wiped while it was being read ends the subscription, loudly, and nothing is read', async () => {
    const dataDir = newFolder();
    const hub = await startHub({ dataDir });
    const { subscription, trouble, log, reader } = await readThree(hub.connectionString('platform'), await openStore());
    await hub.stop();
    for (const folder of ['hubs', 'vigil']) rmSync(join(dataDir, folder), { recursive: true, force: true });
    await startHub({ dataDir, port: hub.port });
    await until('another log', () => subscription.health().isAnotherLog, 30_000);
    expect(trouble.some((t) => t.includes('another-log'))).toBe(true);
    await log.append([admission(4)]).catch(() => undefined);
    await clock.sleep(4_000);
    expect(reader.ids).not.toContain('admit/enc-4');
    expect(subscription.health().partitions.size).toBe(0);
  });

  test('because an older copy was put back ends the subscription at the next start', async () => {
    const dataDir = newFolder();
    const copy = newFolder();
    const before = await startHub({ dataDir });
    await before.stop();
    cpSync(dataDir, copy, { recursive: true });
    const sql = await openStore();
    const hub = await startHub({ dataDir, port: before.port });
    const { log } = await readThree(hub.connectionString('platform'), sql);
    await log.close();
    await hub.stop();
    await startHub({ dataDir: copy, port: before.port });
    const again = openLog(hub.connectionString('platform'), sql, 'another-start');
    const reader = new KeepingReader();
    await new SqlPartitionOwners({ sql, clock }).releaseDead();
    const subscription = await again.log.subscribe('alarms', 'checkpoint', reader);
    await until('another log', () => subscription.health().isAnotherLog, 30_000);
    expect([reader.ids, again.trouble.some((t) => t.includes('another-log'))]).toEqual([[], true]);
  });
});

describe('a log that forgot', () => {
  test('what was removed before it was read is counted, and the rest is read', async () => {
    const small = { ageMs: 3_600_000, bytes: 1024 * 1024 };
    const hubs = [{ name: 'vigil', partitions: 1, consumerGroups: ['alarms'], retention: small }];
    const dataDir = newFolder();
    const hub = await startHub({ dataDir, hubs });
    const sql = await openStore();
    const { log, trouble } = openLog(hub.connectionString('platform'), sql, 'forgot');
    const store = new SqlPartitionOwners({ sql, clock }).storeFor('forgot');
    const id = { fullyQualifiedNamespace: log.namespace, eventHubName: 'vigil', consumerGroup: 'alarms', partitionId: '0' };
    await store.claimOwnership([{ ...id, ownerId: 'forgot' }]);
    await store.updateCheckpoint({ ...id, offset: '2', sequenceNumber: 2 });
    await new SqlPartitionOwners({ sql, clock }).releaseDead();
    const sender = producer(hub.connectionString('platform'), 'vigil', 'sender');
    closing.push(() => sender.close());
    const filler = Array.from({ length: 1_000 }, () => ({ body: admission(1, 'icu-1') }));
    for (let round = 0; round < 20; round++) await sender.sendBatch(filler);
    // Retention looks when the hub starts, and each minute after that.
    await hub.stop();
    await startHub({ dataDir, port: hub.port, hubs });
    const begin = async (): Promise<number> => (await sender.getPartitionProperties('0')).beginningSequenceNumber;
    await until('the oldest are gone', async () => (await begin()) > 3, 30_000);
    const first = await begin();
    const reader = new KeepingReader();
    const subscription = await log.subscribe('alarms', 'checkpoint', reader);
    await until('the rest', () => reader.read_.length > 0, 20_000);
    const { sequence } = reader.read_[0]!;
    expect(sequence).toBeGreaterThanOrEqual(first);
    expect(subscription.health().missed).toBe(sequence - 3);
    expect(trouble).toEqual([`alarms 0 events-missed ${sequence - 3}`]);
  });
});

describe('failures', () => {
  test('a wrong key and a dead hub surface within seconds, as an outage and with what is wrong', async () => {
    const hub = await startHub();
    const sql = await openStore();
    const wrong = openLog(
      hub.connectionString('platform').replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=wrong'),
      sql,
      'wrong-key',
    );
    // With the client's own retries each would take a minute and a half, and both longer than the test may.
    await expect(wrong.log.append([admission(1)])).rejects.toMatchObject({ code: 'log-unavailable', retryable: true });
    await hub.stop();
    const dead = openLog(hub.connectionString('platform'), sql, 'dead-hub');
    await expect(dead.log.append([admission(1)])).rejects.toMatchObject({ code: 'log-unavailable', retryable: true });
    expect([wrong.trouble, dead.trouble]).toEqual([['log-refused'], ['log-away']]);
  });
});

test('an event that comes alone is read before the client’s longest wait for more is over', async () => {
  const hub = await startHub();
  const { log } = openLog(hub.connectionString('platform'), await openStore(), 'single');
  const seenMs = new Map<string, number>();
  const reader = Object.assign(new KeepingReader(), {
    read: (_partition: number, batch: readonly Located[]) => {
      for (const { event } of batch) seenMs.set(event.id, performance.now());
      return Promise.resolve();
    },
  });
  await log.subscribe('history', 'checkpoint', reader);
  await log.append([admission(0)]);
  await until('the first event', () => seenMs.size === 1, 20_000);
  const tookMs: number[] = [];
  // A wait for each would add up to more than the test may take.
  const count = 50;
  expect(count * SUBSCRIBE.maxWaitTimeInSeconds! * 1000).toBeGreaterThan(TEST_MS_MAX);
  for (let n = 1; n <= count; n++) {
    const sentMs = performance.now();
    await log.append([admission(n, beds[n % 8])]);
    await until('the event', () => seenMs.has(`admit/enc-${n}`), 20_000);
    tookMs.push(seenMs.get(`admit/enc-${n}`)! - sentMs);
  }
  tookMs.sort((a, b) => a - b);
  process.stdout.write(`single event, sent to read: p50 ${tookMs[25]!.toFixed(0)} ms, longest ${tookMs[49]!.toFixed(0)} ms\n`);
});
