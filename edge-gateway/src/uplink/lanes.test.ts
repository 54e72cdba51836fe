/** Lanes and parts of the log: who goes first, who waits for whom, and that nobody waits for somebody else's trouble. */
import { FakeClock } from '@vigil/clock';
import type { KeyPort } from '@vigil/sealed-records';
import fc from 'fast-check';
import type { LogRecord, RecordLane } from '../log-record.js';
import { SILENT } from '../log.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { FakeLog } from '../test-support/fake-log.js';
import { append, numberIn, openSpool, record, testKeys } from '../test-support/spool-fixture.js';
import { Uplink } from './uplink.js';

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

async function line(log = new FakeLog(), random = () => 0.5, disk = new FakeDisk(), clock = new FakeClock()) {
  const fixture = await openSpool(keys, disk, { clock });
  const { spool, metrics } = fixture;
  const uplink = new Uplink({ spool, log, clock, metrics, logger: SILENT, random });
  await uplink.start();
  return { ...fixture, log, uplink };
}

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => i + from);
const inLane = (n: number, lane: RecordLane, key = 'bed:b-0'): LogRecord => ({ ...record(n, key), lane });
const numbers = (log: FakeLog, key?: string): number[] =>
  log.records.filter((r) => key === undefined || r.key === key).map(numberIn);
const gate = (): { readonly held: Promise<void>; release: () => void } => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  return { held, release };
};

test('a part of the log that answers nothing holds up its own keys, in order, and no others', async () => {
  const log = new FakeLog();
  log.shards = 4;
  const { spool, clock, uplink } = await line(log);
  const stuck = gate();
  log.heldShards.set(1, stuck.held);
  for (const n of upTo(40)) {
    await append(spool, record(n, `bed:b-${n % 4}`));
    await clock.advance(20);
  }
  expect(log.records).toHaveLength(30);
  expect(numbers(log, 'bed:b-1')).toEqual([]);
  expect(uplink.report()).toMatchObject({ state: 'up', failingSinceWallMs: null });
  log.heldShards.clear();
  stuck.release();
  await clock.advance(100);
  for (const shard of [0, 1, 2, 3]) expect(numbers(log, `bed:b-${shard}`)).toEqual(upTo(10).map((i) => i * 4 + shard));
  expect(spool.pending().count).toBe(0);
});

test('alarms and events go before the data that wait for the same part of the log, and in order', async () => {
  const { spool, log, clock } = await line();
  log.away = true;
  for (const n of upTo(10)) await append(spool, record(n, 'bed:b-0'));
  await append(spool, inLane(100, 'alarms'));
  await append(spool, inLane(101, 'events'));
  await append(spool, inLane(102, 'alarms'));
  await clock.advance(8_000);
  log.away = false;
  await clock.advance(15_000);
  expect(numbers(log)).toEqual([100, 101, 102, ...upTo(10)]);
});

test('alarms of an hour without the log go before the newest data', async () => {
  const { spool, log, clock } = await line();
  log.away = true;
  for (const n of upTo(60)) {
    await append(spool, record(n, 'bed:b-0'));
    if (n % 20 === 0) await append(spool, inLane(1_000 + n, 'alarms'));
    await clock.advance(60_000);
  }
  await append(spool, record(60, 'bed:b-0'));
  log.away = false;
  await clock.advance(30_000);
  const sent = numbers(log);
  expect(sent.slice(0, 3)).toEqual([1_000, 1_020, 1_040]);
  expect([...sent].sort((a, b) => a - b)).toEqual([...upTo(61), 1_000, 1_020, 1_040]);
  expect(spool.pending().count).toBe(0);
});

test('a log that is back is noticed within 30 s, however long it was away', async () => {
  const { spool, log, clock, uplink } = await line(new FakeLog(), () => 0.999);
  log.away = true;
  await append(spool, record(0));
  await clock.advance(600_000);
  expect(uplink.report()).toMatchObject({ state: 'down' });
  expect(uplink.report().failingSinceWallMs).toBeLessThan(clock.wallMs() - 500_000);
  const asked = log.calls.length;
  await clock.advance(600_000);
  // Neither a storm nor a silence.
  expect(log.calls.length - asked).toBeGreaterThanOrEqual(20);
  expect(log.calls.length - asked).toBeLessThanOrEqual(60);
  log.away = false;
  await clock.advance(30_000);
  expect(numbers(log)).toEqual([0]);
  expect(uplink.report()).toEqual({
    state: 'up',
    failingSinceWallMs: null,
    backlog: 0,
    liveAgeMs: expect.any(Number) as number,
    lagMs: null,
  });
});

test('more alarms and events than memory holds go up in their order, and new data wait half a second for them at most', async () => {
  const disk = new FakeDisk();
  const { spool, log, clock } = await line(new FakeLog(), () => 0.5, disk);
  log.away = true;
  const count = 9_000;
  for (let n = 0; n < count; n += 500)
    await append(spool, ...upTo(n + 500, n).map((i) => inLane(i, i % 3 === 0 ? 'events' : 'alarms')));
  await clock.advance(60_000);
  for (const n of upTo(100)) await append(spool, inLane(count + n, 'events'));
  log.away = false;
  log.delay = () => clock.sleep(100);
  await clock.advance(12_000);
  await append(spool, record(100_000, 'bed:b-0'));
  await clock.advance(1_000);
  expect(numbers(log)).toContain(100_000);
  await clock.advance(10_000);
  expect(numbers(log).filter((n) => n < 100_000)).toEqual(upTo(count + 100));
  expect(spool.pending().count).toBe(0);
  // The same after a new start.
  const second = await line(new FakeLog(), () => 0.5, new FakeDisk());
  second.log.away = true;
  for (const n of upTo(50)) await append(second.spool, n % 10 === 0 ? inLane(n, 'alarms') : record(n, 'bed:b-0'));
  await second.clock.advance(60_000);
  const third = await line(new FakeLog(), () => 0.5, second.disk.afterKill(), second.clock);
  await second.clock.advance(5_000);
  expect(numbers(third.log).slice(0, 5)).toEqual([0, 10, 20, 30, 40]);
  expect(third.log.records).toHaveLength(50);
});

test('a bed whose queue never empties gets its ticks all the same, behind the data that came before them', async () => {
  const { spool, log, clock, uplink } = await line();
  let n = 0;
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 50; i++) {
      const release = gate();
      log.hold = release.held;
      await append(spool, record(n++, 'bed:b-0'), record(n++, 'bed:b-0'));
      if (i === 25) uplink.offerEphemeral([record(10_000 + n, 'bed:b-0'), record(20_000 + n, 'bed:b-7')]);
      log.hold = null;
      release.release();
      await clock.advance(20);
    }
  }
  await clock.advance(100);
  const sent = numbers(log);
  expect(sent.filter((x) => x >= 10_000)).toHaveLength(10);
  for (const tick of sent.filter((x) => x >= 10_000 && x < 20_000)) {
    const before = sent.slice(0, sent.indexOf(tick)).filter((x) => x < 10_000);
    expect(before).toEqual(upTo(tick - 10_000));
  }
});

test('ticks that can not be sent for ten seconds are dropped and counted, and take no memory', async () => {
  const { spool, log, clock, uplink, metrics } = await line();
  const stuck = gate();
  log.hold = stuck.held;
  await append(spool, record(0));
  for (let second = 0; second < 120; second++) {
    uplink.offerEphemeral([record(1_000 + second, 'bed:b-0')]);
    await clock.advance(1_000);
  }
  const dropped = (await metrics.ephemeralDropped.get()).values[0]!.value;
  expect(dropped).toBeGreaterThanOrEqual(105);
  log.hold = null;
  stuck.release();
  await clock.advance(1_000);
  expect(numbers(log).length).toBeLessThan(14);
});

test('a log that says how many parts it has, and later has fewer, gets everything once and in order', async () => {
  const { spool, log, clock } = await line();
  let n = 0;
  for (const shards of [1, 8, 8, 3, 1, 5]) {
    log.shards = shards;
    log.away = shards === 3;
    for (let i = 0; i < 40; i++) {
      await append(spool, record(n, `bed:b-${n % 7}`));
      n++;
      if (i % 5 === 0) await clock.advance(10);
    }
  }
  await clock.advance(30_000);
  for (const bed of upTo(7)) expect(numbers(log, `bed:b-${bed}`)).toEqual(upTo(n).filter((i) => i % 7 === bed));
  expect(spool.pending().count).toBe(0);
});

test('what became old behind a send that is under way does not overtake it when that fails late', async () => {
  const { spool, log, clock } = await line();
  const first = gate();
  log.hold = first.held;
  await append(spool, ...upTo(5).map((n) => record(n)));
  await append(spool, ...upTo(10, 5).map((n) => record(n)));
  log.hold = null;
  await clock.advance(12_000);
  // What else was sent by now is on the log.
  log.away = true;
  first.release();
  await clock.advance(0);
  log.away = false;
  await clock.advance(30_000);
  expect(numbers(log)).toEqual(upTo(10));
  expect(spool.pending().count).toBe(0);
});

test('a part of the log that takes nothing for an hour holds up neither alarms nor backlog of the others', async () => {
  const log = new FakeLog();
  log.shards = 4;
  const before = await line(log);
  log.away = true;
  for (const n of upTo(400))
    await append(before.spool, n % 10 < 4 ? inLane(n, 'alarms', `bed:b-${n % 4}`) : record(n, `bed:b-${n % 4}`));
  await before.clock.advance(60_000);
  const second = new FakeLog();
  second.shards = 4;
  second.busyKeys.add('bed:b-1');
  const { spool, clock } = await line(second, () => 0.5, before.disk.afterKill(), before.clock);
  await clock.advance(30_000);
  await append(spool, inLane(400, 'alarms', 'bed:b-0'));
  await clock.advance(20_000);
  for (const shard of [0, 2, 3]) expect(numbers(second, `bed:b-${shard}`).filter((n) => n < 400)).toHaveLength(100);
  expect(numbers(second)).toContain(400);
  second.busyKeys.clear();
  await clock.advance(30_000);
  expect(numbers(second, 'bed:b-1')).toHaveLength(100);
  expect(spool.pending().count).toBe(0);
});

interface Trial {
  readonly waits: readonly number[];
  /** What one send in ten may take. */
  readonly slowMs: number;
  /** What must be in order in `records` of one bed. */
  readonly inOrder: (r: LogRecord) => boolean;
  readonly seed: number;
}

/** Appends, outages, busy keys and other numbers of parts, in any order, with a log that takes its time. */
async function trial({ waits, slowMs, inOrder, seed }: Trial): Promise<void> {
  const bed = fc.nat(5);
  const append_ = fc.record({ do: fc.constant('append' as const), bed, lane: fc.nat(5), count: fc.integer({ min: 1, max: 20 }) });
  const step = fc.oneof(
    { weight: 6, arbitrary: append_ },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(...waits) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('away' as const), away: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('busy' as const), bed }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('shards' as const), shards: fc.integer({ min: 1, max: 6 }) }) },
  );
  const random = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  const run = async (
    steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
    stream: Stream,
  ): Promise<void> => {
    const next = (): number => stream.next().value as number;
    const { spool, log, clock } = await line(new FakeLog(), next);
    log.delay = () => clock.sleep(Math.round(next() * (next() < 0.1 ? slowMs : 40)));
    let n = 0;
    for (const s of steps) {
      if (s.do === 'append') {
        const lane = s.lane === 0 ? 'alarms' : 'numerics';
        await append(spool, ...upTo(n + s.count, n).map((i) => inLane(i, lane, `bed:b-${s.bed}`)));
        n += s.count;
      } else if (s.do === 'wait') await clock.advance(s.ms);
      else if (s.do === 'away') log.away = s.away;
      else if (s.do === 'shards') log.shards = s.shards;
      else if (!log.busyKeys.delete(`bed:b-${s.bed}`)) log.busyKeys.add(`bed:b-${s.bed}`);
    }
    log.away = false;
    log.busyKeys.clear();
    await clock.advance(60_000);
    expect(spool.pending().count).toBe(0);
    expect(numbers(log).sort((a, b) => a - b)).toEqual(upTo(n));
    for (const key of upTo(6).map((b) => `bed:b-${b}`)) {
      for (const lane of ['alarms', 'numerics']) {
        const sent = log.records.filter((r) => r.key === key && r.lane === lane && inOrder(r)).map(numberIn);
        expect(sent).toEqual([...sent].sort((a, b) => a - b));
      }
      // Live data and backlog are each in order: what they make together never goes back twice.
      const data = log.records.filter((r) => r.key === key && r.lane === 'numerics').map(numberIn);
      expect(longestFall(data)).toBeLessThanOrEqual(2);
    }
  };
  const steps = fc.array(step, { minLength: 10, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, random, async (all, stream) => run(all, stream)),
    { numRuns: 20, seed },
  );
}

type Stream = fc.Stream<number>;

/** How many numbers there are, at most, of which each is below the one before. */
function longestFall(all: readonly number[]): number {
  const last: number[] = [];
  for (const n of all) {
    const place = last.findIndex((end) => end <= n);
    last[place < 0 ? last.length : place] = n;
  }
  return last.length;
}

test('whatever the log does, everything arrives once, alarms in order, data in order on either of their ways', async () => {
  await trial({ waits: [1, 50, 500, 5_000, 12_000], slowMs: 15_000, inOrder: (r) => r.lane === 'alarms', seed: 7 });
}, 30_000);

test('whatever the log does for less than ten seconds, everything arrives once, in order for each key', async () => {
  await trial({ waits: [1, 10, 30, 80], slowMs: 40, inOrder: () => true, seed: 8 });
}, 30_000);
