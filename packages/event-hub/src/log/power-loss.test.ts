/** The power goes, or the disk fails, at every single write and sync of a run: what was acknowledged is there afterwards. */
import type { KeyPort } from '@vigil/sealed-records';
import { ForgetfulDisk, type Survival } from './forgetful-disk.js';
import type { HubLog } from './hub-log.js';
import { append, contents, newKeys, openLog, PARTITIONS, randomOf } from './test-log.js';

let keys: KeyPort;
beforeAll(async () => {
  keys = await newKeys();
});

interface Ledger {
  /** Per partition, by sequence number. */
  readonly acknowledged: Map<number, string>[];
  /** Sent, and nobody was told that it is stored. */
  readonly unsure: Set<string>;
  /** Per partition: retention was asked to remove nothing at or behind this number. */
  readonly removedTo: number[];
  /** Per partition: the log was known to begin here. */
  readonly begin: number[];
}

const newLedger = (): Ledger => ({
  acknowledged: Array.from({ length: PARTITIONS }, () => new Map<number, string>()),
  unsure: new Set(),
  removedTo: Array.from({ length: PARTITIONS }, () => 0),
  begin: Array.from({ length: PARTITIONS }, () => 0),
});

async function send(log: HubLog, ledger: Ledger, partition: number, name: string, count: number): Promise<void> {
  const texts = Array.from({ length: count }, (_, i) => `${name}.${i} `.padEnd(60 + ((name.length * 97 + i * 131) % 400), '.'));
  for (const text of texts) ledger.unsure.add(text);
  const first = log.state(partition).next;
  if ((await append(log, partition, ...texts)) !== null) return;
  texts.forEach((text, i) => {
    ledger.unsure.delete(text);
    expect(ledger.acknowledged[partition]!.has(first + i)).toBe(false);
    ledger.acknowledged[partition]!.set(first + i, text);
  });
}

async function remove(log: HubLog, ledger: Ledger, count: number): Promise<void> {
  for (let p = 0; p < PARTITIONS; p++) ledger.removedTo[p] = log.state(p).next;
  await log.dropOldest(count);
  for (let p = 0; p < PARTITIONS; p++) ledger.begin[p] = log.state(p).begin;
}

/** Two lives with everything that a log does: many segments, removals, a stop, a start. Ends where the disk does. */
async function run(disk: ForgetfulDisk, ledger: Ledger): Promise<void> {
  for (let life = 0; life < 2; life++) {
    const log = await openLog(disk, keys);
    try {
      for (let i = 0; i < 12; i++) {
        await send(log, ledger, i % PARTITIONS, `life ${life} batch ${i}`, 1 + (i % 3));
        if (i === 7) await remove(log, ledger, 2);
      }
      await log.sealed.rewrap(log.sealed.active()!);
    } finally {
      await log.close();
    }
  }
  const log = await openLog(disk, keys);
  await remove(log, ledger, 100);
  await log.close();
}

/** The next life holds all that was acknowledged, in place, nothing twice and nothing made up; and it goes on. */
async function check(disk: ForgetfulDisk, ledger: Ledger): Promise<void> {
  const log = await openLog(disk, keys);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { begin, next } = log.state(partition);
    const found = await contents(log, partition);
    expect([...found.keys()]).toEqual(Array.from({ length: next - begin }, (_, i) => begin + i));
    expect(begin).toBeGreaterThanOrEqual(ledger.begin[partition]!);
    expect(begin).toBeLessThanOrEqual(ledger.removedTo[partition]!);
    for (const [sequence, text] of ledger.acknowledged[partition]!) {
      if (sequence >= begin) expect(found.get(sequence)).toBe(text);
      expect(sequence).toBeLessThan(next);
    }
    for (const [sequence, text] of found) {
      if (!ledger.acknowledged[partition]!.has(sequence)) expect(ledger.unsure).toContain(text);
    }
    await send(log, ledger, partition, 'after', 2);
    expect(ledger.acknowledged[partition]!.has(next + 1)).toBe(true);
  }
  await log.close();
}

const SURVIVALS: readonly Survival[] = ['nothing', 'some', 'everything', 'some'];
/** How often each operation is tried; more finds more ways in which half of a write can survive. */
const ROUNDS = Number(process.env['VIGIL_TEST_POWER_LOSS_ROUNDS'] ?? 1);

async function operationsOf(): Promise<number> {
  const disk = new ForgetfulDisk();
  const ledger = newLedger();
  await run(disk, ledger);
  await check(disk, ledger);
  expect(ledger.acknowledged.map((sent) => sent.size)).toEqual([26, 26]);
  return disk.operations;
}

test('the power goes at each operation of a run', async () => {
  const operations = await operationsOf();
  expect(operations).toBeGreaterThan(100);
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 1; at <= operations; at++) {
      const disk = new ForgetfulDisk();
      const ledger = newLedger();
      disk.failAt(at, 'power');
      await run(disk, ledger).catch(() => undefined);
      const random = randomOf(round * 10_007 + at);
      const left = disk.afterPowerLoss(SURVIVALS[(at + round) % SURVIVALS.length]!, random);
      await check(left, ledger).catch((cause: unknown) => {
        throw new Error(`round ${round}, operation ${at}: ${String(cause)}`, { cause });
      });
    }
  }
}, 600_000);

test('each operation of a run fails once, and the power goes later: nothing is acknowledged that is not on disk', async () => {
  const operations = await operationsOf();
  for (let at = 1; at <= operations; at++) {
    const disk = new ForgetfulDisk();
    const ledger = newLedger();
    disk.failAt(at, 'error');
    await run(disk, ledger).catch(() => undefined);
    await check(disk.afterPowerLoss('nothing', randomOf(at)), ledger).catch((cause: unknown) => {
      throw new Error(`operation ${at}: ${String(cause)}`, { cause });
    });
  }
}, 600_000);

test('after a sync that failed nothing more is accepted, whatever is tried', async () => {
  const disk = new ForgetfulDisk();
  const failures: string[] = [];
  const log = await openLog(disk, keys, { onFailure: ({ code }) => failures.push(code) });
  expect(await append(log, 0, 'one')).toBeNull();
  disk.failAt(2, 'error');
  expect(await append(log, 0, 'two')).toMatchObject({ code: 'failed' });
  expect(await append(log, 0, 'three')).toMatchObject({ code: 'failed' });
  expect([failures, log.state(0).next]).toEqual([['failed'], 1]);
  await log.close();
  const again = await openLog(disk.afterPowerLoss('nothing', Math.random), keys);
  expect([...(await contents(again, 0)).values()]).toEqual(['one']);
});

test.each([
  ['a record', 300],
  ['a record that fills its segment', 5_000],
])('%s whose sync failed is on disk once the next start has told of it', async (_, size) => {
  const isKept: boolean[] = [];
  for (let at = 1; at < 20; at++) {
    const disk = new ForgetfulDisk();
    const first = await openLog(disk, keys);
    await append(first, 0, 'small');
    disk.failAt(at, 'error');
    await append(first, 0, 'x'.repeat(size));
    await first.close().catch(() => undefined);
    disk.failAt(1_000_000, 'error');
    const second = await openLog(disk, keys);
    const { next } = second.state(0);
    isKept.push(next === 2);
    expect(await append(second, 0, 'after'.repeat(500))).toBeNull();
    const third = await openLog(disk.afterPowerLoss('nothing', Math.random), keys);
    expect((await contents(third, 0)).size).toBe(next + 1);
  }
  expect(new Set(isKept).size).toBe(2);
});

test('a full disk makes the log busy and loses nothing; with space it goes on by itself', async () => {
  const disk = new ForgetfulDisk({ bytesMax: 12_000 });
  const ledger = newLedger();
  const log = await openLog(disk, keys);
  for (let i = 0; i < 40; i++) await send(log, ledger, 0, `batch ${i}`, 2);
  expect(await append(log, 0, 'x'.repeat(500))).toMatchObject({ code: 'busy', retryable: true });
  const stored = ledger.acknowledged[0]!.size;
  expect(stored).toBeGreaterThan(5);
  expect((await contents(log, 0)).size).toBe(stored);
  await remove(log, ledger, 2);
  await send(log, ledger, 0, 'later', 1);
  expect(ledger.acknowledged[0]!.size).toBe(stored + 1);
  await log.close();
  await check(disk, ledger);
});

test('a start without space for a segment serves what is there, again and again, and goes on by itself when there is some', async () => {
  const disk = new ForgetfulDisk({ bytesMax: 20_000 });
  const ledger = newLedger();
  let log = await openLog(disk, keys);
  for (let i = 0; i < 8; i++) await send(log, ledger, i % PARTITIONS, `batch ${i}`, 2);
  await log.close();
  const full = await disk.open('/data/hub/other', 'create');
  await full.write(Buffer.alloc((await disk.freeBytes()) - 1_000), 0);
  for (let start = 0; start < 3; start++) {
    log = await openLog(disk, keys);
    expect([log.isOutOfSpace, log.sealed.active()]).toEqual([true, null]);
    expect((await contents(log, 0)).size).toBe(ledger.acknowledged[0]!.size);
    expect(await append(log, 0, 'refused')).toMatchObject({ code: 'busy', retryable: true });
    if (start < 2) await log.close();
  }
  await full.truncate(0);
  log.seekSpace();
  while (log.isOutOfSpace) await new Promise((resolve) => setImmediate(resolve));
  await send(log, ledger, 0, 'later', 1);
  expect(log.sealed.active()).not.toBeNull();
  await log.close();
  await check(disk, ledger);
});

test('a start without space after a crash, and a crash without space, lose nothing', async () => {
  for (const crash of [false, true]) {
    const disk = new ForgetfulDisk({ bytesMax: 20_000 });
    const ledger = newLedger();
    const first = await openLog(disk, keys);
    for (let i = 0; i < 5; i++) await send(first, ledger, i % PARTITIONS, `batch ${i}`, 2);
    let now = disk.afterPowerLoss('nothing', Math.random);
    const full = await now.open('/data/hub/other', 'create');
    await full.write(Buffer.alloc(await now.freeBytes()), 0);
    await full.sync();
    await now.syncFolder('/data/hub');
    const without = await openLog(now, keys, { segmentBytes: 4096 });
    expect(without.isOutOfSpace).toBe(true);
    if (crash) now = now.afterPowerLoss('everything', Math.random);
    else await without.close();
    await now.remove('/data/hub/other');
    await check(now, ledger);
  }
});
