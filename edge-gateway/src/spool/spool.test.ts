import { jest } from '@jest/globals';
import type { KeyPort } from '@vigil/sealed-records';
import { append, numberIn, openSpool, readAll, record, testKeys } from '../test-support/spool-fixture.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { SpoolOutage } from './spool.js';

// Two tests here open a spool for every byte of a segment; on a busy machine that takes a while.
jest.setTimeout(30_000);

let keys: KeyPort;
beforeAll(async () => {
  keys = await testKeys();
});

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => i + from);
const tick = () => new Promise((resolve) => setImmediate(resolve));

test('what arrived while a sync ran shares the next one, and is acknowledged in order', async () => {
  const { spool, disk, metrics } = await openSpool(keys);
  let release = (): void => undefined;
  disk.holdSync = new Promise((resolve) => (release = resolve));
  const acknowledged: number[] = [];
  const all = upTo(50).map((n) => append(spool, record(n)).then(() => acknowledged.push(n)));
  for (let i = 0; i < 10; i++) await tick();
  expect(acknowledged).toEqual([]);
  release();
  disk.holdSync = null;
  await Promise.all(all);
  expect(acknowledged).toEqual(upTo(50));
  const groups = (await metrics.groupRecords.get()).values.find((v) => v.metricName?.endsWith('_count'));
  expect(groups?.value).toBe(2);
  expect(await readAll(spool)).toEqual(upTo(50));
});

test('records are handed on after their acknowledgement, in order, with their places', async () => {
  const { spool } = await openSpool(keys);
  const seen: [number, number][] = [];
  spool.onDurable = (entries) => seen.push(...entries.map((e): [number, number] => [e.index, numberIn(e.record)]));
  await Promise.all(upTo(20).map((n) => append(spool, record(n))));
  await append(spool, record(20), record(21));
  expect(seen).toEqual(upTo(22).map((n) => [n, n]));
});

test('a power loss loses nothing that was acknowledged, whenever it comes', async () => {
  const { spool, disk } = await openSpool(keys, new FakeDisk(), { segmentBytes: 600 });
  for (const n of upTo(12)) {
    await append(spool, record(n));
    const after = await openSpool(keys, disk.afterPowerLoss());
    expect(await readAll(after.spool)).toEqual(upTo(n + 1));
  }
  let release = (): void => undefined;
  disk.holdSync = new Promise((resolve) => (release = resolve));
  const unacknowledged = append(spool, record(12));
  for (let i = 0; i < 10; i++) await tick();
  expect(await readAll((await openSpool(keys, disk.afterPowerLoss())).spool)).toEqual(upTo(12));
  release();
  await unacknowledged;
});

test('a tail torn at any byte is left out, and appending goes on behind the last whole record', async () => {
  const { spool, disk } = await openSpool(keys);
  for (const n of upTo(3)) await append(spool, record(n));
  const before = disk.files.get(disk.segments()[0]!)!.bytes.length;
  await append(spool, record(3));
  const whole = Buffer.from(disk.files.get(disk.segments()[0]!)!.bytes);
  for (let cut = before; cut < whole.length; cut++) {
    const torn = FakeDisk.with(new Map([[disk.segments()[0]!, whole.subarray(0, cut)]]));
    const again = await openSpool(keys, torn);
    expect(await readAll(again.spool)).toEqual(upTo(3));
    await append(again.spool, record(99));
    expect(await readAll(again.spool)).toEqual([...upTo(3), 99]);
    const third = await openSpool(keys, torn.afterKill());
    expect(await readAll(third.spool)).toEqual([...upTo(3), 99]);
    expect(torn.aside).toEqual([]);
  }
});

test('a tail torn into zeros or rubbish is left out too', async () => {
  const { spool, disk } = await openSpool(keys);
  for (const n of upTo(3)) await append(spool, record(n));
  const name = disk.segments()[0]!;
  for (const rubbish of [Buffer.alloc(500), Buffer.from('VGR1'.repeat(100)), Buffer.from('VGR1\0\0\0\x10')]) {
    const torn = FakeDisk.with(new Map([[name, Buffer.concat([disk.files.get(name)!.bytes, rubbish])]]));
    const { spool: again, metrics } = await openSpool(keys, torn);
    expect(await readAll(again)).toEqual(upTo(3));
    expect((await metrics.spoolCutBytes.get()).values[0]!.value).toBe(rubbish.length);
  }
});

test('a bit that flips anywhere in an older segment is found; the damage is counted and kept aside, the rest read', async () => {
  const { spool, disk } = await openSpool(keys, new FakeDisk(), { segmentBytes: 300 });
  for (const n of upTo(8)) await append(spool, record(n));
  const [first] = disk.segments();
  expect(disk.segments().length).toBeGreaterThan(1);
  const bytes = disk.files.get(first!)!.bytes;
  const headerBytes = bytes.indexOf('VGR1');
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = disk.afterKill();
    const copy = damaged.files.get(first!)!.bytes;
    copy[at] = copy[at]! ^ (1 << (at % 8));
    const opened = await openSpool(keys, damaged);
    const numbers = await readAll(opened.spool);
    expect(numbers).toEqual(upTo(8).filter((n) => numbers.includes(n)));
    // A copy of the header lies beside the segment, so a flip in it costs nothing.
    expect(numbers.length < 8).toBe(at >= headerBytes);
    await opened.clock.advance(0);
    expect((await opened.metrics.spoolLost.get()).values[0]!.value).toBe(8 - numbers.length);
    if (numbers.length < 8) expect(damaged.aside).toContain(first);
    expect(await readAll(opened.spool)).toEqual(numbers);
    expect(opened.spool.pending().count).toBe(numbers.length + (numbers.length < 8 ? 1 : 0));
  }
});

test('damage in the middle of the last segment costs only the records it hit', async () => {
  const { spool, disk } = await openSpool(keys);
  const ends: number[] = [];
  const name = (): string => disk.segments()[0]!;
  for (const n of upTo(6)) {
    await append(spool, record(n));
    ends.push(disk.files.get(name())!.bytes.length);
  }
  const damaged = disk.afterKill();
  damaged.files.get(name())!.bytes[ends[2]! + 40]! ^= 1;
  const again = await openSpool(keys, damaged);
  expect(await readAll(again.spool)).toEqual([0, 1, 2, 4, 5]);
  await append(again.spool, record(6));
  expect(await readAll(again.spool)).toEqual([0, 1, 2, 4, 5, 6]);
});

test('segments that were exchanged do not open', async () => {
  const { spool, disk } = await openSpool(keys, new FakeDisk(), { segmentBytes: 100 });
  for (const n of upTo(4)) await append(spool, record(n));
  const [a, b] = disk.segments();
  const swapped = disk.afterKill();
  const bytesOfA = swapped.files.get(a!)!;
  swapped.files.set(a!, swapped.files.get(b!)!);
  swapped.files.set(b!, bytesOfA);
  expect(await readAll((await openSpool(keys, swapped)).spool)).toEqual([2, 3]);
});

test('without the right key file nothing opens, and the error says so', async () => {
  const { spool, disk } = await openSpool(keys);
  await append(spool, record(1));
  await expect(openSpool(await testKeys(), disk.afterKill())).rejects.toMatchObject({ code: 'key-unknown' });
});

test('nothing readable is on the disk', async () => {
  const { spool, disk } = await openSpool(keys);
  await append(spool, { lane: 'numerics', key: 'bed:icu-1', body: Buffer.from('{"canary":"CANARY-READING"}') });
  expect([...disk.files.values()].some((f) => f.bytes.includes('CANARY') || f.bytes.includes('icu-1'))).toBe(false);
});

test('settled segments are deleted, what is settled is not sent again after a restart', async () => {
  const { spool, disk, clock } = await openSpool(keys, new FakeDisk(), { segmentBytes: 300 });
  for (const n of upTo(20)) await append(spool, record(n));
  const segments = disk.segments().length;
  spool.settle([
    { from: 0, to: 9 },
    { from: 12, to: 15 },
  ]);
  expect(spool.pending().count).toBe(8);
  await clock.advance(200);
  expect(disk.segments().length).toBeLessThan(segments);
  const again = await openSpool(keys, disk.afterKill());
  expect(await readAll(again.spool)).toEqual([9, 10, 11, 15, 16, 17, 18, 19]);
  expect(again.spool.pending().count).toBe(8);
});

test('a segment that is just begun is not tidied away, although nothing of it waits yet', async () => {
  const former = await openSpool(keys);
  await append(former.spool, record(0));
  const { spool, disk, clock } = await openSpool(keys, former.disk.afterKill(), { clock: former.clock });
  let release = (): void => undefined;
  disk.holdSync = new Promise((resolve) => (release = resolve));
  const stored = append(spool, record(1));
  for (let turn = 0; turn < 5; turn++) await tick();
  spool.settle([{ from: 0, to: 1 }]);
  await clock.advance(200);
  disk.holdSync = null;
  release();
  await stored;
  await clock.advance(200);
  await append(spool, record(2));
  expect(await readAll((await openSpool(keys, disk.afterKill())).spool)).toEqual([1, 2]);
});

test('losing the cursor makes records go out again and loses none', async () => {
  const { spool, disk, clock } = await openSpool(keys);
  for (const n of upTo(5)) await append(spool, record(n));
  spool.settle([{ from: 0, to: 3 }]);
  await clock.advance(200);
  for (const bytes of [null, Buffer.from('{"v":1,"set'), Buffer.from('{"v":1,"settled":[[0,999999]]}')]) {
    const after = disk.afterKill();
    after.files.delete('cursor.json');
    if (bytes !== null) await after.replaceSmall('cursor.json', bytes);
    const { spool: again } = await openSpool(keys, after);
    // A cursor that is ahead of the spool can only be a foreign one; what is new is never taken for settled.
    expect(await readAll(again)).toEqual(bytes?.includes('999999') ? [] : upTo(5));
    await append(again, record(7));
    expect((await readAll(again)).at(-1)).toBe(7);
  }
});

test('when everything was settled and deleted, places are not used twice', async () => {
  const { spool, disk, clock } = await openSpool(keys);
  for (const n of upTo(5)) await append(spool, record(n));
  spool.settle([{ from: 0, to: 5 }]);
  await clock.advance(200);
  const again = await openSpool(keys, disk.afterKill());
  expect(again.disk.segments()).toEqual([]);
  await append(again.spool, record(5));
  expect(again.spool.unsettled()).toEqual([{ from: 5, to: 6 }]);
});

test.each(['write', 'sync', 'create'] as const)(
  'a disk whose %s fails withholds the acknowledgement and resumes by itself, on a new segment, in order',
  async (what) => {
    const { spool, disk, clock, metrics } = await openSpool(keys, new FakeDisk(), { segmentBytes: what === 'create' ? 10 : 1e6 });
    await append(spool, record(0));
    disk.failing = { [what]: Object.assign(new Error('no space'), { code: 'ENOSPC' }) };
    let acknowledged = false;
    const later = append(spool, record(1)).then(() => (acknowledged = true));
    const last = append(spool, record(2));
    await clock.advance(60_000);
    expect(acknowledged).toBe(false);
    expect((await metrics.spoolWithheld.get()).values[0]!.value).toBe(1);
    disk.failing = {};
    await clock.advance(5_000);
    await Promise.all([later, last]);
    expect((await metrics.spoolWithheld.get()).values[0]!.value).toBe(0);
    expect(disk.segments().length).toBeGreaterThan(1);
    expect(await readAll(spool)).toEqual([0, 1, 2]);
    expect(await readAll((await openSpool(keys, disk.afterPowerLoss())).spool)).toEqual([0, 1, 2]);
  },
);

test('a record of which the sync failed is found once, even if the disk kept it', async () => {
  const { spool, disk, clock } = await openSpool(keys);
  await append(spool, record(0));
  disk.failing = { sync: new Error('EIO') };
  const later = append(spool, record(1));
  await clock.advance(50);
  disk.failing = {};
  await clock.advance(1_000);
  await later;
  expect(disk.segments().length).toBe(2);
  expect(await readAll(spool)).toEqual([0, 1]);
  expect(await readAll((await openSpool(keys, disk.afterKill())).spool)).toEqual([0, 1]);
});

test('at its size bound the spool withholds, and takes data again once the log has settled some', async () => {
  const { spool, disk, clock } = await openSpool(keys, new FakeDisk(), { bytesMax: 4_000 });
  let stored = 0;
  const all = upTo(60).map((n) => append(spool, record(n)).then(() => stored++));
  // One group for all would not fit; append them as they come.
  void all;
  await clock.advance(100);
  const first = stored;
  for (let n = 60; n < 200; n++) {
    void append(spool, record(n)).then(() => stored++);
    await tick();
  }
  await clock.advance(30_000);
  expect(stored).toBeGreaterThanOrEqual(first);
  expect(stored).toBeLessThan(200);
  const segments = [...disk.files].filter(([name]) => name.includes('.seg'));
  expect(segments.reduce((sum, [, f]) => sum + f.bytes.length, 0)).toBeLessThan(4_500);
  for (let i = 0; i < 50 && stored < 200; i++) {
    spool.settle(spool.unsettled());
    await clock.advance(5_000);
  }
  expect(stored).toBe(200);
});

test('records wait for the disk only up to a bound; more are refused, never dropped silently', async () => {
  const { spool, disk } = await openSpool(keys, new FakeDisk(), { waitingBytesMax: 200 });
  disk.holdSync = new Promise(() => undefined);
  void append(spool, record(0));
  await tick();
  void append(spool, record(1));
  await expect(append(spool, { ...record(2), body: Buffer.alloc(200) })).rejects.toBeInstanceOf(SpoolOutage);
});

test('closing stores what was appended; afterwards nothing is taken', async () => {
  const { spool, disk } = await openSpool(keys);
  const all = upTo(5).map((n) => append(spool, record(n)));
  await spool.close(1_000);
  await Promise.all(all);
  await expect(append(spool, record(9))).rejects.toMatchObject({ code: 'spool-closed', retryable: true });
  expect(await readAll((await openSpool(keys, disk.afterPowerLoss())).spool)).toEqual(upTo(5));
});

test('the age of the oldest waiting record is known to about a second, across a restart too', async () => {
  const { spool, disk, clock } = await openSpool(keys);
  await append(spool, record(0));
  await clock.advance(60_000);
  await append(spool, record(1));
  expect(spool.pending().oldestWallMs).toBe(clock.wallMs() - 60_000);
  const again = await openSpool(keys, disk.afterKill(), { clock });
  expect(again.spool.pending()).toEqual({ count: 2, oldestWallMs: clock.wallMs() - 60_000 });
  spool.settle([{ from: 0, to: 1 }]);
  expect(spool.pending()).toEqual({ count: 1, oldestWallMs: clock.wallMs() });
});
