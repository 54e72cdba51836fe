import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { type KeyPort, openKeyFile } from '@vigil/sealed-records';
import fc from 'fast-check';
import { HubLog, type LogOptions } from './hub-log.js';
import type { LogError } from './log-error.js';
import { append, contents as contentsOf, event } from './test-log.js';

const PARTITIONS = 4;
let keys: KeyPort;
beforeAll(async () => {
  keys = await openKeyFile(join(mkdtempSync(join(tmpdir(), 'vigil-log-key-')), 'kek.json'), { create: 'if-missing' });
});

const options = (folder: string, more: Partial<LogOptions> = {}): LogOptions => ({
  folder,
  hubId: 'test-hub',
  partitionCount: PARTITIONS,
  keys,
  clock: new FakeClock(1_000_000),
  segmentBytes: 16 * 1024,
  tailCacheBytes: 1024 * 1024,
  pendingBytesMax: 1024 * 1024,
  onFailure: () => undefined,
  ...more,
});
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'vigil-log-'));
/** Everything in a partition, in order; none of these logs has lost a number. */
async function contents(log: HubLog, partition: number): Promise<string[]> {
  const found = await contentsOf(log, partition);
  const { begin, next } = log.state(partition);
  expect([...found.keys()]).toEqual(Array.from({ length: next - begin }, (_, i) => begin + i));
  return [...found.values()];
}

const segments = (folder: string): string[] =>
  readdirSync(folder)
    .filter((n) => n.endsWith('.seg'))
    .sort();
/** What kill -9 leaves: the files as they are, nothing closed. */
function copyAsKilled(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

test('what was acknowledged is there after a restart, in order, across segments', async () => {
  const folder = newFolder();
  let log = await HubLog.open(options(folder));
  const expected: string[][] = [[], [], [], []];
  for (let i = 0; i < 200; i++) {
    expect(await append(log, i % 3, `a${i}`, `b${i}`.padEnd(500, '.'))).toBeNull();
    expected[i % 3]!.push(`a${i}`, `b${i}`.padEnd(500, '.'));
  }
  expect(segments(folder).length).toBeGreaterThan(3);
  for (const p of [0, 1, 2, 3]) expect(await contents(log, p)).toEqual(expected[p]);
  await log.close();
  log = await HubLog.open(options(folder, { tailCacheBytes: 1 }));
  for (const p of [0, 1, 2, 3]) expect(await contents(log, p)).toEqual(expected[p]);
  expect(log.state(0).next).toBe(134);
  await append(log, 0, 'later');
  expect((await contents(log, 0)).at(-1)).toBe('later');
  await log.close();
});

test('appends that arrive together are written together', async () => {
  const commits: number[] = [];
  const log = await HubLog.open(options(newFolder(), { onCommit: ({ batches }) => commits.push(batches) }));
  await Promise.all(Array.from({ length: 50 }, (_, i) => append(log, i % 4, `e${i}`)));
  expect(commits).toEqual([50]);
  await log.close();
});

test('nothing can be read before it is acknowledged, and readers are woken after', async () => {
  const log = await HubLog.open(options(newFolder()));
  const steps: string[] = [];
  log.onAppended(0, () => steps.push('woken'));
  const done = append(log, 0, 'x').then(() => 0);
  expect(log.state(0).next).toBe(0);
  expect(log.cached(0, 0)).toBeNull();
  log.append(0, [event('y')], () => steps.push('acknowledged'));
  await done;
  await new Promise((resolve) => setImmediate(resolve));
  expect(steps).toEqual(['acknowledged', 'woken']);
  await log.close();
});

test('time never goes back, and a time finds its first event', async () => {
  const clock = new FakeClock(1_000_000);
  const log = await HubLog.open(options(newFolder(), { clock, tailCacheBytes: 1 }));
  for (let i = 0; i < 100; i++) {
    await append(log, i % 2, `e${i}`.padEnd(400, '.'));
    await clock.advance(i === 50 ? 60_000 : 1000);
  }
  expect(await log.sequenceAfter(0, 0)).toBe(0);
  expect(await log.sequenceAfter(0, 1_010_000)).toBe(6);
  expect(await log.sequenceAfter(1, 1_010_000)).toBe(5);
  expect(await log.sequenceAfter(0, 9_000_000)).toBe(50);
  await log.close();
});

test('a write that was cut at any byte leaves exactly what was acknowledged before', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder, { segmentBytes: 4096 }));
  await append(log, 0, 'one', 'two');
  await append(log, 1, 'three');
  const [name] = segments(folder) as [string];
  const before = readFileSync(join(folder, name));
  const end = before.findLastIndex((byte) => byte !== 0) + 1;
  await append(log, 0, 'last');
  const whole = readFileSync(join(folder, name));
  const wholeEnd = whole.findLastIndex((byte) => byte !== 0) + 1;
  for (let cut = end; cut < wholeEnd; cut++) {
    const killed = newFolder();
    const torn = Buffer.from(whole);
    torn.fill(0, cut);
    writeFileSync(join(killed, name), torn);
    const again = await HubLog.open(options(killed, { segmentBytes: 4096 }));
    expect([await contents(again, 0), await contents(again, 1)]).toEqual([['one', 'two'], ['three']]);
    expect(await append(again, 0, 'next')).toBeNull();
    expect(await contents(again, 0)).toEqual(['one', 'two', 'next']);
    await again.close();
    rmSync(killed, { recursive: true });
  }
  await log.close();
}, 60_000);

test('any kill point in the bytes recovers exactly the records that are whole', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder, { segmentBytes: 64 * 1024 }));
  const path = join(folder, segments(folder)[0]!);
  for (let i = 0; i < 12; i++) await append(log, 0, `event ${i}`.padEnd(20 + i * 37, '.'));
  const whole = readFileSync(path);
  await log.close();
  const ends: number[] = [];
  for (let at = whole.indexOf('VFRM'); whole.toString('latin1', at, at + 4) === 'VFRM'; at = ends.at(-1)!) {
    ends.push(at + 12 + whole.readUInt32BE(at + 4));
  }
  expect(ends).toHaveLength(12);
  const check = async (kill: number, rest: Buffer): Promise<void> => {
    const killed = newFolder();
    const left = Buffer.concat([whole.subarray(0, kill), rest]);
    writeFileSync(join(killed, segments(folder)[0]!), left);
    const again = await HubLog.open(options(killed));
    // What follows the cut may by chance begin as the record would have gone on; then that record is whole.
    const expected = ends.filter((end) => left.length >= end && left.subarray(0, end).equals(whole.subarray(0, end))).length;
    expect([again.state(0).next, (await contents(again, 0)).length]).toEqual([expected, expected]);
    await again.close();
    rmSync(killed, { recursive: true });
  };
  const garbage = Buffer.from('garbage'.repeat(20));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: ends[0]!, max: ends.at(-1)! }), fc.boolean(), (kill, isFollowed) =>
      check(kill, isFollowed ? garbage : Buffer.alloc(0)),
    ),
    { numRuns: 60 },
  );
  const last = ends.at(-1)! - 1;
  for (const byte of [whole[last]!, whole[last]! ^ 1]) await check(last, Buffer.concat([Buffer.from([byte]), garbage]));
}, 60_000);

test('a flipped bit in what was acknowledged stops the start or the read that meets it, and says where', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder, { segmentBytes: 4096 }));
  for (let i = 0; i < 30; i++) await append(log, i % 4, `e${i}`.padEnd(200, '.'));
  const killed = copyAsKilled(folder);
  await log.close();
  const names = segments(killed);
  await fc.assert(
    fc.asyncProperty(fc.nat(names.length - 2), fc.nat(4000), fc.nat(7), async (which, at, bit) => {
      const harmed = copyAsKilled(killed);
      const path = join(harmed, names[which]!);
      const bad = readFileSync(path);
      bad[at % bad.length]! ^= 1 << bit;
      writeFileSync(path, bad);
      const readAll = async (): Promise<void> => {
        const again = await HubLog.open(options(harmed));
        try {
          for (const p of [0, 1, 2, 3]) await contents(again, p);
        } finally {
          await again.close();
        }
      };
      await expect(readAll()).rejects.toThrow(names[which]!);
      rmSync(harmed, { recursive: true });
    }),
    { numRuns: 80 },
  );
});

test('damage in the middle of the newest segment is not taken for a torn write', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder));
  for (let i = 0; i < 5; i++) await append(log, 0, `e${i}`);
  const killed = copyAsKilled(folder);
  await log.close();
  const path = join(killed, segments(killed)[0]!);
  const bytes = readFileSync(path);
  bytes[bytes.indexOf('VFRM', bytes.indexOf('VFRM') + 4) + 20]! ^= 1;
  writeFileSync(path, bytes);
  await expect(HubLog.open(options(killed))).rejects.toMatchObject({ code: 'corrupt' });
});

test('a segment of another hub, under another number or cut short is refused', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder, { segmentBytes: 2048 }));
  for (let i = 0; i < 20; i++) await append(log, 0, `e${i}`.padEnd(300, '.'));
  await log.close();
  await expect(HubLog.open(options(folder, { hubId: 'other' }))).rejects.toMatchObject({ code: 'corrupt' });
  const [first, second] = segments(folder) as [string, string];
  const bytes = readFileSync(join(folder, first));
  writeFileSync(join(folder, first), readFileSync(join(folder, second)));
  await expect(HubLog.open(options(folder))).rejects.toMatchObject({ code: 'corrupt' });
  writeFileSync(join(folder, first), bytes);
  truncateSync(join(folder, first), bytes.length - 5);
  await expect(HubLog.open(options(folder))).rejects.toMatchObject({ code: 'corrupt' });
});

test('bodies are not readable on disk, and a clean stop gives back what was preallocated', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder));
  await append(log, 0, 'canary');
  await log.close();
  const path = join(folder, segments(folder)[0]!);
  expect(readFileSync(path).includes('canary')).toBe(false);
  expect(statSync(path).size).toBeLessThan(1024);
  appendFileSync(path, Buffer.alloc(100));
  await expect(HubLog.open(options(folder))).rejects.toThrow(/longer than it was/);
});

test('a full queue is refused as busy and takes no sequence number', async () => {
  const log = await HubLog.open(options(newFolder(), { pendingBytesMax: 1000 }));
  const results = await Promise.all(Array.from({ length: 10 }, (_, i) => append(log, 0, `e${i}`.padEnd(300, '.'))));
  expect(results.filter((r) => r?.code === 'busy' && r.retryable).length).toBeGreaterThan(0);
  expect(log.state(0).next).toBe(results.filter((r) => r === null).length);
  expect(await append(log, 0, 'again')).toBeNull();
  expect(log.state(0).next).toBe((await contents(log, 0)).length);
  await log.close();
});

test('without space for a new segment the log is busy until there is, and loses nothing', async () => {
  const folder = newFolder();
  const log = await HubLog.open(options(folder, { segmentBytes: 2048 }));
  // A folder in the place of the next file fails like a full disk.
  const blocked = join(folder, `${'2'.padStart(20, '0')}.seg.new`);
  const { mkdirSync, rmdirSync } = await import('node:fs');
  mkdirSync(blocked);
  const results: (LogError | null)[] = [];
  for (let i = 0; i < 10; i++) results.push(await append(log, 0, `e${i}`.padEnd(400, '.')));
  const stored = results.filter((r) => r === null).length;
  expect(results.at(-1)).toMatchObject({ code: 'busy', retryable: true });
  expect(log.state(0).next).toBe(stored);
  rmdirSync(blocked);
  expect(await append(log, 0, 'after')).toBeNull();
  expect((await contents(log, 0)).length).toBe(stored + 1);
  await log.close();
});

test('appends after the stop are refused', async () => {
  const log = await HubLog.open(options(newFolder()));
  const last = append(log, 0, 'last');
  await log.close();
  expect(await last).toBeNull();
  expect(await append(log, 0, 'late')).toMatchObject({ code: 'closed' });
});
