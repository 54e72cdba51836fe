import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Breaker, OUTAGES_MAX, TRY_EVERY_MS } from './breaker.js';

function setUp() {
  const clock = new FakeClock(1_000_000);
  const troubles: boolean[] = [];
  let away = false;
  let asked = 0;
  const breaker = new Breaker({ name: 'sql', clock, code: 'store-unavailable', onTrouble: (t) => troubles.push(t) });
  const ask = () =>
    breaker.run(() => {
      asked += 1;
      return away ? Promise.reject(new PlatformError('store-unavailable', {}, true)) : Promise.resolve('done');
    });
  const fail = async (times: number) => {
    away = true;
    for (let n = 0; n < times; n++) await expect(ask()).rejects.toThrow('store-unavailable');
  };
  return { clock, breaker, ask, fail, troubles, set: (isAway: boolean) => void (away = isAway), asked: () => asked };
}

test('a store that fails now and then is asked each time', async () => {
  const t = setUp();
  for (let n = 0; n < 5; n++) {
    await t.fail(OUTAGES_MAX - 1);
    t.set(false);
    expect(await t.ask()).toBe('done');
  }
  expect(t.breaker.state).toMatchObject({ state: 'closed', failingSinceWallMs: null, refused: 0 });
});

test('a store that is away is asked once a second, and everybody else is refused at once', async () => {
  const t = setUp();
  await t.fail(OUTAGES_MAX);
  expect(t.breaker.state).toMatchObject({ state: 'open', failingSinceWallMs: 1_000_000 });
  const before = t.asked();
  await t.fail(20);
  expect(t.asked()).toBe(before);
  await t.clock.advance(TRY_EVERY_MS);
  await t.fail(5);
  expect([t.asked(), t.breaker.state.refused]).toEqual([before + 1, 24]);
});

test('the first answer closes it, and trouble is told once at its begin and once at its end', async () => {
  const t = setUp();
  await t.fail(OUTAGES_MAX + 4);
  t.set(false);
  await t.clock.advance(TRY_EVERY_MS);
  expect(await t.ask()).toBe('done');
  expect(await t.ask()).toBe('done');
  expect(t.breaker.state).toMatchObject({ state: 'closed', failingSinceWallMs: null });
  expect(t.troubles).toEqual([true, false]);
});

test('while one tries, nobody else does; a trial that hangs does not keep the others away for ever', async () => {
  const clock = new FakeClock(0);
  const breaker = new Breaker({ name: 'hub', clock, code: 'log-unavailable', outagesMax: 1 });
  const away = () => Promise.reject(new PlatformError('log-unavailable', {}, true));
  await expect(breaker.run(away)).rejects.toThrow();
  await clock.advance(TRY_EVERY_MS);
  void breaker.run(() => new Promise(() => undefined));
  expect(breaker.state.state).toBe('half-open');
  await expect(breaker.run(() => Promise.resolve(1))).rejects.toMatchObject({ code: 'log-unavailable', retryable: true });
  await clock.advance(TRY_EVERY_MS);
  expect(await breaker.run(() => Promise.resolve(1))).toBe(1);
});

test('what a caller did wrong is no outage', async () => {
  const t = setUp();
  for (const fault of [
    new PlatformError('conflict'),
    new PlatformError('store-unavailable', {}, false),
    new TypeError('a bug'),
  ]) {
    for (let n = 0; n < 9; n++) await expect(t.breaker.run(() => Promise.reject(fault))).rejects.toThrow(fault.message);
  }
  expect(t.breaker.state.state).toBe('closed');
});
