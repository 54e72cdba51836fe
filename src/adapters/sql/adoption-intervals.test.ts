import { type BedState, emptyPartition, readKeyState, step } from '@vigil/domain';
import { changeAt } from '../../../test/contract/device-assignments.contract.js';
import { openTestStores } from '../../../test/contract/sql-fixture.js';
import { auditEntry } from '../../ports/audit-trail.js';
import { adoptLog } from './adopt-log.js';
import { openSql } from './sql.js';

const MINUTE_MS = 60_000;

test('a new log is told where devices were and are, who lies where and who is away, and nothing of a stay that was voided', async () => {
  const t = await openTestStores();
  const now = () => t.clock.nowMs();
  const startMs = now();
  await t.clock.advance(MINUTE_MS);
  const imc = 'imc-1' as never;
  const move = { deviceId: 'sim-icu-1' as never, bedId: imc, fromMs: now() as never, endOther: true, reason: 'routine' as const };
  const { value } = await t.deviceAssignments.assign(move, changeAt(now()));
  await t.directory.admit(
    { encounterId: 'enc-2' as never, patientId: 'pat-2' as never, bedId: imc, atMs: now() },
    changeAt(now()),
  );
  const away = { encounterId: 'enc-2' as never, place: 'imaging' as const, latestMs: now() + 30 * MINUTE_MS, note: null };
  const standby = await t.standby.set(away, changeAt(now()));
  await t.corrections.voidStay('enc-1' as never, now(), changeAt(now()));
  await t.logRelay.done((await t.logRelay.next(1_000)).at(-1)!.seq);
  const sql = await openSql({ file: t.file });
  const audit = auditEntry({ actor: 'system:cli', action: 'log.adopt', object: 'log', outcome: 'allowed' });
  await adoptLog(sql, { origin: 'simulated', nowMs: now(), wallMs: now(), audit });
  const events = (await t.logRelay.next(1_000)).map(({ event }) => event);
  const { state } = step(emptyPartition(), events);
  const bed = (id: string) => state.keys.get(`bed:${id}` as never) as BedState;
  const spans = (id: string) => bed(id).devices['sim-icu-1']?.map(({ fromMs, toMs }) => [fromMs, toMs]);
  expect([spans('icu-1'), spans('imc-1')]).toEqual([[[startMs, value.fromMs]], [[value.fromMs, null]]]);
  expect([bed('icu-1').encounter, bed('imc-1').encounter]).toMatchObject([null, { encounterId: 'enc-2', patientId: 'pat-2' }]);
  expect(bed('imc-1').standby).toMatchObject({ standbyId: standby.value.standbyId, toMs: standby.value.toMs });
  expect(JSON.stringify(events)).not.toContain('enc-1"');
  // The same for an engine that goes on from a state of before.
  const row = { partition_number: 0, read_offset: '', sequence: 1 };
  const before = JSON.stringify({ ...bed('icu-1'), devices: {}, encounter: null });
  // The bed has heard that it left and that somebody else came, and not yet that both were wrong.
  const left = [{ encounterId: 'enc-2', atMs: now() + MINUTE_MS, toBedId: null, eventId: 'out', alarmIds: [] }];
  const other = { ...bed('imc-1').encounter!, encounterId: 'enc-9' };
  const gone = JSON.stringify({ ...bed('imc-1'), encounter: other, left, taken: [] });
  await sql.query((db) =>
    db
      .insertInto('engine_state')
      .values([
        { ...row, state_key: 'engine', content_json: '{"v":1,"rules":null}' },
        { ...row, state_key: 'bed:icu-1', content_json: before },
        { ...row, state_key: 'bed:imc-1', content_json: gone },
      ])
      .execute(),
  );
  await adoptLog(sql, { origin: 'simulated', nowMs: now(), wallMs: now(), audit });
  const stored = async (key: string) => {
    const states = sql.query((db) => db.selectFrom('engine_state').selectAll().where('state_key', '=', key).execute());
    return readKeyState((await states)[0]!.content_json) as BedState;
  };
  const adopted = await stored('bed:icu-1');
  expect(adopted.devices['sim-icu-1']).toMatchObject([{ fromMs: startMs, toMs: value.fromMs, rev: 2, channels: null }]);
  expect(adopted.encounter).toBeNull();
  const told = (await t.logRelay.next(1_000)).map(({ event }) => event);
  const known = new Map([['bed:imc-1' as never, await stored('bed:imc-1')]]);
  const again = step({ ...emptyPartition(), keys: known }, told).state.keys.get('bed:imc-1' as never) as BedState;
  expect(again.encounter).toMatchObject({ encounterId: 'enc-2' });
  await sql.close();
  await t.end();
});
