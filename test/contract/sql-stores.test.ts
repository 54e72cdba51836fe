import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alarmStateContract } from './alarm-state.contract.js';
import { alarmsContract } from './alarms.contract.js';
import { breakGlassContract } from './break-glass.contract.js';
import { careRelationsContract } from './care-relations.contract.js';
import { deadLettersContract, LETTER_BOUNDS } from './dead-letters.contract.js';
import { deviceAssignmentsContract } from './device-assignments.contract.js';
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
import { openTestStores } from './sql-fixture.js';

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
