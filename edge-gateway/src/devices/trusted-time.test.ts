import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { SILENT } from '../log.js';
import { AHEAD_MS_MAX, TrustedTime } from './trusted-time.js';

const DAY_MS = 86_400_000;
const TODAY_MS = Date.UTC(2026, 10, 21);
const [IN_1970, IN_2099] = [5_000, Date.UTC(2099, 0, 1)];

/** The clock of a machine, which anybody can set. */
class MachineClock extends FakeClock {
  private offMs = 0;
  set(wallMs: number): void {
    this.offMs = wallMs - super.wallMs();
  }
  override wallMs(): number {
    return super.wallMs() + this.offMs;
  }
}

async function boot(wallMs: number, file: string | null = null, bornMs = 0) {
  const clock = new MachineClock(TODAY_MS);
  clock.set(wallMs);
  const lines: string[] = [];
  const say = (_: object, msg: string): void => void lines.push(msg);
  const time = new TrustedTime(clock, { ...SILENT, info: say, error: say }, file);
  time.atLeast(bornMs);
  await time.start();
  return { clock, time, lines };
}
const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-time-')), 'time-mark.json');

/** A gateway that ran yesterday, and what it has on its disk. */
async function ranYesterday(): Promise<string> {
  const file = newFile();
  const { time } = await boot(TODAY_MS - DAY_MS, file);
  await time.stop();
  return file;
}

test('a clock that is right is believed, whenever the gateway was stopped within the last weeks', async () => {
  const file = await ranYesterday();
  for (const days of [0, 1, 44]) {
    const { time, lines } = await boot(TODAY_MS + days * DAY_MS, file);
    expect(time.now).toEqual({ atMs: TODAY_MS + days * DAY_MS, isExact: true });
    expect(lines).toEqual([]);
  }
});

test.each([
  ['1970', IN_1970],
  ['2099', IN_2099],
])('a start in %s goes on from the last good time, said once, and ends when the clock is right', async (_when, wallMs) => {
  const { clock, time, lines } = await boot(wallMs, await ranYesterday());
  expect(time.now).toEqual({ atMs: TODAY_MS - DAY_MS, isExact: false });
  await clock.advance(3_600_000);
  expect(time.now).toEqual({ atMs: TODAY_MS - DAY_MS + 3_600_000, isExact: false });
  clock.set(TODAY_MS);
  await clock.advance(10_000);
  expect(time.now).toEqual({ atMs: TODAY_MS + 10_000, isExact: true });
  expect(lines).toEqual([expect.stringMatching(/clock of this machine is wrong/), expect.stringMatching(/believed again/)]);
});

test.each([
  ['1970', IN_1970],
  ['2099', IN_2099],
])('a clock that jumps to %s while the gateway runs changes neither the time nor what is kept of it', async (_when, wallMs) => {
  const file = newFile();
  const { clock, time } = await boot(TODAY_MS, file);
  clock.set(wallMs);
  await clock.advance(60_000);
  expect(time.now).toEqual({ atMs: TODAY_MS + 60_000, isExact: false });
  await time.stop();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ wallMs: TODAY_MS + 60_000 });
});

test('a new gateway in 1970 takes the day on which its certificate was made', async () => {
  const { time } = await boot(IN_1970, newFile(), TODAY_MS);
  expect(time.now).toEqual({ atMs: TODAY_MS, isExact: false });
});

test('after half a year without power the clock is believed once the platform has been heard', async () => {
  const { time } = await boot(TODAY_MS + 180 * DAY_MS, await ranYesterday());
  expect(time.now.isExact).toBe(false);
  time.hear(TODAY_MS + 170 * DAY_MS);
  expect(time.now).toEqual({ atMs: TODAY_MS + 180 * DAY_MS, isExact: true });
});

test('a platform that is far ahead is not believed when the clock here does not agree', async () => {
  const { time } = await boot(TODAY_MS, await ranYesterday());
  time.hear(IN_2099);
  expect(time.now).toEqual({ atMs: TODAY_MS, isExact: true });
  time.hear(TODAY_MS + AHEAD_MS_MAX / 2);
  expect(time.now).toEqual({ atMs: TODAY_MS + AHEAD_MS_MAX / 2, isExact: false });
});

test('a mark that can not be read is made anew', async () => {
  const file = newFile();
  writeFileSync(file, '{"wallMs":');
  const { time } = await boot(TODAY_MS, file);
  expect(time.now).toEqual({ atMs: TODAY_MS, isExact: true });
});
