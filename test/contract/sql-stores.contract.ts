import { EncounterId } from '@vigil/contracts';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { Who } from '../../src/ports/directory.js';
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
import { processesContract } from './processes.contract.js';
import { shelvesContract } from './shelves.contract.js';
import { standbyContract } from './standby.contract.js';
import { stayChangesContract } from './stay-changes.contract.js';
import { partitionOwnersContract, smallStoresContract } from './small-stores.contract.js';
import { sessionsContract } from './sessions.contract.js';
import { deviceRegistryContract } from './device-registry.contract.js';
import { ehrLinksContract } from './ehr-links.contract.js';
import { ehrOutContract, KEPT_MAX_HERE } from './ehr-out.contract.js';
import { changeOf } from './feed-messages.js';
import { feedRecordsContract } from './feed-records.contract.js';
import { inboundContract, WAITING_MAX } from './inbound.contract.js';
import { batch, transition } from './alarm-fixtures.js';
import type { OpenTestStores } from './sql-fixture.js';

/** The promises of everything that SQL stores, for one kind of database. */
export function sqlStoresContract(openTestStores: OpenTestStores): void {
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
      return { ...stores, nowMs: () => stores.clock.wallMs() };
    }));
  describe('SqlHeldMessages', () => heldMessagesContract(() => openTestStores({ heldBounds: HELD_BOUNDS })));
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
  describe('SqlOnCall', () => onCallContract(() => openTestStores()));
  describe('SqlStandby', () => standbyContract(() => openTestStores()));
  describe('SqlShelves', () => shelvesContract(() => openTestStores()));
  describe('SqlDeviceAssignments', () => deviceAssignmentsContract(() => openTestStores()));
  describe('SqlAccounts, SqlAuditTrail, SqlLogRelay, SqlRuleSets', () => smallStoresContract(open));
  describe('SqlAccounts, SqlSecondFactors, SqlTickets, SqlStations', () => identityContract(open));
  describe('SqlSessions', () => sessionsContract(open));
  describe('SqlSiblings and SqlLeases', () => processesContract(() => openTestStores()));
  describe('SqlPartitionOwners', () => partitionOwnersContract(open));
  hospitalContract(openTestStores);
}

/** What comes from the hospital's systems and goes to them, and the registry of devices. */
function hospitalContract(openTestStores: OpenTestStores): void {
  const openFeed = async () => {
    const stores = await openTestStores({ inboundWaitingMax: WAITING_MAX });
    // The seed begins every stay at the beginning of time: what is worked off happens later.
    await stores.clock.advance(24 * 3_600_000);
    const at = () => ({ nowMs: stores.clock.nowMs(), wallMs: stores.clock.wallMs() });
    return {
      ...stores,
      nowMs: () => stores.clock.nowMs(),
      erase: (patientId: Parameters<typeof stores.recordKeys.erasePatient>[0]) =>
        stores.recordKeys.erasePatient(patientId, changeOf(at(), 'dan')),
    };
  };
  describe('SqlInbound', () => inboundContract(openFeed));
  describe('SqlFeedRecords, SqlTasks', () => feedRecordsContract(openFeed));
  describe('SqlEhrOut', () => ehrOutContract(() => openTestStores({ ehrKeptMax: KEPT_MAX_HERE })));
  let linked: Awaited<ReturnType<OpenTestStores>>;
  describe('SqlEhrLinks', () => {
    afterEach(() => linked.end());
    ehrLinksContract(async () => {
      const stores = (linked = await openTestStores());
      const who = (): Who => ({
        audit: auditEntry({ actor: 'dan', roles: ['admin'], action: 'test', object: '', outcome: 'allowed' }),
        nowMs: stores.clock.nowMs(),
        wallMs: stores.clock.wallMs(),
      });
      return {
        links: stores.ehrLinks,
        merge: (from, into) => stores.corrections.merge(from, into, changeAt(stores.clock.nowMs())),
        erase: async (patientId) => {
          await stores.directory.discharge(EncounterId.parse('enc-1'), stores.clock.nowMs(), who());
          await stores.recordKeys.erasePatient(patientId, who());
        },
      };
    });
  });
  describe('SqlDeviceRegistry', () =>
    deviceRegistryContract(async () => {
      const stores = await openTestStores();
      const audited = async () => (await stores.auditTrail.list({ limit: 1 })).items[0]?.seq ?? 0;
      const { deviceRegistry: registry, ehrLinks, deviceAssignments: assignments } = stores;
      return { registry, ehrLinks, assignments, audited, end: () => stores.end() };
    }));
}
