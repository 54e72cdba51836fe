import { DatabaseSync } from 'node:sqlite';
import { PolicyContent, ScheduleContent, ScheduleId, Site } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { changeAt } from './device-assignments.contract.js';
import { openTestStores, site } from './sql-fixture.js';
import { sqlStoresContract } from './sql-stores.contract.js';

sqlStoresContract(openTestStores);

test('a schedule of the site’s description is made once, and stays retired; unknown people in it are refused', async () => {
  const stores = await openTestStores();
  const content = {
    ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC' },
    rotations: [
      {
        ...{ rotationId: 'r', label: 'r', unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' },
        participants: ['amy'],
      },
    ],
  };
  const seed = (more: object) =>
    stores.directory.seed(Site.parse({ ...site, ...more }), new Map(), { nowMs: 1, wallMs: stores.clock.wallMs(), rate: 1 });
  const onCallSchedules = [{ scheduleId: 'physicians', content }];
  await seed({ onCallSchedules });
  const [made] = await stores.onCall.schedules({});
  expect(made).toMatchObject({ scheduleId: 'physicians', rev: 1, by: null });
  await stores.onCall.retire({ scheduleId: made!.scheduleId, ifRev: 1 }, changeAt(stores.clock.wallMs()));
  await seed({ onCallSchedules });
  expect(await stores.onCall.schedules({})).toEqual([]);
  const unknown = { ...content, rotations: [{ ...content.rotations[0], participants: ['zoe'] }] };
  await expect(seed({ onCallSchedules: [{ scheduleId: 'more', content: unknown }] })).rejects.toMatchObject({
    code: 'invalid-request',
  });
  await stores.end();
});

test('a schedule that a policy in force tells is not retired', async () => {
  const stores = await openTestStores();
  const scheduleId = ScheduleId.parse('physicians');
  const content = ScheduleContent.parse({ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'UTC', rotations: [] });
  await stores.onCall.create({ scheduleId, content }, changeAt(stores.clock.wallMs()));
  const told = PolicyContent.parse({
    ...{ v: 1, name: 'with physicians' },
    routes: [{ priorities: ['high'], steps: [{ tell: [{ kind: 'schedule', scheduleId }], waitS: 30 }] }],
  });
  const db = new DatabaseSync(stores.file);
  const hash = contentHash(told);
  db.prepare('insert into policy (hash, content_json) values (?, ?)').run(hash, JSON.stringify(told));
  db.prepare('insert into policy_in_force (scope, hash, since_wall_ms) values (?, ?, 1)').run('icu', hash);
  const retire = () => stores.onCall.retire({ scheduleId, ifRev: 1 }, changeAt(stores.clock.wallMs()));
  await expect(retire()).rejects.toMatchObject({ code: 'conflict' });
  db.exec('delete from policy_in_force');
  expect((await retire()).value.retired).toBe(true);
  db.close();
  await stores.end();
});
