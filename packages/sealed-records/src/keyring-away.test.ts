import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import {
  type FieldPlace,
  Keyring,
  type KeyringOptions,
  MemoryDataKeyStore,
  openKeyFile,
  rotateKeyFile,
  type ShardKeyRow,
  SITE,
} from './index.js';
import { StoppableKeys } from './test-support/stoppable-keys.js';

const HOUR_MS = 3_600_000;
const name = (subject: string): FieldPlace => ({ purpose: 'patient', subject, table: 'patient', column: 'name', row: subject });
const page = (row: string): FieldPlace => ({ purpose: 'page', subject: SITE, table: 'page', column: 'body', row });

let file: string;
let keys: StoppableKeys;
let store: MemoryDataKeyStore;
let clock: FakeClock;
const ring = (more: Partial<KeyringOptions> = {}): Promise<Keyring> =>
  Keyring.open({ keys, store, clock, pinned: ['page'], ...more });

beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), 'vigil-away-')), 'kek.json');
  keys = new StoppableKeys(await openKeyFile(file, { create: 'if-missing' }));
  [store, clock] = [new MemoryDataKeyStore(), new FakeClock()];
});

test('while the key service is away a running process reads and writes with the keys it has until their hour is over', async () => {
  const one = await ring();
  const sealed = await one.seal(name('p-1'), 'Ada');
  keys.stopAfter(0);
  await clock.advance(HOUR_MS - 1);
  expect(await one.open(name('p-1'), sealed)).toBe('Ada');
  await one.seal(name('p-1'), 'Ada');
  await clock.advance(1);
  const away = { code: 'key-away', retryable: true };
  await expect(one.open(name('p-1'), sealed)).rejects.toMatchObject(away);
  await expect(one.seal(name('p-1'), 'Ada')).rejects.toMatchObject(away);
  expect((await one.status()).awaySinceMs).toBe(clock.wallMs());
  keys.start();
  await clock.advance(2_000);
  expect(await one.open(name('p-1'), sealed)).toBe('Ada');
  expect((await one.status()).awaySinceMs).toBeNull();
});

test('pages are sealed and read for as long as the process lives, whatever the key service does', async () => {
  const one = await ring({ blockUses: 2 });
  const old = await one.seal(page('1'), 'bed 3');
  keys.stopAfter(0);
  for (let hours = 0; hours < 24 * 100; hours += 50) {
    await clock.advance(50 * HOUR_MS);
    await one.refresh();
    await one.rotate('page');
    const sealed = await one.seal(page('2'), 'bed 4');
    expect([await one.open(page('1'), old), await one.open(page('2'), sealed)]).toEqual(['bed 3', 'bed 4']);
  }
});

test('a restarted process has the keys of pages from the start, and goes on without the service then', async () => {
  const old = await (await ring()).seal(page('1'), 'bed 3');
  const again = await ring();
  keys.stopAfter(0);
  await clock.advance(10 * HOUR_MS);
  expect(await again.open(page('1'), old)).toBe('bed 3');
  expect(await again.open(page('2'), await again.seal(page('2'), 'bed 4'))).toBe('bed 4');
});

test('a start without the key service fails, and says so', async () => {
  await (await ring()).seal(page('1'), 'bed 3');
  keys.stopAfter(0);
  await expect(ring()).rejects.toMatchObject({ code: 'key-away' });
});

test('a refresh renews keys of half an hour, so that an outage finds them young, and tells an outage without failing', async () => {
  const one = await ring();
  const sealed = await one.seal(name('p-1'), 'Ada');
  await clock.advance(HOUR_MS / 2);
  expect(await one.refresh()).toEqual({ kekChanged: false, away: null, damaged: null });
  keys.stopAfter(0);
  await clock.advance(HOUR_MS - 1);
  expect((await one.refresh()).away).toMatchObject({ code: 'key-away' });
  expect(await one.open(name('p-1'), sealed)).toBe('Ada');
});

test('while it is away, many who ask are answered at once, and it is asked again every two seconds', async () => {
  const sealed = await (await ring()).seal(name('p-1'), 'Ada');
  const one = await ring();
  keys.stopAfter(0);
  const before = keys.asked;
  for (let n = 0; n < 10; n++) await expect(one.open(name('p-1'), sealed)).rejects.toMatchObject({ code: 'key-away' });
  expect(keys.asked - before).toBe(1);
  await clock.advance(2_000);
  await expect(one.open(name('p-1'), sealed)).rejects.toMatchObject({ code: 'key-away' });
  expect(keys.asked - before).toBe(2);
});

test('a hundred who ask at once cause one question for each shard', async () => {
  const one = await ring();
  const subjects = Array.from({ length: 100 }, (_, n) => `p-${n % 10}`);
  const sealed = await one.sealMany(subjects.map((subject) => ({ place: name(subject), plaintext: 'x' })));
  const cold = await ring();
  const before = keys.calls;
  await Promise.all(subjects.map((subject, i) => cold.open(name(subject), sealed[i]!)));
  expect(keys.calls - before).toBeLessThanOrEqual(10);
});

test('a wall clock that is put back does not lengthen the life of a key', async () => {
  let nowMs = clock.wallMs();
  const one = await ring({ clock: { wallMs: () => nowMs } });
  const sealed = await one.seal(name('p-1'), 'Ada');
  keys.stopAfter(0);
  nowMs -= 60_000;
  await expect(one.open(name('p-1'), sealed)).rejects.toMatchObject({ code: 'key-away' });
});

describe('memory', () => {
  const isOverwritten = (key: Buffer): boolean => key.every((byte) => byte === 0);

  test('close overwrites every key', async () => {
    const sealed = await (await ring()).seal(name('p-1'), 'Ada');
    const one = await ring();
    await one.open(name('p-1'), sealed);
    expect(keys.unwrapped.length).toBeGreaterThan(0);
    expect(keys.unwrapped.some(isOverwritten)).toBe(false);
    one.close();
    expect(keys.unwrapped.every(isOverwritten)).toBe(true);
    expect((await one.status()).cached).toEqual({ shardKeys: 0, subjectKeys: 0 });
  });

  test('a key whose hour is over is overwritten when it is next looked for', async () => {
    const sealed = await (await ring()).seal(name('p-1'), 'Ada');
    const one = await ring();
    await one.open(name('p-1'), sealed);
    const [first] = keys.unwrapped;
    await clock.advance(HOUR_MS);
    await one.open(name('p-1'), sealed);
    expect(isOverwritten(first!)).toBe(true);
  });

  test('no more keys than allowed are kept, and a list longer than that still opens, also by many at once', async () => {
    const one = await ring({ cachedKeysMax: 16 });
    const subjects = Array.from({ length: 300 }, (_, n) => `p-${n}`);
    const sealed = await one.sealMany(subjects.map((subject) => ({ place: name(subject), plaintext: subject })));
    const fields = subjects.map((subject, i) => ({ place: name(subject), sealed: sealed[i]! }));
    const lists = await Promise.all([1, 2, 3, 4].map(() => one.openMany(fields)));
    for (const list of lists) expect(list).toEqual(subjects);
    expect((await one.status()).cached.subjectKeys).toBeLessThanOrEqual(16);
  });
});

describe('one key of the store that is damaged', () => {
  const damage = async (purpose: string): Promise<void> => {
    const [{ id, kekId, wrapped }] = (await store.shardKeysOf(purpose, 1)) as [ShardKeyRow];
    await store.rewrapShardKey({ id, fromWrapped: wrapped, kekId, wrapped: 'AAAA' });
  };

  test('holds up the wrapping of no other, and is told at the end', async () => {
    const one = await ring();
    for (const subject of ['p-1', 'p-2', 'p-3', 'p-4', 'p-5']) await one.seal(name(subject), 'Ada');
    const all = (await store.counts()).shardKeys[0]!.count;
    await damage('patient');
    await rotateKeyFile(file);
    await one.refresh();
    await expect(one.rewrapAll()).rejects.toMatchObject({ code: 'tampered' });
    expect((await one.status()).toRewrap).toBe(1);
    expect(all).toBeGreaterThan(2);
  });

  test('holds up the renewal of no other, is told, and what is in memory of it goes on', async () => {
    const one = await ring();
    const sealed = await one.seal(page('1'), 'bed 3');
    await one.seal(name('p-1'), 'Ada');
    await damage('page');
    await clock.advance(HOUR_MS / 2);
    expect(await one.refresh()).toMatchObject({ away: null, damaged: { code: 'tampered' } });
    keys.stopAfter(0);
    await clock.advance(HOUR_MS / 2 - 1);
    // A subject key that is asked for again needs its shard key, which is a minute old and not an hour.
    expect(await one.open(page('1'), sealed)).toBe('bed 3');
    await expect(one.seal(name('p-1'), 'Ada')).resolves.toMatch(/^vsf/);
  });
});
