import { deviceRegistryContract } from './device-registry.contract.js';
import { openTestStores } from './sql-fixture.js';

describe('SqlDeviceRegistry', () =>
  deviceRegistryContract(async () => {
    const stores = await openTestStores();
    const audited = async () => (await stores.auditTrail.list({ limit: 1 })).items[0]?.seq ?? 0;
    return {
      registry: stores.deviceRegistry,
      ehrLinks: stores.ehrLinks,
      assignments: stores.deviceAssignments,
      audited,
      end: () => stores.end(),
    };
  }));
