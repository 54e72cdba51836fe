import { DatabaseSync } from 'node:sqlite';
import { StaffId } from '@vigil/contracts';
import { alarmIdNo, batch, transition } from '../../../test/contract/alarm-fixtures.js';
import { openTestStores, policy } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';

test('an escalation of before policies had versions goes on by the policy in force, also when who went gives it back', async () => {
  const stores = await openTestStores();
  try {
    await stores.alarmState.commit(batch([transition()]));
    const db = new DatabaseSync(stores.file);
    db.exec(`update escalation set state = 'accepted', accepted_by = 'amy', accepted_wall_ms = 1, step = 0, next_wall_ms = null,
      policy_hash = null, route = null, accepts_json = '', run_json = '', boot_id = null, steady_offset_ms = null`);
    db.close();
    const wallMs = stores.clock.wallMs();
    await stores.alarms.pass({
      ...{
        commandId: '00000000-0000-4000-8000-000000000001' as never,
        alarmId: alarmIdNo(1),
        by: StaffId.parse('amy'),
        ifRev: null,
      },
      ...{ reason: 'other', nowMs: wallMs, wallMs },
      audit: auditEntry({ actor: 'amy', action: 'alarm.accept', object: '', outcome: 'allowed' }),
    });
    const [due] = await stores.escalations.due(wallMs, 10);
    expect(due!.escalation).toMatchObject({ state: 'running', policyHash: policy.hash, step: 0, accepts: [] });
    expect(due!.route.steps).toHaveLength(2);
  } finally {
    await stores.end();
  }
});
