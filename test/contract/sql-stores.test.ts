import { alarmStateContract } from './alarm-state.contract.js';
import { alarmsContract } from './alarms.contract.js';
import { openTestStores } from './sql-fixture.js';

describe('SqlAlarmState', () =>
  alarmStateContract(async () => {
    const stores = await openTestStores();
    return { ...stores, displace: async () => void (await stores.claim('somebody-else')) };
  }));

describe('SqlAlarms', () =>
  alarmsContract(async () => {
    const stores = await openTestStores();
    return { ...stores, nowMs: () => stores.clock.wallMs() };
  }));
