import type { Leases } from '../../src/ports/leases.js';
import { DEAD_KEPT_MS, type Siblings } from '../../src/ports/siblings.js';

export interface ProcessStoresUnderTest {
  readonly siblings: Siblings;
  readonly leases: Leases;
  end(): Promise<void>;
}

/** Promises of `Siblings` and `Leases`. */
export function processesContract(open: () => Promise<ProcessStoresUnderTest>): void {
  let t: ProcessStoresUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const word = (processId: string, json = '{}') => ({ processId, role: 'api', json });

  test('a word replaces the one before and counts up, and whoever has left is not listed', async () => {
    await t.siblings.say(word('a', '{"n":1}'), 1_000);
    await t.siblings.say(word('b'), 1_500);
    await t.siblings.say(word('a', '{"n":2}'), 2_000);
    expect(await t.siblings.all()).toEqual([
      { processId: 'a', role: 'api', beat: 2, saidWallMs: 2_000, json: '{"n":2}' },
      { processId: 'b', role: 'api', beat: 1, saidWallMs: 1_500, json: '{}' },
    ]);
    await t.siblings.leave('a', 2_000);
    expect((await t.siblings.all()).map((row) => row.processId)).toEqual(['b']);
  });

  test('what processes that are long gone have said goes with the next that leaves or begins', async () => {
    await t.siblings.say(word('old'), 1_000);
    await t.siblings.say(word('new'), 1_000 + DEAD_KEPT_MS);
    await t.siblings.leave('another', 1_000 + DEAD_KEPT_MS);
    expect(await t.siblings.all()).toHaveLength(2);
    await t.siblings.leave('another', 1_001 + DEAD_KEPT_MS);
    expect((await t.siblings.all()).map((row) => row.processId)).toEqual(['new']);
  });

  test('of those that claim a lease by what they saw of it, one wins; the others are left out', async () => {
    const first = await Promise.all(['a', 'b', 'c'].map((holder) => t.leases.take(holder, [{ name: 'relay', seenBeat: null }])));
    expect(first.filter((won) => won.get('relay') === 1)).toHaveLength(1);
    const again = await Promise.all(['a', 'b', 'c'].map((holder) => t.leases.take(holder, [{ name: 'relay', seenBeat: 1 }])));
    expect(again.filter((won) => won.get('relay') === 2)).toHaveLength(1);
    expect(await t.leases.all()).toMatchObject([{ name: 'relay', beat: 2 }]);
  });

  test('claims of one call are independent of each other', async () => {
    await t.leases.take('a', [{ name: 'keys', seenBeat: null }]);
    const won = await t.leases.take('b', [
      { name: 'relay', seenBeat: null },
      { name: 'keys', seenBeat: null },
    ]);
    expect([...won]).toEqual([['relay', 1]]);
  });

  test('what is given up is free, counts on, and leaves that of others alone', async () => {
    await t.leases.take('a', [{ name: 'keys', seenBeat: null }]);
    await t.leases.take('b', [{ name: 'relay', seenBeat: null }]);
    await t.leases.release('a');
    expect(await t.leases.all()).toEqual([
      { name: 'keys', holder: '', beat: 2 },
      { name: 'relay', holder: 'b', beat: 1 },
    ]);
  });
}
