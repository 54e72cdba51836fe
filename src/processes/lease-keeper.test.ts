import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import fc from 'fast-check';
import { type LeaseClaim, type LeaseRow, Leases } from '../ports/leases.js';
import { HELD_MS, LAPSED_MS, LeaseKeeper, RENEW_EVERY_MS } from './lease-keeper.js';

/** One table for all keepers of a test; away when told. */
class TableOfLeases extends Leases {
  readonly rows = new Map<string, LeaseRow>();
  readonly away = new Set<string>();

  override all = (): Promise<readonly LeaseRow[]> => Promise.resolve([...this.rows.values()]);

  override take(holder: string, claims: readonly LeaseClaim[]): Promise<ReadonlyMap<string, number>> {
    if (this.away.has(holder)) return Promise.reject(new PlatformError('store-unavailable', {}, true));
    const won = new Map<string, number>();
    for (const { name, seenBeat } of claims) {
      if ((this.rows.get(name)?.beat ?? null) !== seenBeat) continue;
      const beat = (seenBeat ?? 0) + 1;
      this.rows.set(name, { name, holder, beat });
      won.set(name, beat);
    }
    return Promise.resolve(won);
  }

  override release(holder: string): Promise<void> {
    for (const row of this.rows.values()) {
      if (row.holder === holder) this.rows.set(row.name, { ...row, holder: '', beat: row.beat + 1 });
    }
    return Promise.resolve();
  }
}

function scene(holders: readonly string[], isAlone = false) {
  const clock = new FakeClock(1_000_000);
  const leases = new TableOfLeases();
  const keeperOf = (holder: string): LeaseKeeper => {
    const keeper = new LeaseKeeper({ leases, holder, clock, isAlone: () => isAlone });
    keeper.start();
    return keeper;
  };
  const keepers = holders.map(keeperOf);
  const mine = (): string[] => holders.filter((_, i) => keepers[i]!.isMine('relay'));
  return { clock, leases, keepers, mine, keeperOf };
}

test('of two that would do it, one does, and goes on for as long as it renews', async () => {
  const { clock, mine } = scene(['a', 'b']);
  mine();
  await clock.advance(1);
  const [first] = mine();
  expect(mine()).toEqual([first]);
  for (let s = 0; s < 60; s++) {
    await clock.advance(1_000);
    expect(mine()).toEqual([first]);
  }
});

test('a holder that can not renew stops before another one begins', async () => {
  const { clock, leases, mine } = scene(['a', 'b']);
  mine();
  await clock.advance(1);
  const [first] = mine();
  leases.away.add(first!);
  const seen: string[][] = [];
  for (let ms = 0; ms < LAPSED_MS + 3 * RENEW_EVERY_MS; ms += 500) {
    await clock.advance(500);
    seen.push(mine());
  }
  expect(seen.every((holders) => holders.length <= 1)).toBe(true);
  expect(seen.filter((holders) => holders[0] === first).length).toBeLessThanOrEqual(HELD_MS / 500 + 1);
  expect(seen.at(-1)).toEqual([first === 'a' ? 'b' : 'a']);
});

test('what is given up goes over with the next look, and whoever gave it up does nothing more', async () => {
  const { clock, keepers, mine } = scene(['a', 'b']);
  mine();
  await clock.advance(1);
  const first = mine()[0] === 'a' ? 0 : 1;
  await keepers[first]!.stop();
  expect(mine()).toEqual([]);
  await clock.advance(RENEW_EVERY_MS);
  expect(mine()).toEqual([first === 0 ? 'b' : 'a']);
});

test('a whole Vigil that is alone takes at once what a killed one held', async () => {
  const { clock, leases, mine } = scene(['a'], true);
  leases.rows.set('relay', { name: 'relay', holder: 'killed', beat: 7 });
  mine();
  await clock.advance(1);
  expect(mine()).toEqual(['a']);
});

test('one of several waits until a killed one has stood still for long enough', async () => {
  const { clock, leases, mine } = scene(['a']);
  leases.rows.set('relay', { name: 'relay', holder: 'killed', beat: 7 });
  mine();
  await clock.advance(LAPSED_MS);
  expect(mine()).toEqual([]);
  await clock.advance(2 * RENEW_EVERY_MS);
  expect(mine()).toEqual(['a']);
});

test('whoever comes, goes, or loses the store, never do two hold one', async () => {
  const holders = ['a', 'b', 'c'];
  const turn = fc.record({
    holder: fc.constantFrom(...holders),
    does: fc.constantFrom('away', 'back'),
    ms: fc.integer({ min: 0, max: 9_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 25 }), async (turns) => {
      const { clock, leases, mine } = scene(holders);
      mine();
      for (const { holder, does, ms } of turns) {
        if (does === 'away') leases.away.add(holder);
        else leases.away.delete(holder);
        for (let passed = 0; passed < ms; passed += 500) {
          await clock.advance(500);
          expect(mine().length).toBeLessThanOrEqual(1);
        }
      }
      leases.away.clear();
      await clock.advance(LAPSED_MS + 3 * RENEW_EVERY_MS);
      expect(mine()).toHaveLength(1);
    }),
    { numRuns: 60 },
  );
});
