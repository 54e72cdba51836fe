import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type CommandId, NewOverride, PolicyContent, ScheduleContent, ScheduleId, StaffId } from '@vigil/contracts';
import { CANARY_STAFF, contentHash } from '@vigil/domain';
import { changeAt } from '../../../test/contract/device-assignments.contract.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';

const DAY_MS = 86_400_000;
let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const content = (staffId: string, endDate: string | null = null): ScheduleContent =>
  ScheduleContent.parse({
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC' },
    rotations: [
      {
        ...{ rotationId: 'r', label: 'r', unit: 'day', every: 1, startDate: '1970-01-01', handoverTime: '00:00', endDate },
        participants: [staffId],
      },
    ],
  });
const change = () => changeAt(t.clock.wallMs());
const create = (id: string, of: ScheduleContent) => t.onCall.create({ scheduleId: ScheduleId.parse(id), content: of }, change());
const schedules = async () => (await t.policies.site([], t.clock.wallMs())).schedules;
function write(text: string, ...values: SQLInputValue[]): void {
  const db = new DatabaseSync(t.file);
  db.prepare(text).run(...values);
  db.close();
}
const dateIn = (days: number): string => new Date(t.clock.wallMs() + days * DAY_MS).toISOString().slice(0, 10);

test.each(['{', '{"v":2}'])(
  'a schedule that can’t be read (%s) has nobody in it, and policies are checked all the same',
  async (json) => {
    await create('broken', content('amy'));
    await create('sound', content('ben'));
    write("update on_call_version set content_json = ? where schedule_id = 'broken'", json);
    expect(await schedules()).toEqual({ broken: [], sound: ['ben'] });
  },
);

test('whose turns are over counts as nobody, and who is put on call for a while counts', async () => {
  await create('over', content('amy', dateIn(-3)));
  await create('soon-over', content('amy', dateIn(0)));
  const span = { fromMs: t.clock.wallMs(), toMs: t.clock.wallMs() + DAY_MS };
  const add = (staffId: string) => NewOverride.parse({ kind: 'add', staffId, ...span });
  await t.onCall.addOverride(ScheduleId.parse('over'), add('ben'), change());
  const { value } = await t.onCall.addOverride(ScheduleId.parse('over'), add('carol'), change());
  await t.onCall.endOverride(value.overrideId, change());
  expect(await schedules()).toEqual({ over: ['ben'], 'soon-over': ['amy'] });
});

test('the recipient of test alarms is nobody, in a check as in a simulation', async () => {
  const wallMs = t.clock.wallMs();
  const span = { careUnitIds: [], fromWallMs: wallMs - DAY_MS, fromEventMs: 0, toWallMs: wallMs, alarmsMax: 10 };
  expect((await t.policies.recorded(span)).staffIds).not.toContain(CANARY_STAFF);
  expect((await t.policies.site([], wallMs)).staffIds).not.toContain(CANARY_STAFF);
});

describe('a policy in force that can’t be read', () => {
  const next = PolicyContent.parse({
    ...{ v: 1, name: 'next' },
    routes: [{ priorities: ['high'], steps: [{ tell: [{ kind: 'role', role: 'charge' }], waitS: 45 }] }],
  });
  const command = () => ({ ...change(), by: StaffId.parse('amy'), commandId: crypto.randomUUID() as CommandId });

  test('is said, hides no other, and another one can take its place', async () => {
    const lost = 'e'.repeat(64);
    write('insert into policy (hash, content_json) values (?, ?)', lost, '{"v":2}');
    write(
      "insert into policy_version (hash, care_units_json, state, rev, created_wall_ms, changed_wall_ms) values (?, '[]', 'active', 3, 1, 1)",
      lost,
    );
    write("insert into policy_in_force (scope, hash, since_wall_ms) values ('*', ?, 1)", lost);
    expect(await t.policies.inForce(null)).toMatchObject({ source: 'site.yaml', isFallback: true });
    expect(await t.policies.get(lost)).toBeNull();

    const { hash } = (await t.policies.create({ content: next, careUnitIds: [] }, command())).value;
    expect((await t.policies.list()).map((each) => each.hash)).toEqual([hash]);
    const compared = (await t.policies.get(hash))!.replaces.join(' ');
    write(
      "update policy_version set state = 'approved', proposed_by = 'amy', approved_by = 'carol', compared_with = ? where hash = ?",
      compared,
      hash,
    );
    write(
      "insert into policy_change (hash, rev, action, staff_id, reason, at_wall_ms) values (?, 9, 'approve', 'carol', '', ?)",
      hash,
      t.clock.wallMs(),
    );
    await t.policies.move({ ...command(), hash, action: 'activate', ifRev: 1, reason: 'again' });
    expect(await t.policies.inForce(null)).toMatchObject({ hash: contentHash(next), source: 'approved', isFallback: false });
  });
});
