import { FakeClock } from '@vigil/clock';
import { admission, eventLogContract, KeepingReader } from '../../../test/contract/event-log.contract.js';
import { openTestStores } from '../../../test/contract/sql-fixture.js';
import type { Malformed } from '../../ports/event-log.js';
import { MemoryEventLog } from './memory-event-log.js';

describe('MemoryEventLog', () =>
  eventLogContract(() => {
    const clock = new FakeClock();
    const log = new MemoryEventLog({ clock });
    return Promise.resolve({
      log,
      breakDown: () => Promise.resolve(log.setDown(true)),
      pass: () => clock.advance(100),
      end: () => log.close(),
    });
  }));

test('readers of one group share the partitions, and whoever stays takes over from whoever goes', async () => {
  const log = new MemoryEventLog({ clock: new FakeClock() });
  const [one, two] = [new KeepingReader(), new KeepingReader()];
  const first = await log.subscribe('alarms', 'checkpoint', one);
  await log.settled();
  await log.subscribe('alarms', 'checkpoint', two);
  await log.settled();
  expect([one.opened, one.closed, two.opened]).toEqual([
    [0, 1, 2, 3],
    [1, 3],
    [1, 3],
  ]);
  await first.stop();
  await log.settled();
  await log.appendToEveryPartition(admission(1));
  await log.settled();
  expect(two.read_.map((l) => l.partition).sort()).toEqual([0, 1, 2, 3]);
  expect(one.ids).toEqual([]);
  await log.close();
});

test('an idle partition shows a sign of life each second', async () => {
  const clock = new FakeClock();
  const log = new MemoryEventLog({ clock, partitions: 1 });
  const reader = new KeepingReader();
  const subscription = await log.subscribe('alarms', 'checkpoint', reader);
  await log.settled();
  const before = reader.emptyReads;
  await clock.advance(3_000);
  expect(reader.emptyReads).toBe(before + 3);
  expect(subscription.health().partitions.get(0)?.lastReadWallMs).toBe(clock.wallMs());
  await log.close();
});

test('what is no event of ours is handed over as malformed, in its place', async () => {
  const log = new MemoryEventLog({ clock: new FakeClock(), partitions: 1 });
  const seen: (readonly Malformed[])[] = [];
  const reader = Object.assign(new KeepingReader(), {
    read: (_: number, __: unknown, malformed: readonly Malformed[]) => Promise.resolve(void seen.push(malformed)),
  });
  await log.append([admission(1)]);
  log.appendRaw(0, { ...admission(2), bedId: 7 });
  log.appendRaw(0, admission(3));
  await log.subscribe('alarms', 'checkpoint', reader);
  await log.settled();
  expect(seen.flat()).toMatchObject([{ offset: '@1', sequence: 1, reason: 'invalid-event', path: 'bedId', body: { bedId: 7 } }]);
  await log.close();
});

test('with an owner store it claims its partitions, goes on where the store says, and gives them up', async () => {
  const stores = await openTestStores();
  const { clock, partitionOwners } = stores;
  const store = partitionOwners.storeFor('reader-1');
  const owners = { store, ownerId: 'reader-1', namespace: 'memory', hub: 'vigil' };
  const log = new MemoryEventLog({ clock, partitions: 1, owners });
  await log.append([admission(1), admission(2)]);
  const reader = new KeepingReader();
  const subscription = await log.subscribe('alarms', 'checkpoint', reader);
  await log.settled();
  expect(await store.listOwnership('memory', 'vigil', 'alarms')).toMatchObject([{ ownerId: 'reader-1' }]);
  const { offset, sequence } = reader.read_[0]!;
  const id = { fullyQualifiedNamespace: 'memory', eventHubName: 'vigil', consumerGroup: 'alarms', partitionId: '0' };
  await store.updateCheckpoint({ ...id, offset, sequenceNumber: sequence });
  await subscription.stop();
  expect(await store.listOwnership('memory', 'vigil', 'alarms')).toMatchObject([{ ownerId: '' }]);
  const again = new KeepingReader();
  await log.subscribe('alarms', 'checkpoint', again);
  await log.settled();
  expect(again.ids).toEqual(['admit/enc-2']);
  await log.close();
  await stores.end();
});
