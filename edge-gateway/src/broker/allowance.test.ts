import { FakeClock } from '@vigil/clock';
import { Allowance } from './allowance.js';
import { LIMITS } from './limits.js';

const limits = { ...LIMITS, messagesPerSecond: 10, messagesBurst: 20, bytesPerSecond: 1_000, bytesBurst: 4_000 };
let clock: FakeClock;
let allowance: Allowance;
beforeEach(() => {
  clock = new FakeClock();
  allowance = new Allowance(limits, clock);
});
const messages = (count: number, bytes = 1): number[] => Array.from({ length: count }, () => allowance.takeMs(bytes));

test('a burst passes at once, and what comes behind waits as long as the rate says', () => {
  expect(messages(20)).toEqual(Array(20).fill(0));
  expect(messages(3)).toEqual([100, 200, 300]);
});

test('bytes count by themselves', () => {
  expect(messages(1, 4_000)).toEqual([0]);
  expect(messages(1, 500)).toEqual([500]);
});

test('a device that keeps to the rate never waits', () => {
  messages(20);
  for (let i = 0; i < 50; i++) {
    clock.advance(100);
    expect(messages(1)).toEqual([0]);
  }
});

test('the sum of what passes over a long time is the rate', () => {
  let [waitedMs, passed] = [0, 0];
  while (waitedMs < 60_000) {
    const waitMs = allowance.takeMs(1);
    clock.advance(waitMs);
    waitedMs += waitMs;
    passed++;
  }
  expect(passed).toBeGreaterThanOrEqual(619);
  expect(passed).toBeLessThanOrEqual(622);
});

test('an hour that a monitor of three messages a second has kept is no flood', async () => {
  const real = new Allowance(LIMITS, clock);
  const startMs = clock.wallMs();
  let [left, seconds, longest] = [3 * 3_600, 0, 0];
  for (; left > 0; left--) {
    await clock.advance(real.takeMs(2_000));
    for (; seconds < Math.floor((clock.wallMs() - startMs) / 1_000); seconds++) {
      real.endSecond(true);
      longest = Math.max(longest, real.slowedSeconds);
      left += 3;
    }
  }
  expect(longest).toBeLessThan(LIMITS.floodSeconds);
});

test('silence fills no more than the burst', () => {
  clock.advance(3_600_000);
  expect(messages(21).at(-1)).toBe(100);
});

test('being slowed down is counted in seconds without a break', () => {
  messages(20);
  for (let i = 1; i <= 3; i++) {
    messages(11);
    clock.advance(1_000);
    allowance.endSecond(true);
    expect(allowance.slowedSeconds).toBe(i);
  }
  clock.advance(10_000);
  allowance.endSecond(false);
  allowance.endSecond(false);
  expect(allowance.slowedSeconds).toBe(0);
});
