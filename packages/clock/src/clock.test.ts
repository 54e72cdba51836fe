import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, loadClock, ScaledClock } from './index.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'vigil-clock-'));

test('a fake clock fires timers in order of their due time and none early', async () => {
  const clock = new FakeClock(0);
  const fired: string[] = [];
  clock.after(20, () => fired.push(`b@${clock.wallMs()}`));
  clock.every(15, () => fired.push(`a@${clock.wallMs()}`));
  await clock.advance(14);
  expect(fired).toEqual([]);
  await clock.advance(16);
  expect(fired).toEqual(['a@15', 'b@20', 'a@30']);
});

test('an aborted sleep rejects and leaves no timer', async () => {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const slept = clock.sleep(1000, stop.signal).catch((e: Error) => e.message);
  stop.abort(new Error('stopped'));
  expect(await slept).toBe('stopped');
});

test('event time runs at the rate from the anchor on', () => {
  const wallMs = Date.now();
  const clock = new ScaledClock({ wallMs: wallMs - 1000, eventMs: 5_000_000, rate: 60 });
  expect(clock.nowMs()).toBeGreaterThanOrEqual(5_060_000);
});

test('a second start goes on where event time stood, also at another speed', () => {
  const dir = folder();
  const first = loadClock(dir, 60);
  const before = first.nowMs();
  expect(loadClock(dir, 60).nowMs()).toBeGreaterThanOrEqual(before);
  const slower = loadClock(dir, 10);
  expect(slower.rate).toBe(10);
  expect(slower.nowMs()).toBeGreaterThanOrEqual(before);
});

test('wall time is refused to a folder that was replayed', () => {
  const dir = folder();
  loadClock(dir, 60);
  expect(() => loadClock(dir, 1, { requireWall: true })).toThrow(/data folder of their own/);
});

test('a folder without a file and speed 1 is wall time', () => {
  expect(loadClock(folder(), 1).rate).toBe(1);
});
