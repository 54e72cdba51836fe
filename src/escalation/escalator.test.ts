import { FakeClock } from '@vigil/clock';
import { startEscalation } from '@vigil/domain';
import { alarmIdNo, batch, transition } from '../../test/contract/alarm-fixtures.js';
import { openTestStores, policy } from '../../test/contract/sql-fixture.js';
import type { DueEscalation, Escalations } from '../ports/escalations.js';
import { Escalator, type EscalatorLook, type EscalatorParts } from './escalator.js';

const quiet = { warn: () => undefined, error: () => undefined };

test('however many fail, those that do not are moved on', async () => {
  const clock = new FakeClock();
  const dueNo = (no: number): DueEscalation => ({
    escalation: startEscalation(transition({ alarmId: alarmIdNo(no) }), policy, clock.wallMs() - 3_000),
    alarm: transition({ alarmId: alarmIdNo(no) }),
    ...{ onDuty: [], policy, route: policy.routes[1]! },
  });
  const open = Array.from({ length: 70 }, (_, i) => dueNo(i + 1));
  const moved: string[] = [];
  const escalations = {
    due: (_: number, limit: number) =>
      Promise.resolve(open.filter((each) => !moved.includes(each.alarm.alarmId)).slice(0, limit)),
    contacts: () => Promise.resolve([]),
    advance: ({ alarm }: DueEscalation) => {
      // The first 60, which are always looked at first, can't be moved on.
      if (open.findIndex((each) => each.alarm.alarmId === alarm.alarmId) < 60) return Promise.reject(new Error('broken'));
      moved.push(alarm.alarmId);
      return Promise.resolve(true);
    },
  } as unknown as Escalations;
  const looks: EscalatorLook[] = [];
  const parts = { escalations, clock, directory: { bed: () => Promise.resolve(null) }, log: quiet, publicUrl: '' };
  const escalator = new Escalator({
    ...parts,
    onLook: (look: EscalatorLook) => void looks.push(look),
  } as unknown as EscalatorParts);
  for (let round = 0; round < 3 && moved.length < 10; round++) await escalator.runOnce();
  expect(moved).toHaveLength(10);
  expect(looks[0]).toEqual({ due: 50, oldestMs: 3_000, failed: 50 });
});

test('an alarm that is on no screen is told at once too, not with the next round', async () => {
  const stores = await openTestStores();
  const parts = { ...stores, feed: stores.alarmFeed, publicUrl: 'http://127.0.0.1:3000', log: quiet };
  const escalator = new Escalator(parts);
  const claim = () => stores.escalations.claimPages(stores.clock.wallMs(), 30_000, new Map([['canary', 1]] as const));
  escalator.start();
  expect(await claim()).toEqual([]);
  const canary = { conditionCode: 'canary', origin: 'canary', kind: 'technical', metric: null, encounterId: null };
  await stores.alarmState.commit(batch([transition({ ...canary, bedId: null, gatewayId: 'gw-1' })]));
  // The clock stands still: no round comes by itself.
  let claimed = await claim();
  for (let looks = 0; looks < 100 && claimed.length === 0; looks++) claimed = await claim();
  expect(claimed).toMatchObject([{ staffId: 'vigil-canary', kind: 'canary' }]);
  await escalator.stop();
  await stores.end();
});

test('two escalators on one store page each person once', async () => {
  const stores = await openTestStores();
  const others = await stores.again();
  const warnings: string[] = [];
  const warn = (_: unknown, message: string): void => void warnings.push(message);
  const parts = (mine: typeof others): EscalatorParts => ({
    ...{ escalations: mine.escalations, directory: mine.directory, feed: mine.alarmFeed },
    ...{ clock: stores.clock, publicUrl: 'http://127.0.0.1:3000', log: { ...quiet, warn } },
  });
  const both = [new Escalator(parts(stores)), new Escalator(parts(others))];
  for (let no = 1; no <= 3; no++) await stores.alarmState.commit(batch([transition({ alarmId: alarmIdNo(no) })]));
  // Who finds the file locked by the other looks again, as the loop does.
  const rounds = async (...laterMs: readonly number[]): Promise<void> => {
    for (const each of laterMs) {
      await stores.clock.advance(each);
      await Promise.allSettled(both.map((escalator) => escalator.runOnce()));
    }
  };
  await rounds(0, 2_000, 28_500, 2_000);
  for (let no = 1; no <= 3; no++) {
    const { pages } = (await stores.alarms.get(alarmIdNo(no)))!.escalation;
    expect(pages.map((page) => [page.staffId, page.step])).toEqual([
      ['amy', 0],
      ['carol', 1],
    ]);
  }
  await rounds(60_000, 6_000, 6_000, 6_000);
  expect(warnings).toEqual(Array.from({ length: 3 }, () => 'nobody accepted and nobody is left to be told'));
  await stores.end();
});
