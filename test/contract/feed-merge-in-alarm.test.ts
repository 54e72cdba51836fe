/** Two records become one while an alarm is open and somebody is being paged for it. */
import { BedId, StaffId } from '@vigil/contracts';
import { decideFeed, nextPages } from '@vigil/domain';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { alarmIdNo, batch, ending, transition } from './alarm-fixtures.js';
import { changeOf, messageOf, moveOf, TIM } from './feed-messages.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const at = () => ({ nowMs: t.clock.nowMs(), wallMs: t.clock.wallMs() });

/** Tim (M1, in icu-1) is one with a record that is new here. */
async function merge(): Promise<void> {
  const move = moveOf('merge', { mrn: 'M30', atMs: t.clock.nowMs(), person: TIM, merged: [{ system: 'HOSP', value: 'M1' }] });
  await t.inbound.keep(messageOf(move), t.clock.wallMs());
  const [id] = await t.feedRecords.next(1);
  expect(await t.feedRecords.work(id!, decideFeed, changeOf(at()))).toMatchObject({ decision: { do: 'apply' } });
}

/** Takes the next step of the escalation, with a page to each whom it tells. @returns whom */
async function escalate(): Promise<readonly string[]> {
  const wallMs = t.clock.wallMs();
  const [due] = await t.escalations.due(wallMs, 10);
  const step = nextPages(due!.escalation, due!.route, due!.onDuty, wallMs);
  const pages = step.pages.map(({ staffId }) => ({
    ...{
      pageId: `page-${staffId}`,
      staffId: StaffId.parse(staffId),
      channel: 'smtp' as const,
      address: `${staffId}@hospital.test`,
    },
    ...{ step: 0, reason: 'a test', subject: 'TEST', text: 'TEST', tokenHash: `hash-${staffId}`, expiresAtMs: wallMs + 600_000 },
    test: true,
  }));
  expect(await t.escalations.advance(due!, step, pages, wallMs, wallMs)).toBe(true);
  return pages.map(({ staffId }) => staffId);
}

test('the escalation goes on where it was: nobody is told twice, the next in time, and the alarm ends as it began', async () => {
  await t.alarmState.commit(batch([transition()]));
  expect(await escalate()).toEqual(['amy']);
  const before = await t.alarms.get(alarmIdNo(1));
  await merge();

  const after = await t.alarms.get(alarmIdNo(1));
  expect(after).toEqual(before);
  const stay = (await t.directory.bed(BedId.parse('icu-1')))!.encounter!;
  expect(stay).toMatchObject({ encounterId: 'enc-1', patient: { mrn: 'M30' } });
  expect(await t.escalations.due(t.clock.wallMs() + 29_999, 10)).toEqual([]);
  await t.clock.advance(30_000);
  expect(await escalate()).toEqual(['carol']);

  const audit = auditEntry({ actor: 'carol', action: 'alarm.accept', object: '', outcome: 'allowed' });
  const command = {
    commandId: '00000000-0000-4000-8000-000000000001' as never,
    alarmId: alarmIdNo(1),
    by: StaffId.parse('carol'),
  };
  await t.alarms.accept({ ...command, ifRev: null, audit, ...at() });
  await t.alarmState.commit(batch([ending()]));
  expect(await t.alarms.get(alarmIdNo(1))).toMatchObject({
    ...{ rev: 2, active: false, encounterId: 'enc-1' },
    escalation: { state: 'accepted' },
  });
  expect(await t.escalations.due(t.clock.wallMs() + 600_000, 10)).toEqual([]);
});
