import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, SteadyClock } from '@vigil/clock';
import { SILENT } from '../log.js';
import { keepClockMark } from './clock-mark.js';

const T0 = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;

const markFile = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'vigil-mark-')), 'clock-mark.json');

/** A run of the gateway on a computer whose clocks stand still. */
async function run(file: string, wallMs: number) {
  const clock = new SteadyClock({ wall: () => wallMs, monotonic: () => 0 });
  const end = await keepClockMark(clock, file, SILENT);
  return { clock, end };
}

test.each([
  ['was set back by two hours', T0],
  ['lost its battery', 5_000],
])('a gateway whose clock %s while it was off goes on from its newest time', async (_what, wallMs) => {
  const file = await markFile();
  await (await run(file, T0 + 2 * HOUR)).end();
  const { clock, end } = await run(file, wallMs);
  expect(clock.nowMs()).toBe(T0 + 2 * HOUR);
  await end();
});

test('one whose clock is right takes the time that it is, after any pause', async () => {
  const file = await markFile();
  await (await run(file, T0)).end();
  const { clock, end } = await run(file, T0 + 2_000 * HOUR);
  expect(clock.nowMs()).toBe(T0 + 2_000 * HOUR);
  await end();
});

test('a mark that can not be read counts for nothing', async () => {
  const file = await markFile();
  await writeFile(file, '{"atMs":');
  const { clock, end } = await run(file, T0);
  expect(clock.nowMs()).toBe(T0);
  await end();
});

test('the time of a replay is left alone', async () => {
  const file = await markFile();
  await (
    await keepClockMark(new FakeClock(), file, SILENT)
  )();
  await expect(writeFile(file, '', { flag: 'wx' })).resolves.toBeUndefined();
});
