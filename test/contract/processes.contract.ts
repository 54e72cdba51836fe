import { nextPages } from '@vigil/domain';
import { StaffId } from '@vigil/contracts';
import { DEAD_KEPT_MS } from '../../src/ports/siblings.js';
import { beginProcess } from '../../src/processes/at-start.js';
import { batch, transition } from './alarm-fixtures.js';
import { OWNER, type TestStores } from './sql-fixture.js';

const LEASE_MS = 30_000;
const ROOMS = new Map([['smtp', 10]] as const);

/** Promises of `Siblings` and `Leases`, and of what the processes of a site hold of each other: partitions and pages. */
export function processesContract(open: () => Promise<TestStores>): void {
  let t: TestStores;
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

  describe('what another process has in hand', () => {
    /** An escalator beside `t`, which has taken the one page there is. */
    const withPageInHand = async () => {
      await t.alarmState.commit(batch([transition()]));
      const [due] = await t.escalations.due(t.clock.wallMs(), 10);
      const wallMs = t.clock.wallMs();
      const step = nextPages(due!.escalation, due!.route, due!.onDuty, wallMs);
      const page = {
        ...{ pageId: 'page-1', staffId: StaffId.parse('amy'), channel: 'smtp' as const, address: 'amy@hospital.test', step: 0 },
        ...{ reason: 'step 1', subject: 'TEST', text: 'TEST', tokenHash: 'hash-1', expiresAtMs: wallMs + 600_000, test: true },
      };
      expect(await t.escalations.advance(due!, step, [page], wallMs, wallMs)).toBe(true);
      const escalator = await t.again('escalator-1');
      expect(await escalator.escalations.claimPages(wallMs, LEASE_MS, ROOMS)).toHaveLength(1);
      return escalator;
    };
    const claim = (gone: readonly string[] = []) => t.escalations.claimPages(t.clock.wallMs(), LEASE_MS, ROOMS, gone);
    const start = (role: string, wallMs = t.clock.wallMs()) => beginProcess(t, { processId: 'newcomer', role, wallMs });

    test('is left to it while it lives, and taken at once when it is known to be gone', async () => {
      await withPageInHand();
      expect(await claim()).toEqual([]);
      expect(await claim(['escalator-2', 'processor-1'])).toEqual([]);
      expect(await claim(['escalator-2', 'escalator-1'])).toMatchObject([{ pageId: 'page-1', attempts: 2 }]);
      // Now it is in our hands, and nobody takes it twice for the same death.
      expect(await claim(['escalator-1'])).toEqual([]);
    });

    test('is its own again after an attempt that failed, and what was sent is nobody’s', async () => {
      const escalator = await withPageInHand();
      const wallMs = t.clock.wallMs();
      await escalator.escalations.pageFailed(['page-1'], wallMs, { reason: 'busy', retryAtMs: wallMs });
      expect(await claim()).toHaveLength(1);
      expect(await claim(['escalator-1'])).toEqual([]);
      await t.escalations.pageSent(['page-1'], wallMs, '250 OK');
      expect(await claim([OWNER, 'escalator-1'])).toEqual([]);
    });

    test('is not freed by a start beside a part that said a word lately, whichever role starts', async () => {
      await withPageInHand();
      await t.siblings.say(word('processor-1'), t.clock.wallMs());
      await t.claim('processor-1', 3);
      for (const role of ['all', 'api', 'processor', 'escalator', 'history']) expect(await start(role)).toBe(false);
      expect(await claim()).toEqual([]);
      expect([...(await t.partitionOwners.owners())].sort()).toEqual([OWNER, 'processor-1'].sort());
    });

    test('is freed at once by a whole Vigil where the others are silent, or were whole ones before it', async () => {
      await withPageInHand();
      await t.siblings.say(word('processor-1'), t.clock.wallMs());
      await t.siblings.say({ processId: 'whole', role: 'all', json: '{}' }, t.clock.wallMs() + 60_000);
      expect(await start('all', t.clock.wallMs() + 60_000)).toBe(true);
      expect(await claim()).toHaveLength(1);
    });

    test('a part that starts frees nothing, however long the others have been silent: it has not heard them yet', async () => {
      await withPageInHand();
      await t.siblings.say(word('escalator-1'), t.clock.wallMs());
      expect(await start('escalator', t.clock.wallMs() + 500_000)).toBe(false);
      expect(await claim()).toEqual([]);
    });
  });
}
