import type { FakeClock } from '@vigil/clock';
import type { KeyPort } from '@vigil/sealed-records';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { FakeLog } from '../test-support/fake-log.js';
import { append, numberIn, openSpool, record, type SpoolFixture, testKeys } from '../test-support/spool-fixture.js';
import { Uplink } from './uplink.js';

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

interface Line extends SpoolFixture {
  readonly log: FakeLog;
  readonly uplink: Uplink;
}

async function line(disk = new FakeDisk(), log = new FakeLog(), clock?: FakeClock, backlogPerSecond = 2_000): Promise<Line> {
  const fixture = await openSpool(keys, disk, clock === undefined ? {} : { clock });
  const { spool, metrics } = fixture;
  const uplink = new Uplink({ spool, log, clock: fixture.clock, metrics, logger: SILENT, backlogPerSecond, random: () => 0.5 });
  await uplink.start();
  return { ...fixture, log, uplink };
}

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => i + from);
const numbers = (log: FakeLog): number[] => log.records.map(numberIn);
const tick = (n: number): LogRecord => ({ ...record(n), key: 'bed:tick' });

test('what is stored is sent in order, from memory, and settled', async () => {
  const { spool, log, clock } = await line();
  for (const n of upTo(20)) await append(spool, record(n));
  await clock.advance(100);
  expect(numbers(log)).toEqual(upTo(20));
  expect(spool.pending().count).toBe(0);
});

test('through a short outage nothing is lost, doubled or reordered', async () => {
  const { spool, log, clock } = await line();
  log.away = true;
  for (const n of upTo(20)) await append(spool, record(n));
  await clock.advance(2_000);
  log.away = false;
  await clock.advance(5_000);
  expect(numbers(log)).toEqual(upTo(20));
});

test('after a long outage the newest data go first, and the backlog follows in order at its rate', async () => {
  const { spool, log, clock } = await line(new FakeDisk(), new FakeLog(), undefined, 100);
  log.away = true;
  for (const n of upTo(500)) await append(spool, record(n));
  await clock.advance(30_000);
  for (const n of upTo(520, 500)) await append(spool, record(n));
  log.away = false;
  await clock.advance(3_000);
  expect(
    numbers(log)
      .slice(0, 20)
      .every((n) => n >= 500 || n < 30),
  ).toBe(true);
  const backlogSoFar = numbers(log).filter((n) => n < 500).length;
  expect(backlogSoFar).toBeGreaterThan(50);
  expect(backlogSoFar).toBeLessThan(500);
  await clock.advance(10_000);
  expect(numbers(log).filter((n) => n < 500)).toEqual(upTo(500));
  expect(numbers(log).filter((n) => n >= 500)).toEqual(upTo(520, 500));
  expect(spool.pending().count).toBe(0);
});

test('the backlog keeps to its rate', async () => {
  const disk = new FakeDisk();
  const { spool, clock, log } = await line(disk);
  log.away = true;
  for (const n of upTo(300)) await append(spool, record(n));
  await clock.advance(20_000);
  const second = await line(disk.afterKill(), new FakeLog(), clock, 100);
  await clock.advance(1_000);
  expect(second.log.records.length).toBeGreaterThan(50);
  expect(second.log.records.length).toBeLessThanOrEqual(120);
});

test('a restart resumes with what was not settled: the young as live, the old as backlog', async () => {
  const disk = new FakeDisk();
  const first = await line(disk);
  first.log.away = true;
  for (const n of upTo(10)) await append(first.spool, record(n));
  await first.clock.advance(60_000);
  for (const n of upTo(20, 10)) await append(first.spool, record(n));
  const { log, clock, spool } = await line(disk.afterKill(), new FakeLog(), first.clock);
  await append(spool, record(20));
  await clock.advance(1_000);
  expect(numbers(log).filter((n) => n >= 10)).toEqual(upTo(21, 10));
  expect(numbers(log).filter((n) => n < 10)).toEqual(upTo(10));
  expect(spool.pending().count).toBe(0);
});

test('one partition that is busy holds back its keys in order, and nothing of the others is doubled', async () => {
  const { spool, log, clock } = await line();
  log.busyKeys.add('bed:busy');
  for (const n of upTo(10)) await append(spool, record(n, n % 2 === 0 ? 'bed:busy' : 'bed:free'));
  await clock.advance(1_000);
  expect(numbers(log)).toEqual([1, 3, 5, 7, 9]);
  log.busyKeys.clear();
  await clock.advance(5_000);
  expect(numbers(log)).toEqual([1, 3, 5, 7, 9, 0, 2, 4, 6, 8]);
});

test('a record that the log will never take is counted and given up, and the rest goes on', async () => {
  const { spool, log, clock, metrics } = await line();
  log.refuses = (r) => numberIn(r) === 1;
  for (const n of upTo(3)) await append(spool, record(n));
  await clock.advance(100);
  expect(numbers(log)).toEqual([0, 2]);
  expect((await metrics.unsendable.get()).values[0]!.value).toBe(1);
  expect(spool.pending().count).toBe(0);
});

test('the first record after a quiet time goes at once, and what comes within 20 ms of it goes together', async () => {
  const { spool, log, clock } = await line();
  await append(spool, record(0));
  await clock.advance(0);
  expect(numbers(log)).toEqual([0]);
  for (const n of upTo(3, 1)) await append(spool, record(n));
  await clock.advance(19);
  expect(numbers(log)).toEqual([0]);
  await clock.advance(1);
  expect(numbers(log)).toEqual([0, 1, 2]);
});

test('ticks go behind the data that came before them', async () => {
  const { spool, log, clock, uplink } = await line();
  let release = (): void => undefined;
  log.hold = new Promise((resolve) => (release = resolve));
  await append(spool, record(0));
  await append(spool, record(1));
  uplink.offerEphemeral([tick(100)]);
  release();
  log.hold = null;
  await clock.advance(0);
  await clock.advance(20);
  expect(numbers(log)).toEqual([0, 1, 100]);
});

test('ticks are dropped and counted while the log is away, and newer ones replace those that wait', async () => {
  const { spool, log, clock, uplink, metrics } = await line();
  log.away = true;
  await append(spool, record(0));
  await clock.advance(100);
  uplink.offerEphemeral([tick(100), tick(101)]);
  expect((await metrics.ephemeralDropped.get()).values[0]!.value).toBe(2);
  log.away = false;
  await clock.advance(5_000);
  uplink.offerEphemeral([tick(102)]);
  await clock.advance(10);
  expect(numbers(log)).toEqual([0, 102]);
});

test('without live data the backlog finds out by itself that the log is back', async () => {
  const { spool, log, clock } = await line();
  log.away = true;
  await append(spool, record(0));
  await clock.advance(120_000);
  log.away = false;
  await clock.advance(10_000);
  expect(numbers(log)).toEqual([0]);
});

test('stopping sends what is in memory; with the log away it ends in time and the spool keeps the rest', async () => {
  const { spool, log, uplink, clock } = await line();
  await append(spool, record(0));
  await uplink.stop(1_000);
  expect(numbers(log)).toEqual([0]);
  const second = await line();
  second.log.hold = new Promise(() => undefined);
  await append(second.spool, record(1));
  const stopped = second.uplink.stop(1_000);
  await second.clock.advance(1_000);
  await stopped;
  expect(second.spool.pending().count).toBe(1);
  expect(clock.wallMs()).toBeGreaterThan(0);
});

test('more than fits in memory goes through the disk and arrives whole', async () => {
  const { spool, log, clock } = await line(new FakeDisk(), new FakeLog(), undefined, 1e6);
  log.away = true;
  const many = 25_000;
  for (let n = 0; n < many; n += 500) await append(spool, ...upTo(n + 500, n).map((i) => record(i, `bed:b-${i % 50}`)));
  await clock.advance(1_000);
  log.away = false;
  await clock.advance(20_000);
  expect(new Set(numbers(log)).size).toBe(many);
  expect(log.records.length).toBe(many);
});

test('a gateway with more to send than one batch holds still says that it is there', async () => {
  const { spool, log, clock, uplink } = await line();
  let release = (): void => undefined;
  log.hold = new Promise((resolve) => (release = resolve));
  await append(spool, record(0));
  const waiting = upTo(4_001, 1).map((n) => append(spool, record(n)));
  await Promise.all(waiting);
  uplink.offerEphemeral([tick(9_000), { ...record(9_001), key: 'gateway:gw-1' }]);
  release();
  log.hold = null;
  for (let turn = 0; turn < 20 && numbers(log).length < 4_003; turn++) await clock.advance(20);
  const sent = numbers(log);
  // Behind the batch that was full, and not behind the last of the data; the tick is.
  expect(sent.indexOf(9_001)).toBeLessThan(sent.indexOf(4_000));
  expect(sent.at(-1)).toBe(9_000);
});
