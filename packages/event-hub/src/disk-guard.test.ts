import { FakeClock } from '@vigil/clock';
import { createMetrics } from './admin/metrics.js';
import { type DiskGuard, freeBytesMinFor, startDiskGuard } from './disk-guard.js';
import type { LogError } from './log/log-error.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = new FakeClock();
let free: number | Error = 1000;
let changes: (LogError | null)[] = [];
let guard: DiskGuard;
const metrics = createMetrics();

const start = async (freeBytesMin = 100): Promise<void> => {
  changes = [];
  const freeBytes = (): Promise<number> => (free instanceof Error ? Promise.reject(free) : Promise.resolve(free));
  guard = await startDiskGuard({ freeBytes, freeBytesMin, clock, log: silent, metrics, onChange: (full) => changes.push(full) });
};
const has = async (bytes: number | Error): Promise<void> => {
  free = bytes;
  await clock.advance(1000);
};
afterEach(() => guard.stop());

test('below the limit appends are refused as busy, and above it with some to spare they are taken again', async () => {
  free = 1000;
  await start();
  await has(100);
  expect(changes).toEqual([]);
  await has(99);
  expect(changes).toMatchObject([{ code: 'busy', retryable: true }]);
  expect((await metrics.diskFull.get()).values[0]!.value).toBe(1);
  await has(124);
  expect(guard.full).not.toBeNull();
  await has(125);
  expect(guard.full).toBeNull();
  expect(changes).toHaveLength(2);
  expect((await metrics.diskFreeBytes.get()).values[0]!.value).toBe(125);
});

test('a disk that is full at the start is known before the first client', async () => {
  free = 5;
  await start();
  expect(guard.full).not.toBeNull();
});

test('a disk that can not be asked changes nothing', async () => {
  free = 5;
  await start();
  await has(new Error('EIO'));
  expect(guard.full).not.toBeNull();
  await has(1000);
  expect(guard.full).toBeNull();
});

test('without a limit it only counts', async () => {
  free = 0;
  await start(0);
  expect(guard.full).toBeNull();
});

test('the default has room for two segments', () => {
  expect(freeBytesMinFor(64 * 1024 * 1024)).toBe(256 * 1024 * 1024);
  expect(freeBytesMinFor(256 * 1024 * 1024)).toBe(512 * 1024 * 1024);
});
