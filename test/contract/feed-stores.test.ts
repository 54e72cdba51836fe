import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeOf } from './feed-messages.js';
import { feedRecordsContract } from './feed-records.contract.js';
import { inboundContract, WAITING_MAX } from './inbound.contract.js';
import { openTestStores } from './sql-fixture.js';

const open = async () => {
  const stores = await openTestStores({ inboundWaitingMax: WAITING_MAX });
  // The seed begins every stay at the beginning of time: what is worked off happens later.
  await stores.clock.advance(24 * 3_600_000);
  const at = () => ({ nowMs: stores.clock.nowMs(), wallMs: stores.clock.wallMs() });
  return {
    ...stores,
    nowMs: () => stores.clock.nowMs(),
    holds: (text: string) => readdirSync(stores.folder).some((name) => readFileSync(join(stores.folder, name)).includes(text)),
    erase: (patientId: Parameters<typeof stores.recordKeys.erasePatient>[0]) =>
      stores.recordKeys.erasePatient(patientId, changeOf(at(), 'dan')),
  };
};

describe('SqlInbound', () => inboundContract(open));
describe('SqlFeedRecords, SqlTasks', () => feedRecordsContract(open));
