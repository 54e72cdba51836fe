import { DatabaseSync } from 'node:sqlite';
import { AskSwap, type CommandId, NewOverride, PolicyContent, ScheduleContent, ScheduleId, StaffId } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { batch, transition } from '../../../test/contract/alarm-fixtures.js';
import { changeAt } from '../../../test/contract/device-assignments.contract.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';
import { onCallNow } from './on-call-now.js';
import { openSql } from './sql.js';

const HOUR_MS = 3_600_000;
const content = (...participants: string[]): ScheduleContent =>
  ScheduleContent.parse({
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC' },
    rotations: participants.map((staffId) => ({
      ...{ rotationId: staffId, label: staffId, unit: 'day', every: 1, startDate: '1970-01-01', handoverTime: '00:00' },
      participants: [staffId],
    })),
  });

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const change = () => changeAt(t.clock.wallMs());
const create = (scheduleId: string, ...people: string[]) =>
  t.onCall.create({ scheduleId: ScheduleId.parse(scheduleId), content: content(...people) }, change());
async function onCall(scheduleIds: readonly string[], wallMs = t.clock.wallMs()): Promise<Record<string, readonly string[]>> {
  const sql = await openSql({ file: t.file, clock: t.clock });
  const found = await sql.query((db) => onCallNow(db, scheduleIds, wallMs));
  await sql.close();
  return Object.fromEntries(found);
}
function write(text: string, ...values: string[]): void {
  const db = new DatabaseSync(t.file);
  db.prepare(text).run(...values);
  db.close();
}

test.each([
  ['no JSON', '{'],
  ['of another release', '{"v":2}'],
  ['of a time zone that is gone', JSON.stringify({ ...content('amy'), timeZone: 'Europe/Atlantis' })],
])('a schedule that can’t be read (%s) is nobody’s and stops no other', async (_title, json) => {
  await create('broken', 'amy');
  await create('sound', 'ben');
  write("update on_call_version set content_json = ? where schedule_id = 'broken'", json);
  expect(await onCall(['broken', 'sound', 'unknown'])).toEqual({ broken: [], sound: ['ben'], unknown: [] });
  expect((await t.onCall.schedules({})).map(({ scheduleId }) => scheduleId)).toEqual(['sound']);
});

test('asked for no schedule, nobody is on call', async () => {
  expect(await onCall([])).toEqual({});
});

test('who was on call is told as it was, whatever has been changed since', async () => {
  await create('physicians', 'amy');
  const before = t.clock.wallMs();
  await t.clock.advance(HOUR_MS);
  const target = { scheduleId: ScheduleId.parse('physicians'), ifRev: 1 };
  await t.onCall.change(target, { content: content('ben') }, change());
  expect(await onCall(['physicians'], before)).toEqual({ physicians: ['amy'] });
  expect(await onCall(['physicians'])).toEqual({ physicians: ['ben'] });
});

test('a step that tells a schedule finds who is on call at that moment, the override of a second ago included', async () => {
  await create('physicians', 'amy');
  const policy = PolicyContent.parse({
    ...{ v: 1, name: 'physicians' },
    routes: [{ priorities: ['high', 'medium'], steps: [{ tell: [{ kind: 'schedule', scheduleId: 'physicians' }], waitS: 30 }] }],
  });
  const hash = contentHash(policy);
  write('insert into policy (hash, content_json) values (?, ?)', hash, JSON.stringify(policy));
  write("insert into policy_in_force (scope, hash, since_wall_ms) values ('icu', ?, 1)", hash);
  await t.alarmState.commit(batch([transition({ bedId: 'icu-1' })]));
  const due = async () =>
    (await t.escalations.due(t.clock.wallMs(), 10))[0]!.onDuty.map((each) => `${each.staffId} ${each.target}`);
  expect(await due()).toEqual(['amy schedule:physicians']);
  const span = { fromMs: t.clock.wallMs(), toMs: t.clock.wallMs() + HOUR_MS };
  const asked = NewOverride.parse({ kind: 'replace', staffId: 'ben', instead: 'amy', ...span });
  await t.onCall.addOverride(ScheduleId.parse('physicians'), asked, change());
  await t.clock.advance(1_000);
  expect(await due()).toEqual(['ben schedule:physicians']);
});

test('a turn changes hands with nobody whose account was disabled since it was asked for', async () => {
  await create('physicians', 'amy');
  const by = (staffId: string) => ({ ...change(), by: StaffId.parse(staffId), commandId: crypto.randomUUID() as CommandId });
  const span = { fromMs: t.clock.wallMs() + HOUR_MS, toMs: t.clock.wallMs() + 2 * HOUR_MS };
  const asked = AskSwap.parse({ give: { scheduleId: 'physicians', ...span }, to: 'ben' });
  const { swapId } = (await t.onCall.askSwap(asked, by('amy'))).value;
  await t.accounts.setDisabled(StaffId.parse('amy'), true, change());
  await expect(t.onCall.answerSwap({ swapId, ifRev: 1 }, 'agree', by('ben'))).rejects.toMatchObject({ code: 'conflict' });
  expect(await onCall(['physicians'], span.fromMs)).toEqual({ physicians: ['amy'] });
});

test('a store that was seeded by a clock that was ahead has its schedules from the next start on', async () => {
  await t.onCall.create(
    { scheduleId: ScheduleId.parse('physicians'), content: content('amy') },
    { ...change(), wallMs: t.clock.wallMs() + 9 * HOUR_MS },
  );
  expect(await onCall(['physicians'])).toEqual({ physicians: [] });
  await t.seed();
  expect(await onCall(['physicians'])).toEqual({ physicians: ['amy'] });
});
