/** What happens to the spool when the key that wraps its data keys changes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyFileIds, type KeyPort, openKeyFile, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { append, openSpool, readAll, record, testKeys } from '../test-support/spool-fixture.js';
import { FakeDisk } from '../test-support/fake-disk.js';
import { sideName } from './segments.js';
import type { Spool } from './spool.js';
import { STATE } from './spool-keys.js';

const upTo = (n: number, from = 0): number[] => Array.from({ length: n - from }, (_, i) => i + from);
const SMALL = { segmentBytes: 300 };

async function newKeys(): Promise<{ keyFile: string; keys: KeyPort }> {
  const keyFile = join(mkdtempSync(join(tmpdir(), 'vigil-spool-keys-')), 'kek.json');
  return { keyFile, keys: await openKeyFile(keyFile, { create: 'if-missing' }) };
}

async function rotate(keyFile: string, keys: KeyPort): Promise<void> {
  await rotateKeyFile(keyFile);
  await keys.refresh();
}

async function retireOld(keyFile: string, keys: KeyPort): Promise<void> {
  const { current, ids } = await keyFileIds(keyFile);
  for (const id of ids) if (id !== current) await retireKey(keyFile, id);
  await keys.refresh();
}

/** The state has a key too, and is no segment. */
const segmentsOf = ({ sealed }: Spool): number[] => [...sealed.keyIds().keys()].filter((first) => first !== STATE);

/** What the watch does, without its pauses. */
async function follow({ sealed }: Spool, keys: KeyPort): Promise<void> {
  const isOld = (segment: number | null): boolean => segment !== null && sealed.keyIds().get(segment) !== keys.currentKeyId;
  if (isOld(sealed.active())) sealed.roll();
  for (const segment of [...sealed.keyIds().keys()]) {
    if (segment !== sealed.active() && isOld(segment)) await sealed.rewrap(segment);
  }
}

test('after each of five rotations the old keys can go, and all is read on, by this process and by the next', async () => {
  const { keyFile, keys } = await newKeys();
  let opened = await openSpool(keys, new FakeDisk(), SMALL);
  let count = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 10; i++, count++) await append(opened.spool, record(count));
    await rotate(keyFile, keys);
    await follow(opened.spool, keys);
    expect(new Set(opened.spool.sealed.keyIds().values())).toEqual(new Set([keys.currentKeyId]));
    await retireOld(keyFile, keys);
    expect(await readAll(opened.spool)).toEqual(upTo(count));
    for (const left of [opened.disk.afterKill(), opened.disk.afterPowerLoss()]) {
      expect(await readAll((await openSpool(keys, left, SMALL)).spool)).toEqual(upTo(count));
    }
    if (round % 2 === 1) opened = await openSpool(keys, opened.disk.afterPowerLoss(), SMALL);
  }
});

test('records that come while a roll is asked for begin a new segment under the new key', async () => {
  const { keyFile, keys } = await newKeys();
  const { spool, disk } = await openSpool(keys);
  const old = keys.currentKeyId;
  await append(spool, record(0));
  let release = (): void => undefined;
  disk.holdSync = new Promise((resolve) => (release = resolve));
  const held = append(spool, record(1));
  await rotate(keyFile, keys);
  spool.sealed.roll();
  const later = append(spool, record(2));
  release();
  disk.holdSync = null;
  await Promise.all([held, later]);
  expect(segmentsOf(spool).map((first) => [first, spool.sealed.keyIds().get(first)])).toEqual([
    [0, old],
    [2, keys.currentKeyId],
  ]);
  expect(await readAll(spool)).toEqual([0, 1, 2]);
});

test('a spool that was killed at any file of a rotation opens with both keys, and is finished by the next start', async () => {
  const { keyFile, keys } = await newKeys();
  const { spool, disk } = await openSpool(keys, new FakeDisk(), SMALL);
  for (const n of upTo(12)) await append(spool, record(n));
  await rotate(keyFile, keys);
  spool.sealed.roll();
  for (const segment of [...spool.sealed.keyIds().keys()]) {
    const killed = disk.afterKill();
    await killed.replaceSmall(`${sideName(segment)}.tmp`, Buffer.from('half a key'));
    const again = await openSpool(keys, killed, SMALL);
    expect([...killed.files.keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await follow(again.spool, keys);
    expect(new Set(again.spool.sealed.keyIds().values())).toEqual(new Set([keys.currentKeyId]));
    expect(await readAll(again.spool)).toEqual(upTo(12));
    await spool.sealed.rewrap(segment);
  }
});

test('a segment that is settled while its key is wrapped anew leaves nothing behind', async () => {
  const { keyFile, keys } = await newKeys();
  const { spool, disk, clock } = await openSpool(keys, new FakeDisk(), SMALL);
  for (const n of upTo(12)) await append(spool, record(n));
  await rotate(keyFile, keys);
  await follow(spool, keys);
  await rotate(keyFile, keys);
  spool.sealed.roll();
  const racing = Promise.all([...spool.sealed.keyIds().keys()].map((segment) => spool.sealed.rewrap(segment)));
  spool.settle([{ from: 0, to: 12 }]);
  await clock.advance(1_000);
  await racing;
  expect([...disk.files.keys()].filter((name) => name.includes('.seg'))).toEqual([]);
  expect(segmentsOf(spool)).toEqual([]);
});

test('a power loss never leaves a settled segment without its key', async () => {
  const { keyFile, keys } = await newKeys();
  const { spool, disk, clock } = await openSpool(keys, new FakeDisk(), SMALL);
  for (const n of upTo(12)) await append(spool, record(n));
  await rotate(keyFile, keys);
  await follow(spool, keys);
  await retireOld(keyFile, keys);
  for (const n of upTo(12)) {
    spool.settle([{ from: n, to: n + 1 }]);
    await clock.advance(300);
    await openSpool(keys, disk.afterPowerLoss(), SMALL);
  }
});

describe('what lies beside a segment', () => {
  async function rotated() {
    const { keyFile, keys } = await newKeys();
    const { spool, disk } = await openSpool(keys, new FakeDisk(), SMALL);
    for (const n of upTo(12)) await append(spool, record(n));
    await rotate(keyFile, keys);
    await follow(spool, keys);
    const firsts = segmentsOf(spool);
    const side = (place: number) => disk.files.get(sideName(firsts[place]!))!.bytes;
    return { keyFile, keys, disk, firsts, side };
  }

  test('with any byte changed or cut is passed over while the first key is there', async () => {
    const { keys, disk, firsts, side } = await rotated();
    const good = side(1);
    const bad = (at: number): Buffer => Buffer.from(good.map((byte, i) => (i === at ? byte ^ 0x10 : byte)));
    for (let at = 0; at < good.length; at += 5) {
      for (const bytes of [bad(at), good.subarray(0, at)]) {
        const left = disk.afterKill();
        await left.replaceSmall(sideName(firsts[1]!), bytes);
        const { spool } = await openSpool(keys, left, SMALL);
        expect(spool.sealed.keyIds().get(firsts[1]!)).toBeNull();
        expect(await readAll(spool)).toEqual(upTo(12));
      }
    }
  });

  test('of another segment costs only that segment once the first key is gone, and it is kept aside', async () => {
    const { keyFile, keys, disk, firsts, side } = await rotated();
    await retireOld(keyFile, keys);
    await disk.replaceSmall(sideName(firsts[1]!), side(2));
    const { spool, metrics } = await openSpool(keys, disk, SMALL);
    const lost = upTo(firsts[2]!, firsts[1]!);
    expect(await readAll(spool)).toEqual(upTo(12).filter((n) => !lost.includes(n)));
    expect((await metrics.spoolLost.get()).values[0]!.value).toBe(lost.length);
    expect(disk.aside).toEqual([expect.stringContaining(String(firsts[1]))]);
  });

  test('and is missing once the first key is gone stops the start, and nothing is deleted', async () => {
    const { keyFile, keys, disk, firsts } = await rotated();
    await retireOld(keyFile, keys);
    await disk.remove(sideName(firsts[1]!));
    const before = [...disk.files.keys()];
    await expect(openSpool(keys, disk, SMALL)).rejects.toMatchObject({ code: 'key-unknown' });
    expect([...disk.files.keys()]).toEqual(before);
  });

  test('and has no segment is removed by the next start', async () => {
    const { keys, disk, side } = await rotated();
    await disk.replaceSmall(sideName(999), side(0));
    await openSpool(keys, disk, SMALL);
    expect(disk.files.has(sideName(999))).toBe(false);
  });
});

test('a key that is taken away too early makes records wait; they are read when it is back', async () => {
  const disk = new FakeDisk();
  const { keys } = await newKeys();
  const first = await openSpool(keys, disk, SMALL);
  for (const n of upTo(6)) await append(first.spool, record(n));
  let isGone = false;
  const some: KeyPort = {
    get currentKeyId() {
      return keys.currentKeyId;
    },
    wrap: (...args) => keys.wrap(...args),
    refresh: () => keys.refresh(),
    unwrap: (...args) => (isGone ? other.unwrap(...args) : keys.unwrap(...args)),
  };
  const other = await testKeys();
  const { spool, metrics } = await openSpool(some, disk.afterKill(), SMALL);
  isGone = true;
  await expect(readAll(spool)).rejects.toMatchObject({ code: 'key-unknown' });
  isGone = false;
  expect(await readAll(spool)).toEqual(upTo(6));
  expect((await metrics.spoolLost.get()).values[0]!.value).toBe(0);
});

test('keys of the same names that open no segment refuse the start instead of giving everything up', async () => {
  const { keys } = await newKeys();
  const { spool, disk } = await openSpool(keys, new FakeDisk(), SMALL);
  for (const n of upTo(6)) await append(spool, record(n));
  const strange = await testKeys();
  const renamed: KeyPort = {
    ...{ currentKeyId: keys.currentKeyId, refresh: () => strange.refresh(), wrap: (...args) => strange.wrap(...args) },
    unwrap: (_, ...rest) => strange.unwrap(strange.currentKeyId, ...rest),
  };
  const before = [...disk.files.keys()];
  await expect(openSpool(renamed, disk, SMALL)).rejects.toThrow(/none of \d spool segments opens; restore the key file/);
  expect([...disk.files.keys()]).toEqual(before);
});

test('a disk that refuses the new key leaves the old one in use, and the next try succeeds', async () => {
  const { keyFile, keys } = await newKeys();
  const { spool, disk } = await openSpool(keys, new FakeDisk(), SMALL);
  for (const n of upTo(6)) await append(spool, record(n));
  await rotate(keyFile, keys);
  disk.failing = { write: new Error('ENOSPC') };
  await expect(spool.sealed.rewrap(0)).rejects.toThrow('ENOSPC');
  expect(spool.sealed.keyIds().get(0)).not.toBe(keys.currentKeyId);
  disk.failing = {};
  await spool.sealed.rewrap(0);
  expect(spool.sealed.keyIds().get(0)).toBe(keys.currentKeyId);
});
