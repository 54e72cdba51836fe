import { LogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { EventLog, Located, PartitionReader } from '../../src/ports/event-log.js';

export interface EventLogUnderTest {
  readonly log: EventLog;
  /** Makes the log unreachable for appends; null where an adapter cannot. */
  readonly breakDown: (() => Promise<void>) | null;
  /** Lets a little time go by, so that readers and retries come to their turn. */
  pass(): Promise<void>;
  end(): Promise<void>;
}

const ROUNDS_MAX = 200;

/** An admission to a bed: the smallest event with a key. */
export function admission(n: number, bed = 'icu-1'): LogEvent {
  return LogEvent.parse({
    v: 1,
    id: `admit/enc-${n}`,
    key: `bed:${bed}`,
    origin: 'test',
    atMs: n,
    kind: 'admit',
    bedId: bed,
    encounterId: `enc-${n}`,
    patientId: `pat-${n}`,
  });
}

/** Keeps what it reads, and notices when two calls of one partition overlap. */
export class KeepingReader implements PartitionReader {
  readonly read_: Located[] = [];
  readonly opened: number[] = [];
  readonly closed: number[] = [];
  overlapped = false;
  emptyReads = 0;
  /** Reads with events do not end before this. */
  held: Promise<void> = Promise.resolve();
  /** The next so many reads fail. */
  failures = 0;
  private readonly busy = new Set<number>();

  get ids(): readonly string[] {
    return this.read_.map((l) => l.event.id);
  }

  async open(partition: number): Promise<void> {
    await this.alone(partition, () => void this.opened.push(partition));
  }

  async read(partition: number, batch: readonly Located[]): Promise<void> {
    if (batch.length > 0) await this.held;
    await this.alone(partition, () => {
      if (batch.length === 0) this.emptyReads++;
      if (batch.length > 0 && this.failures > 0) {
        this.failures--;
        // An outage, marked retryable: the Event Hubs client goes on behind the batch unless its adapter prevents it.
        throw new PlatformError('store-unavailable', {}, true);
      }
      this.read_.push(...batch);
    });
  }

  async close(partition: number): Promise<void> {
    await this.alone(partition, () => void this.closed.push(partition));
  }

  private async alone(partition: number, act: () => void): Promise<void> {
    if (this.busy.has(partition)) this.overlapped = true;
    this.busy.add(partition);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      act();
    } finally {
      this.busy.delete(partition);
    }
  }
}

/** Promises of `EventLog`. */
export function eventLogContract(open: () => Promise<EventLogUnderTest>): void {
  let t: EventLogUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const until = async (holds: () => boolean): Promise<void> => {
    for (let round = 0; round < ROUNDS_MAX && !holds(); round++) await t.pass();
    expect(holds()).toBe(true);
  };

  test('events of one key are read in the order of their appends, with sequence numbers that grow by one', async () => {
    const reader = new KeepingReader();
    await t.log.subscribe('history', 'checkpoint', reader);
    for (let n = 0; n < 30; n += 3) await t.log.append([admission(n), admission(n + 1), admission(n + 2)]);
    await until(() => reader.ids.length === 30);
    expect(reader.ids).toEqual(Array.from({ length: 30 }, (_, n) => `admit/enc-${n}`));
    expect(new Set(reader.read_.map((l) => l.partition)).size).toBe(1);
    expect(reader.read_.map((l) => l.sequence)).toEqual(reader.read_.map((_, i) => reader.read_[0]!.sequence + i));
    expect(reader.overlapped).toBe(false);
  });

  test('from the checkpoint a new reader reads what was there before it, from the latest only what comes after', async () => {
    await t.log.append([admission(1)]);
    const [history, live] = [new KeepingReader(), new KeepingReader()];
    await t.log.subscribe('history', 'checkpoint', history);
    const subscription = await t.log.subscribe('live', 'latest', live);
    const partitions = await t.log.partitionCount();
    await until(() => live.opened.length === partitions && subscription.health().partitions.size === partitions);
    // Where "the latest" is, is decided when the link is there, which no call tells: so events come until one is seen.
    let n = 1;
    for (let round = 0; round < ROUNDS_MAX && live.ids.length === 0; round++) {
      await t.log.append([admission(++n)]);
      await t.pass();
    }
    await until(() => live.ids.at(-1) === `admit/enc-${n}` && history.ids.length === n);
    expect(live.ids).not.toContain('admit/enc-1');
    expect(history.ids).toEqual(Array.from({ length: n }, (_, i) => `admit/enc-${i + 1}`));
  });

  test('a reader that knows its position goes on after it', async () => {
    const first = new KeepingReader();
    const subscription = await t.log.subscribe('history', 'checkpoint', first);
    await t.log.append([1, 2, 3, 4].map((n) => admission(n)));
    await until(() => first.ids.length === 4);
    await subscription.stop();
    expect(first.closed.length).toBe(first.opened.length);
    const { partition, offset } = first.read_[1]!;
    const second = Object.assign(new KeepingReader(), {
      position: (p: number) => Promise.resolve(p === partition ? offset : null),
    });
    await t.log.subscribe('history', 'checkpoint', second);
    await until(() => second.ids.length === 2);
    expect(second.ids).toEqual(['admit/enc-3', 'admit/enc-4']);
  });

  test('a partition whose reader fails is taken again from its position, so every event is read at least once', async () => {
    const reader = Object.assign(new KeepingReader(), { position: () => Promise.resolve(null) });
    reader.failures = 2;
    await t.log.subscribe('history', 'checkpoint', reader);
    await t.log.append([1, 2, 3].map((n) => admission(n)));
    await until(() => new Set(reader.ids).size === 3);
    expect(reader.failures).toBe(0);
    expect(reader.overlapped).toBe(false);
  });

  test('an event for every bed is on each partition once', async () => {
    const reader = new KeepingReader();
    await t.log.subscribe('history', 'checkpoint', reader);
    await t.log.appendToEveryPartition(admission(1));
    const partitions = await t.log.partitionCount();
    await until(() => reader.ids.length === partitions);
    expect(new Set(reader.read_.map((l) => l.partition)).size).toBe(partitions);
  });

  test('its identity stays the same', async () => {
    const identity = await t.log.identity();
    await t.log.append([admission(1)]);
    expect(identity).not.toBe('');
    expect(await t.log.identity()).toBe(identity);
  });

  test('what a group has not read is counted, and the oldest of it has an age; what it has read is no lag', async () => {
    const reader = new KeepingReader();
    const subscription = await t.log.subscribe('history', 'checkpoint', reader);
    const partitions = await t.log.partitionCount();
    await until(() => subscription.health().partitions.size === partitions);
    await t.log.append([admission(1), admission(2)]);
    await until(() => reader.ids.length === 2);
    const { partition } = reader.read_[0]!;
    const lag = () => subscription.health().partitions.get(partition);
    await until(() => lag()?.unread === 0);
    expect(lag()).toMatchObject({ unread: 0, lagMs: 0 });
    let release: () => void = () => undefined;
    reader.held = new Promise((resolve) => (release = resolve));
    await t.log.append([admission(3), admission(4)]);
    await until(() => lag()?.unread === 2);
    expect(lag()!.lagMs).toBeGreaterThanOrEqual(0);
    release();
    await until(() => reader.ids.length === 4 && lag()?.unread === 0);
    expect(subscription.health()).toMatchObject({ missed: 0, resubscribed: 0, isAnotherLog: false });
  });

  test('groups do not disturb each other', async () => {
    const [history, alarms] = [new KeepingReader(), new KeepingReader()];
    await t.log.subscribe('history', 'checkpoint', history);
    await t.log.subscribe('alarms', 'checkpoint', alarms);
    await t.log.append([admission(1)]);
    await until(() => history.ids.length === 1 && alarms.ids.length === 1);
  });

  test('an outage is a retryable error', async () => {
    if (t.breakDown === null) return;
    await t.breakDown();
    await expect(t.log.append([admission(1)])).rejects.toMatchObject({ code: 'log-unavailable', retryable: true });
  });
}
