import { EncounterId } from '@vigil/contracts';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { Who } from '../../src/ports/directory.js';
import { changeAt } from './device-assignments.contract.js';
import { ehrLinksContract } from './ehr-links.contract.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

let stores: TestStores;
afterEach(() => stores.end());

describe('SqlEhrLinks', () =>
  ehrLinksContract(async () => {
    stores = await openTestStores();
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
  }));
