import type { CareUnitId } from '@vigil/contracts';
import { UnitCast } from './unit-cast.js';

const icu = 'icu' as CareUnitId;

/** A store that answers or does not, and what the screens of the unit have been told. */
function cast() {
  const store = { now: 'a', isAway: false, looks: 0 };
  const told: (readonly [message: string, before: string | null])[] = [];
  const failures: unknown[] = [];
  let steadyMs = 0;
  const one: string[] = [];
  const of = new UnitCast<string>({
    now: async () => {
      store.looks += 1;
      if (store.isAway) throw new Error('away');
      return store.now;
    },
    send: (_, message, before) => void told.push([message, before]),
    everyMs: 1_000,
    steadyMs: () => steadyMs,
    failed: (error) => void failures.push(error),
  });
  const passes = async (ms: number): Promise<void> => {
    steadyMs += ms;
    of.runDue(() => true);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const join = (): Promise<void> => of.join(icu, (message) => void one.push(message));
  return { of, store, told, failures, one, passes, join };
}

test('who joins has the picture of now, and everybody hears of what changed, once', async () => {
  const { of, store, told, one, passes, join } = cast();
  await join();
  await join();
  expect([one, told]).toEqual([['a', 'a'], []]);
  store.now = 'b';
  of.changed(icu);
  await passes(1_000);
  of.changed(icu);
  await passes(1_000);
  expect(told).toEqual([['b', 'a']]);
});

test('a screen that joined while the store was away is told as soon as it answers, the first one too', async () => {
  const { of, store, told, one, failures, passes, join } = cast();
  store.isAway = true;
  await expect(join()).rejects.toThrow('away');
  await passes(1_000);
  expect([one, told, failures]).toEqual([[], [], [expect.any(Error)]]);
  store.isAway = false;
  await passes(1_000);
  expect(told).toEqual([['a', null]]);
  // The others have it already, and it has not changed: who came meanwhile still has nothing.
  store.isAway = true;
  await expect(join()).rejects.toThrow('away');
  store.isAway = false;
  await passes(1_000);
  expect(told).toEqual([
    ['a', null],
    ['a', null],
  ]);
  of.changed(icu);
  await passes(1_000);
  expect(told).toHaveLength(2);
});

test('a unit that nobody looks at is forgotten, and asked for no more', async () => {
  const { of, store, join } = cast();
  await join();
  of.runDue(() => false);
  const { looks } = store;
  of.everywhere();
  expect(store.looks).toBe(looks);
});
