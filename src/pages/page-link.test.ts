import { PagerView } from '@vigil/contracts';
import { alarmIdNo, batch, transition } from '../../test/contract/alarm-fixtures.js';
import { openTestStores } from '../../test/contract/sql-fixture.js';
import type { LinkedPage } from '../ports/escalations.js';
import { pagerView } from './page-link.js';

test('what a phone gets on a bad line stays below 4 kB, however many alarms there are and whatever they are called', async () => {
  const stores = await openTestStores();
  await stores.alarmState.commit(batch([transition()]));
  const alarm = (await stores.alarms.get(alarmIdNo(1)))!;
  const wallMs = stores.clock.wallMs();
  const label = 'ä'.repeat(20);
  const others = Array.from({ length: 12 }, (_, n): LinkedPage => ({
    ...{ pageId: `${alarmIdNo(n)}-12-${'s'.repeat(20)}-webhook`, alarmId: alarmIdNo(n), bedLabel: label, priority: 'medium' },
    ...{ kind: 'physiological', together: false, used: false, queuedMs: wallMs },
  }));
  const link = {
    ...{ pageId: 'page-1', alarmId: alarmIdNo(1), staffId: 'amy' as never, staffName: 'n'.repeat(60) },
    ...{ expiresAtMs: wallMs + 1, used: false, test: true },
  };
  const view = pagerView({ link, alarm, others, careUnitLabel: label, callNumber: '+44 (20) 1234 5678 #123', wallMs });
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThanOrEqual(4_096);
  expect(PagerView.parse(view)).toEqual(view);
  await stores.end();
});

test('a link whose alarm holds and has nobody left to be told still asks its person; one that was put away asks nobody', async () => {
  const stores = await openTestStores();
  await stores.alarmState.commit(batch([transition()]));
  const alarm = (await stores.alarms.get(alarmIdNo(1)))!;
  const wallMs = stores.clock.wallMs();
  const link = {
    ...{ pageId: 'page-1', alarmId: alarmIdNo(1), staffId: 'amy' as never, staffName: 'Amy Nurse' },
    ...{ expiresAtMs: wallMs + 1, used: false, test: true },
  };
  const ranOut = { ...alarm, escalation: { ...alarm.escalation, state: 'ended' as const, nextAtMs: null, nextName: null } };
  const stateOf = (more: Partial<typeof alarm>) =>
    pagerView({ link, alarm: { ...ranOut, ...more }, others: [], careUnitLabel: 'ICU', callNumber: null, wallMs }).state;
  expect(stateOf({})).toBe('open');
  expect(stateOf({ active: false })).toBe('ended');
  expect(stateOf({ shelvedUntilMs: 9_000 as never })).toBe('ended');
  await stores.end();
});
