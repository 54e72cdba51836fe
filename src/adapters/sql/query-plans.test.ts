import { DatabaseSync } from 'node:sqlite';
import { DeviceId, PatientId } from '@vigil/contracts';
import { changeAt } from '../../../test/contract/device-assignments.contract.js';
import { openTestStores, type TestStores } from '../../../test/contract/sql-fixture.js';

/** Tables that grow as long as a site runs, or may hold more than a hundred thousand rows. */
const LARGE = [
  ...['device_assignment', 'past_bed', 'encounter', 'standby', 'shelf', 'correction', 'corrected', 'reattribution', 'alarm'],
  ...['alarm_fact', 'alarm_snapshot', 'alarm_label', 'escalation_answer', 'page'],
  ...['alarm_transition', 'inbound_message', 'inbound_subject', 'task', 'held_message', 'ehr_link', 'ehr_refused'],
];
/** Reads an index alone, or one that holds only what is still so. */
const CHEAP = /USING COVERING INDEX|USING INDEX (encounter|device_assignment|standby|shelf|alarm)_open_/;

let t: TestStores;
let asked: Set<string>;
const prepare = DatabaseSync.prototype.prepare;
beforeEach(async () => {
  t = await openTestStores();
  asked = new Set();
  DatabaseSync.prototype.prepare = function (sql: string) {
    if (this.location() === t.file) asked.add(sql);
    return prepare.call(this, sql);
  };
});
afterEach(async () => {
  DatabaseSync.prototype.prepare = prepare;
  await t.end();
});

/** Statements that read a large table from its one end to the other. */
function scans(): readonly string[] {
  DatabaseSync.prototype.prepare = prepare;
  const db = new DatabaseSync(t.file);
  try {
    return [...asked]
      .filter((sql) => /^(select|update|delete)/.test(sql))
      .flatMap((sql) => {
        const names = new Map([...sql.matchAll(/"(\w+)"(?: as "(\w+)")?/g)].map(([, table, alias]) => [alias ?? table, table!]));
        const steps = db.prepare(`explain query plan ${sql}`).all() as { readonly detail: string }[];
        return steps
          .filter(({ detail }) => {
            const scanned = /^SCAN (\w+)/.exec(detail)?.[1];
            const isPage = detail.includes('USING INDEX') && sql.includes(' limit ?') && !sql.includes(' where ');
            return scanned !== undefined && LARGE.includes(names.get(scanned) ?? scanned) && !CHEAP.test(detail) && !isPage;
          })
          .map(({ detail }) => `${detail}: ${sql}`);
      });
  } finally {
    db.close();
  }
}

test('what is asked for again and again reads no large table from end to end', async () => {
  const at = t.clock.nowMs();
  await t.deviceAssignments.rev();
  await t.deviceAssignments.snapshot(at);
  await t.deviceAssignments.list({ limit: 9 });
  await t.corrections.dueJobs({ wallMs: at, leaseMs: 9, limit: 9 });
  await t.corrections.since(0, 9);
  await t.feedRecords.next(9);
  await t.feedRecords.quarantined(9, null);
  await t.feedRecords.backlog();
  await t.feedRecords.forget(at);
  await t.tasks.list({ state: 'open', limit: 9 });
  await t.heldMessages.devices(9);
  await t.heldMessages.take(DeviceId.parse('sim-icu-1'), { fromMs: 0, toMs: null }, 9);
  await t.standby.inForce({ nowMs: at });
  await t.shelves.endOverdue(at);
  await t.shelves.inForce({ careUnitId: 'icu' as never, nowMs: at });
  await t.ehrOut.counts();
  await t.ehrOut.kept({ reasons: ['no-stay'], afterSeq: 0, limit: 9 });
  await t.ehrLinks.openStays(9);
  await t.directory.beds();
  await t.directory.gatewayConfig('gw-1', 1);
  await t.siteStore.now();
  await t.alarmSnapshots.follow({ nowMs: at, wallMs: at, rate: 1 }, 9);
  await t.alarmSnapshots.due(at, 9);
  await t.alarmSnapshots.reseal(9);
  await t.alarmSnapshots.waiting();
  await t.alarmSnapshots.of('a' as never);
  const range = { careUnitId: 'icu' as never, fromMs: 0, toMs: at };
  await t.reports.facts(range, { onsetMs: 5, alarmId: 'a' }, 9);
  await t.reports.facts({ ...range, origin: 'live' }, null, 9);
  await t.reports.countedTo();
  await t.onCallTroubles.canaries();
  await t.onCallTroubles.channels(at);
  await t.onCallTroubles.forgetCanaries(at);
  expect([asked.size > 25, scans()]).toEqual([true, []]);
});

test('nor does what somebody does while alarms wait for the same store', async () => {
  await t.clock.advance(60_000);
  const change = () => changeAt(t.clock.nowMs());
  const { items } = await t.deviceAssignments.list({ deviceId: DeviceId.parse('sim-icu-1'), limit: 1 });
  const target = { assignmentId: items[0]!.assignmentId, ifRev: 1 };
  await t.deviceAssignments.correct(target, { bedId: 'icu-2', reason: 'wrong-bed', note: 'n' } as never, change());
  const bedId = 'icu-2' as never;
  await t.directory.transfer({ encounterId: 'enc-1' as never, bedId, atMs: t.clock.nowMs() }, change());
  await t.standby.set(
    {
      encounterId: 'enc-1' as never,
      place: 'theatre',
      note: null,
      toMs: t.clock.nowMs() + 600_000,
      latestMs: t.clock.nowMs() + 600_000,
    },
    change(),
  );
  await t.clock.advance(60_000);
  await t.standby.end('enc-1' as never, change());
  await t.corrections.cancelTransfer('enc-1' as never, t.clock.nowMs(), change());
  await t.directory.discharge('enc-1' as never, t.clock.nowMs(), change());
  await t.corrections.reopenStay('enc-1' as never, { reason: 'other', note: 'n', ifRev: 4 } as never, change());
  await t.directory.discharge('enc-1' as never, t.clock.nowMs(), change());
  await t.corrections.merge('pat-1' as never, 'pat-2' as never, change());
  await t.recordKeys.erasePatient(PatientId.parse('pat-2'), change());
  expect([asked.size > 40, scans()]).toEqual([true, []]);
});
