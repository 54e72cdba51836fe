import type { PartitionContext, ReceivedEventData, SubscriptionEventHandlers } from '@azure/event-hubs';
import { FakeClock } from '@vigil/clock';
import { LOOP_DEAD_AFTER_MS, STALLED_AFTER_MS } from '@vigil/hub-client';
import { admission, KeepingReader } from '../../../test/contract/event-log.contract.js';
import type { Ownership, OwnerStore, ReadPosition } from '../../ports/partition-owners.js';
import { DecodedEvents } from './decoded-events.js';
import { BUSY_REPORT_AFTER_MS, type ConsumerClient, HubSubscription } from './hub-subscription.js';

const OWNER = 'platform-1';
const ID = { fullyQualifiedNamespace: 'hub', eventHubName: 'vigil', consumerGroup: 'alarms' };

/** One client as the subscription made it; the test plays the client's part. */
class FakeClient implements ConsumerClient {
  handlers!: SubscriptionEventHandlers;
  closed = 0;

  constructor(
    readonly store: OwnerStore,
    readonly turnLoop: () => void,
  ) {}

  subscribe(handlers: SubscriptionEventHandlers): { close(): Promise<void> } {
    this.handlers = handlers;
    return { close: () => Promise.resolve() };
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  /** Takes the partition as the client does: its position first, then the reader. */
  async take(partition: number): Promise<void> {
    await this.store.listCheckpoints('hub', 'vigil', 'alarms');
    await this.handlers.processInitialize!(context(partition));
  }

  deliver(partition: number, ...sequences: number[]): Promise<void> {
    return this.handlers.processEvents(sequences.map(received), context(partition));
  }

  fail(partition: number, error: Error): Promise<void> {
    return this.handlers.processError(error, context(partition));
  }
}

const context = (partition: number) => ({ partitionId: String(partition), ...ID }) as unknown as PartitionContext;
const received = (n: number) =>
  ({ body: admission(n), offset: `o${n}`, sequenceNumber: n, enqueuedTimeUtc: new Date(n) }) as unknown as ReceivedEventData;

/** Everything is owned by us; partition 0 stands at sequence 9. */
class FakeStore implements OwnerStore {
  readonly fenced = true;
  readonly claims: Ownership[] = [];
  readonly updates: ReadPosition[] = [];

  listOwnership(): Promise<Ownership[]> {
    return Promise.resolve(['0', '1'].map((partitionId) => ({ ...ID, partitionId, ownerId: OWNER })));
  }

  claimOwnership(rows: Ownership[]): Promise<Ownership[]> {
    this.claims.push(...rows);
    return Promise.resolve(rows);
  }

  updateCheckpoint(row: ReadPosition): Promise<void> {
    this.updates.push(row);
    return Promise.resolve();
  }

  listCheckpoints(): Promise<ReadPosition[]> {
    return Promise.resolve([{ ...ID, partitionId: '0', offset: 'o9', sequenceNumber: 9 }]);
  }
}

function setUp(start: 'checkpoint' | 'latest' = 'checkpoint') {
  const clock = new FakeClock(1_000_000);
  const clients: FakeClient[] = [];
  const trouble: string[] = [];
  const reader = new KeepingReader();
  const store = new FakeStore();
  const subscription = new HubSubscription({
    start,
    reader,
    decoded: new DecodedEvents(),
    turn: () => Promise.resolve(),
    clock,
    ownerId: OWNER,
    partitionCount: 2,
    store,
    connect: (shown, onLoop) => {
      const client = new FakeClient(shown, onLoop);
      clients.push(client);
      return client;
    },
    onTrouble: (partition, code, count) => trouble.push([code, partition, count].filter((x) => x !== undefined).join(' ')),
  });
  /** Wall time goes by; the newest client's loop turns and its partitions get empty calls, as on an idle log. */
  const idle = async (ms: number, partitions: readonly number[] = []): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      await clock.advance(Math.min(1_000, left));
      clients.at(-1)!.turnLoop();
      for (const partition of partitions) await clients.at(-1)!.deliver(partition);
    }
  };
  const looked = (lastSequence: number, beginSequence = 0): void => {
    subscription.looked([{ partition: 0, beginSequence, lastSequence }], clock.wallMs());
  };
  return { clock, clients, trouble, reader, store, subscription, idle, looked };
}

describe('a partition that stands still', () => {
  test('whose pump hangs is subscribed to anew: its reader is closed, then opened again, and the old client is closed', async () => {
    const { clients, reader, trouble, idle, subscription } = setUp();
    await clients[0]!.take(0);
    await idle(STALLED_AFTER_MS + 1_000);
    expect(trouble).toEqual(['partition-stalled-silent 0']);
    expect(clients).toHaveLength(2);
    await clients[1]!.take(0);
    expect([reader.closed, reader.opened, clients[0]!.closed]).toEqual([[0], [0, 0], 1]);
    expect(subscription.health()).toMatchObject({ resubscribed: 1 });
  });

  test('which gets empty calls only, while the hub has events for it, is subscribed to anew', async () => {
    const { clients, trouble, idle, looked } = setUp();
    await clients[0]!.take(0);
    looked(9);
    await idle(5_000, [0]);
    looked(12);
    await idle(STALLED_AFTER_MS, [0]);
    expect(clients).toHaveLength(1);
    await idle(2_000);
    expect(trouble).toEqual(['partition-stalled-deaf 0']);
    expect(clients).toHaveLength(2);
  });

  test('is left alone while its reader works, however long; that it does is said once', async () => {
    const { clients, reader, trouble, idle, subscription } = setUp();
    await clients[0]!.take(0);
    let release: () => void = () => undefined;
    reader.held = new Promise((resolve) => (release = resolve));
    const busy = clients[0]!.deliver(0, 10);
    await idle(3 * BUSY_REPORT_AFTER_MS);
    expect(trouble).toEqual(['reader-busy 0']);
    expect(clients).toHaveLength(1);
    release();
    await busy;
    expect(subscription.health().partitions.get(0)).toMatchObject({ busySinceWallMs: null });
  });

  test('again and again is subscribed to ever more rarely', async () => {
    const { clients, clock } = setUp();
    const atS: number[] = [];
    const taken = new Set<FakeClient>();
    for (let s = 1; s <= 600; s++) {
      const before = clients.length;
      if (taken.size < before) await clients.at(-1)!.take(0);
      taken.add(clients.at(-1)!);
      // The loop turns, and nothing else: each new pump hangs like the one before.
      clients.at(-1)!.turnLoop();
      await clock.advance(1_000);
      if (clients.length > before) atS.push(s);
    }
    expect(atS.length).toBeLessThanOrEqual(6);
    expect(atS.length).toBeGreaterThanOrEqual(4);
    const gaps = atS.slice(1).map((s, i) => s - atS[i]!);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
  });

  test('a loop that has stopped taking partitions is started anew, though no partition is read here', async () => {
    const { clients, trouble, clock } = setUp();
    await clock.advance(LOOP_DEAD_AFTER_MS + 1_000);
    expect(trouble).toEqual(['partition-loop-dead ']);
    expect(clients).toHaveLength(2);
  });

  test('also where the wall clock was set back meanwhile', async () => {
    const { clients, clock } = setUp();
    // Timers go on as before.
    const wallMs = clock.wallMs.bind(clock);
    clock.wallMs = () => wallMs() - 3_600_000;
    await clock.advance(LOOP_DEAD_AFTER_MS + 2_000);
    expect(clients).toHaveLength(2);
  });
});

describe('the client that was replaced', () => {
  test('reaches no reader any more, owns nothing, and gives up nothing that its follower has taken', async () => {
    const { clients, reader, store, idle } = setUp();
    const [old] = clients;
    await old!.take(0);
    await idle(STALLED_AFTER_MS + 1_000);
    await clients[1]!.take(0);
    await expect(old!.deliver(0, 10)).rejects.toMatchObject({ retryable: false });
    expect(await old!.store.listOwnership('hub', 'vigil', 'alarms')).toEqual([]);
    expect(await old!.store.claimOwnership([{ ...ID, partitionId: '0', ownerId: '' }])).toEqual([]);
    await expect(old!.store.updateCheckpoint({ ...ID, partitionId: '0', offset: 'o1', sequenceNumber: 1 })).rejects.toMatchObject(
      { code: 'ownership-lost' },
    );
    await old!.handlers.processClose!('Shutdown' as never, context(0));
    expect([store.claims, store.updates, reader.ids, reader.closed]).toEqual([[], [], [], [0]]);
  });

  test('may be busy with another partition: that one is opened anew only when the old call has ended', async () => {
    const { clients, reader, idle } = setUp();
    await clients[0]!.take(0);
    await clients[0]!.take(1);
    let release: () => void = () => undefined;
    reader.held = new Promise((resolve) => (release = resolve));
    const busy = clients[0]!.deliver(1, 5);
    await idle(STALLED_AFTER_MS + 1_000);
    expect(clients).toHaveLength(2);
    const taken = clients[1]!.take(1);
    await idle(1_000);
    expect(reader.opened).toEqual([0, 1]);
    release();
    await busy;
    await taken;
    expect([reader.opened, reader.closed, reader.overlapped]).toEqual([[0, 1, 1], [0, 1], false]);
  });
});

describe('events that are gone', () => {
  test('before the first one read are counted from the stored position', async () => {
    const { clients, trouble, subscription } = setUp();
    await clients[0]!.take(0);
    await clients[0]!.deliver(0, 14, 15);
    await clients[0]!.deliver(0, 16);
    expect(trouble).toEqual(['events-missed 0 4']);
    expect(subscription.health().missed).toBe(4);
  });

  test('are noticed on a partition to which nothing more comes', async () => {
    const { clients, trouble, idle, looked } = setUp();
    await clients[0]!.take(0);
    for (let look = 0; look < 4; look++) {
      await idle(3_000, [0]);
      looked(29, 30);
    }
    expect(trouble).toEqual(['events-missed 0 20']);
  });
});

describe('another log', () => {
  const position = Object.assign(new Error('the supplied offset is invalid'), { code: 'ArgumentError' });

  test('a hub that ends before the position refuses it: the subscription ends, and says so, instead of trying for ever', async () => {
    const { clients, reader, trouble, subscription, idle } = setUp();
    await clients[0]!.take(0);
    await clients[0]!.fail(0, position);
    expect(trouble).toEqual(['log-position 0', 'another-log 0']);
    expect(subscription.health().isAnotherLog).toBe(true);
    await idle(120_000);
    expect([clients.length, reader.closed, clients[0]!.closed]).toEqual([1, [0], 1]);
    await expect(clients[0]!.deliver(0, 10)).rejects.toThrow();
  });

  test('a log that was put back while it is being read is noticed where the hub says that it ends', async () => {
    const { clients, trouble, idle, looked } = setUp();
    await clients[0]!.take(0);
    await clients[0]!.deliver(0, 10, 11);
    for (let look = 0; look < 3; look++) {
      await idle(3_000, [0]);
      looked(4);
    }
    expect(trouble).toEqual(['another-log 0']);
  });
});

test('a reader of what comes next has no position, so nothing is missed and no log is another one', async () => {
  const { clients, trouble, idle, looked, subscription } = setUp('latest');
  await clients[0]!.take(0);
  await idle(1_000, [0]);
  looked(500);
  await clients[0]!.deliver(0, 600);
  expect([trouble, subscription.health().missed]).toEqual([[], 0]);
});
