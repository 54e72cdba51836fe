import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { startUpkeep, UPKEEP_EVERY_MS } from './upkeep.js';

const retention = { rawDays: 30, minuteDays: 400, hourDays: 0 };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the file is kept in order every ten minutes, one turn at a time, and no clock makes it let go faster than ten times the time', async () => {
  const clock = new FakeClock(1_000_000, 60);
  const turns: { nowMs: number; stepMs: number }[] = [];
  let finish = (): void => undefined;
  const compact = async (_: unknown, at: { nowMs: number; stepMs: number }) => {
    turns.push(at);
    await new Promise<void>((resolve) => (finish = resolve));
    return { packed: 0, letGo: 0 };
  };
  const stop = startUpkeep({ store: { compact }, retention, clock, onTrouble: () => undefined });
  expect(turns).toEqual([]);
  await clock.advance(UPKEEP_EVERY_MS);
  await clock.advance(UPKEEP_EVERY_MS);
  expect(turns).toEqual([{ nowMs: 1_000_000 + UPKEEP_EVERY_MS * 60, stepMs: UPKEEP_EVERY_MS * 60 * 10 }]);
  finish();
  await settled();
  await clock.advance(UPKEEP_EVERY_MS);
  expect(turns).toHaveLength(2);
  stop();
  finish();
  await settled();
  await clock.advance(10 * UPKEEP_EVERY_MS);
  expect(turns).toHaveLength(2);
});

test('a turn that fails is told once, and so is that it works again', async () => {
  const clock = new FakeClock(0);
  let isAway = true;
  const told: unknown[] = [];
  const compact = () =>
    isAway ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : Promise.resolve({ packed: 0, letGo: 0 });
  startUpkeep({ store: { compact }, retention, clock, onTrouble: ({ code }) => told.push(code) });
  for (let n = 0; n < 3; n++) {
    await clock.advance(UPKEEP_EVERY_MS);
    await settled();
  }
  isAway = false;
  for (let n = 0; n < 2; n++) {
    await clock.advance(UPKEEP_EVERY_MS);
    await settled();
  }
  expect(told).toEqual(['store-unavailable', 'history-upkeep-done']);
});
