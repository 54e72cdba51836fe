import { deviceRegistryContract } from './device-registry.contract.js';
import { openTestStores } from './sql-fixture.js';

describe('SqlDeviceRegistry', () =>
  deviceRegistryContract(async () => {
    const stores = await openTestStores();
    const audited = async () => (await stores.auditTrail.list({ limit: 1 })).items[0]?.seq ?? 0;
    return { registry: stores.deviceRegistry, ehrLinks: stores.ehrLinks, audited, end: () => stores.end() };
  }));
