import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PolicyContent, ScheduleContent, ScheduleId, Site } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { alarmStateContract } from './alarm-state.contract.js';
import { alarmsContract } from './alarms.contract.js';
import { breakGlassContract } from './break-glass.contract.js';
import { careRelationsContract } from './care-relations.contract.js';
import { deadLettersContract, LETTER_BOUNDS } from './dead-letters.contract.js';
import { changeAt, deviceAssignmentsContract } from './device-assignments.contract.js';
import { directoryContract } from './directory.contract.js';
import { escalationsContract } from './escalations.contract.js';
import { fleetContract } from './fleet.contract.js';
import { HELD_BOUNDS, heldMessagesContract } from './held-messages.contract.js';
import { identityContract } from './identity.contract.js';
import { onCallContract } from './on-call.contract.js';
import { placesContract } from './places.contract.js';
import { policiesContract } from './policies.contract.js';
import { shelvesContract } from './shelves.contract.js';
import { standbyContract } from './standby.contract.js';
import { stayChangesContract } from './stay-changes.contract.js';
import { partitionOwnersContract, smallStoresContract } from './small-stores.contract.js';
import { sessionsContract } from './sessions.contract.js';
import { batch, transition } from './alarm-fixtures.js';
import { openTestStores, site } from './sql-fixture.js';

const open = async () => {
  const stores = await openTestStores();
  const { clock } = stores;
  return { ...stores, nowMs: () => clock.wallMs(), jumpWall: (ms: number) => clock.jumpWall(ms), reboot: () => clock.reboot() };
};

describe('SqlAlarmState', () =>
  alarmStateContract(async () => {
    const stores = await openTestStores();
    return { ...stores, displace: async () => void (await stores.claim('somebody-else')) };
  }));
describe('SqlDeadLetters', () =>
  deadLettersContract(async () => {
    const stores = await openTestStores({ deadLetterBounds: LETTER_BOUNDS });
    const holds = (text: string) =>
      readdirSync(stores.folder).some((name) => readFileSync(join(stores.folder, name)).includes(text));
    return { ...stores, holds, nowMs: () => stores.clock.wallMs() };
  }));
describe('SqlHeldMessages', () =>
  heldMessagesContract(async () => {
    const stores = await openTestStores({ heldBounds: HELD_BOUNDS });
    const holds = (text: string) =>
      readdirSync(stores.folder).some((name) => readFileSync(join(stores.folder, name)).includes(text));
    return { ...stores, holds };
  }));
describe('SqlAlarms', () => alarmsContract(open));
describe('SqlEscalations', () => escalationsContract(open));
describe('SqlCareRelations', () => careRelationsContract(() => openTestStores()));
describe('SqlFleet', () => fleetContract(open));
describe('SqlBreakGlass', () => breakGlassContract(open));
describe('SqlDirectory', () => directoryContract(open));
describe('SqlPlaces', () =>
  placesContract(async () => {
    const stores = await openTestStores();
    const raise = (bedId: string) => stores.alarmState.commit(batch([transition({ bedId })]));
    return { ...stores, raise: async (bedId) => void (await raise(bedId)), nowMs: () => stores.clock.nowMs() };
  }));
describe('SqlPolicies', () =>
  policiesContract(async () => {
    const stores = await openTestStores();
    return { ...stores, wallMs: () => stores.clock.wallMs() };
  }));
describe('SqlCorrections', () => stayChangesContract(() => openTestStores()));
describe('SqlOnCall', () =>
  onCallContract(async () => {
    const stores = await openTestStores();
    const holds = (text: string) =>
      readdirSync(stores.folder).some((name) => readFileSync(join(stores.folder, name)).includes(text));
    return { ...stores, holds };
  }));
describe('SqlStandby', () => standbyContract(() => openTestStores()));
describe('SqlShelves', () =>
  shelvesContract(async () => {
    const stores = await openTestStores();
    const holds = (text: string) =>
      readdirSync(stores.folder).some((name) => readFileSync(join(stores.folder, name)).includes(text));
    return { ...stores, holds };
  }));
describe('SqlDeviceAssignments', () => deviceAssignmentsContract(() => openTestStores()));
describe('SqlAccounts, SqlAuditTrail, SqlLogRelay, SqlRuleSets', () => smallStoresContract(open));
describe('SqlAccounts, SqlSecondFactors, SqlTickets, SqlStations', () => identityContract(open));
describe('SqlSessions', () => sessionsContract(open));
describe('SqlPartitionOwners', () => partitionOwnersContract(open));

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
