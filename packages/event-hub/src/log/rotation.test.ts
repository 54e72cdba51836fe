/** What happens to the segments of a log when the key that wraps their data keys changes. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { keyFileIds, type KeyPort, openKeyFile, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import rhea from 'rhea';
import { scanEvent, type ScannedEvent } from '../wire/event.js';
import { HubLog, type LogOptions } from './hub-log.js';
import type { LogError } from './log-error.js';
import { sideName } from './segment-keys.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-rotation-'));
const event = (text: string): ScannedEvent =>
  scanEvent(rhea.message.encode({ body: rhea.message.data_section(Buffer.from(text)) } as never) as unknown as Buffer);
const append = (log: HubLog, ...texts: string[]): Promise<LogError | null> =>
  new Promise((resolve) => log.append(0, texts.map(event), resolve));
const files = (folder: string, suffix: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .sort();

interface Ward {
  readonly folder: string;
  readonly keyFile: string;
  readonly keys: KeyPort;
  readonly open: (more?: Partial<LogOptions>) => Promise<HubLog>;
}

async function newWard(): Promise<Ward> {
  const folder = newFolder();
  const keyFile = join(newFolder(), 'kek.json');
  const keys = await openKeyFile(keyFile, { create: 'if-missing' });
  return { folder, keyFile, keys, open: (more = {}) => HubLog.open(options(folder, keys, more)) };
}

const options = (folder: string, keys: KeyPort, more: Partial<LogOptions> = {}): LogOptions => ({
  ...{ folder, keys, hubId: 'test-hub', partitionCount: 1, clock: new FakeClock(1_000_000) },
  ...{ segmentBytes: 4096, tailCacheBytes: 1, pendingBytesMax: 1024 * 1024 },
  onFailure: (error) => {
    throw error;
  },
  ...more,
});

/** Sequence numbers of all events, through the path that consumers use. */
async function sequences(log: HubLog): Promise<number[]> {
  const found: number[] = [];
  for (let sequence = log.state(0).begin; sequence < log.state(0).next;) {
    const [batch] = await log.read(0, sequence);
    for (let i = 0; i < batch!.count; i++) found.push(batch!.firstSequence + i);
    sequence = batch!.firstSequence + batch!.count;
  }
  return found;
}
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What the watch does, without its pauses. */
async function follow({ keys }: Ward, log: HubLog): Promise<void> {
  await keys.refresh();
  const { sealed } = log;
  const isOld = (segment: number): boolean => sealed.keyIds().get(segment) !== keys.currentKeyId;
  // Twice where the next segment was prepared before the rotation.
  while (isOld(sealed.active()!)) {
    sealed.roll();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const segment of [...sealed.keyIds().keys()]) if (isOld(segment)) await sealed.rewrap(segment);
}

async function retireOld({ keyFile, keys }: Ward): Promise<void> {
  const { current, ids } = await keyFileIds(keyFile);
  for (const id of ids) if (id !== current) await retireKey(keyFile, id);
  await keys.refresh();
}

test('after each of five rotations the old keys can go, and all is read on, by this process and by the next', async () => {
  const ward = await newWard();
  let log = await ward.open();
  let count = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 20; i++, count++) expect(await append(log, `event ${count}`.padEnd(400, '.'))).toBeNull();
    await rotateKeyFile(ward.keyFile);
    await follow(ward, log);
    await retireOld(ward);
    expect(await sequences(log)).toEqual(upTo(count));
    if (round % 2 === 1) {
      await log.close();
      log = await ward.open();
      expect(await sequences(log)).toEqual(upTo(count));
    }
  }
  await log.close();
});

test('appends go on while the log is rolled and wrapped anew; none fails and no number is left out', async () => {
  const ward = await newWard();
  const log = await ward.open({ segmentBytes: 256 * 1024 });
  let isLoading = true;
  let count = 0;
  const load = (async () => {
    for (; isLoading; count++) expect(await append(log, `event ${count}`.padEnd(300, '.'))).toBeNull();
  })();
  for (let round = 0; round < 10; round++) {
    await rotateKeyFile(ward.keyFile);
    await follow(ward, log);
  }
  await retireOld(ward);
  isLoading = false;
  await load;
  expect(count).toBeGreaterThan(20);
  expect(await sequences(log)).toEqual(upTo(count));
  await log.close();
  expect(await sequences(await ward.open())).toEqual(upTo(count));
});

test('a log to which nothing is written is rolled too', async () => {
  const ward = await newWard();
  const log = await ward.open();
  await append(log, 'one');
  await rotateKeyFile(ward.keyFile);
  await follow(ward, log);
  await follow(ward, log);
  expect(await append(log, 'two')).toBeNull();
  expect(await sequences(log)).toEqual([0, 1]);
});

test('a process that is killed at any file of a rotation leaves a log that opens with both keys', async () => {
  const ward = await newWard();
  const log = await ward.open();
  for (let i = 0; i < 40; i++) await append(log, `event ${i}`.padEnd(400, '.'));
  await rotateKeyFile(ward.keyFile);
  await ward.keys.refresh();
  const segments = [...log.sealed.keyIds().keys()];
  expect(segments.length).toBeGreaterThan(3);
  for (const segment of segments.slice(0, -1)) {
    const killed = newFolder();
    cpSync(ward.folder, killed, { recursive: true });
    writeFileSync(join(killed, `${sideName(segment)}.tmp`), 'half a key');
    const again = await HubLog.open(options(killed, ward.keys));
    expect(await sequences(again)).toEqual(upTo(40));
    expect(files(killed, '.tmp')).toEqual([]);
    await again.close();
    await log.sealed.rewrap(segment);
  }
  await log.close();
});

test('a start after a rotation knows what is still under the old key', async () => {
  const ward = await newWard();
  let log = await ward.open();
  for (let i = 0; i < 20; i++) await append(log, `event ${i}`.padEnd(400, '.'));
  const old = ward.keys.currentKeyId;
  await log.close();
  await rotateKeyFile(ward.keyFile);
  await ward.keys.refresh();
  log = await ward.open();
  const ids = [...log.sealed.keyIds()];
  expect(ids.filter(([, id]) => id === old).length).toBe(ids.length - 1);
  expect(log.sealed.keyIds().get(log.sealed.active()!)).toBe(ward.keys.currentKeyId);
});

describe('what lies beside a segment', () => {
  /** A closed log of several segments that were all wrapped anew. */
  async function rotated(): Promise<Ward & { readonly sides: string[]; readonly numbers: number[] }> {
    const ward = await newWard();
    const log = await ward.open();
    for (let i = 0; i < 30; i++) await append(log, `event ${i}`.padEnd(400, '.'));
    await rotateKeyFile(ward.keyFile);
    await follow(ward, log);
    await log.close();
    const sides = files(ward.folder, '.seg.key');
    return { ...ward, sides, numbers: sides.map((name) => Number(name.slice(0, 20))) };
  }

  test.each<[string, (good: Buffer) => Buffer]>([
    ['cut short', (good) => good.subarray(0, 9)],
    ['empty', () => Buffer.alloc(0)],
    ['rubbish', (good) => randomBytes(good.length)],
    ['there twice', (good) => Buffer.concat([good, good])],
  ])('and is %s is passed over while the first key is there, and written again', async (_, damage) => {
    const ward = await rotated();
    const path = join(ward.folder, ward.sides[1]!);
    writeFileSync(path, damage(readFileSync(path)));
    const log = await ward.open();
    expect(log.sealed.keyIds().get(ward.numbers[1]!)).toBeNull();
    expect(await sequences(log)).toEqual(upTo(30));
    await log.sealed.rewrap(ward.numbers[1]!);
    await log.close();
    await retireOld(ward);
    expect(await sequences(await ward.open())).toEqual(upTo(30));
  });

  test.each([['torn'], ["another segment's"], ['missing']])(
    'and is %s stops the start once the first key is gone',
    async (how) => {
      const ward = await rotated();
      const [first, second] = ward.sides.map((name) => join(ward.folder, name)) as [string, string];
      if (how === 'torn') writeFileSync(first, readFileSync(first).subarray(0, -1));
      else if (how === 'missing') rmSync(first);
      else writeFileSync(first, readFileSync(second));
      await (await ward.open()).close();
      await retireOld(ward);
      const before = files(ward.folder, '');
      await expect(ward.open()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(/backup/) as string });
      expect(files(ward.folder, '')).toEqual(before);
    },
  );

  test('and has no segment is removed by the next start', async () => {
    const ward = await rotated();
    writeFileSync(join(ward.folder, sideName(99)), readFileSync(join(ward.folder, ward.sides[0]!)));
    await ward.open();
    expect(files(ward.folder, '.seg.key')).not.toContain(sideName(99));
    expect(files(ward.folder, '.seg.key')).toContain(ward.sides[0]);
  });

  test('swapped segments are refused, with what lies beside them and without', async () => {
    const ward = await rotated();
    const [a, b] = ward.numbers.map((number) => join(ward.folder, sideName(number).replace(/\.key$/, ''))) as [string, string];
    const [first, second] = [readFileSync(a), readFileSync(b)];
    writeFileSync(a, second);
    writeFileSync(b, first);
    await expect(ward.open()).rejects.toMatchObject({ code: 'corrupt' });
    const [sideA, sideB] = [readFileSync(`${a}.key`), readFileSync(`${b}.key`)];
    writeFileSync(`${a}.key`, sideB);
    writeFileSync(`${b}.key`, sideA);
    await expect(ward.open()).rejects.toMatchObject({ code: 'corrupt' });
  });
});

test('without space for a new segment a rotation waits, and goes on when there is', async () => {
  const ward = await newWard();
  const log = await ward.open();
  await append(log, 'one');
  const blocked = join(ward.folder, `${'2'.padStart(20, '0')}.seg.new`);
  mkdirSync(blocked);
  await rotateKeyFile(ward.keyFile);
  await ward.keys.refresh();
  log.sealed.roll();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([log.sealed.active(), await append(log, 'two')]).toEqual([1, null]);
  rmdirSync(blocked);
  await follow(ward, log);
  expect(await sequences(log)).toEqual([0, 1]);
});
