import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { type AlarmId, type AlarmReadings, BedId, DeviceId, EncounterId, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { SNAPSHOT_WAIT_MS, SnapshotTaker } from '../../src/alarms/snapshot-taker.js';
import type { ObservationStore } from '../../src/ports/observation-store.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { changeAt } from '../contract/device-assignments.contract.js';
import { type Api, startApi } from './api-fixture.js';

const bedId = BedId.parse('icu-1');
let api: Api;
let onsetMs: number;
beforeEach(async () => {
  api = await startApi();
  await api.clock.advance(120_000);
  onsetMs = Math.round(api.clock.nowMs());
});
afterEach(() => api.end());

const taker = (observations: Pick<ObservationStore, 'samples' | 'gaps'> = api.observations) =>
  new SnapshotTaker({ snapshots: api.stores.alarmSnapshots, observations, clock: api.clock });
const none = () => Promise.resolve([]);
/** Stored, and noted as one whose readings are to be kept. */
const alarms = async (n: number, more: Record<string, unknown> = {}) => {
  const one = transition({ alarmId: alarmIdNo(n), onsetMs, atMs: onsetMs, ...more });
  await api.stores.alarmState.commit(batch([one]));
  await taker({ samples: none, gaps: none }).turn();
  return one.alarmId;
};
/** One reading a second of two metrics, from two minutes before the onset on. */
const measures = async (untilMs: number, device = 'sim-icu-1', fromMs = onsetMs - 120_000) => {
  const samples = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += 1_000) {
    samples.push({ bedId, metric: 'heartRate' as const, atMs, value: 100 + ((atMs / 1_000) % 50), deviceId: device });
    samples.push({ bedId, metric: 'spo2' as const, atMs, value: 97, deviceId: device });
  }
  await api.observations.write(0, { samples }, '1');
};
const kept = (id: AlarmId) => api.stores.alarmSnapshots.of(id);

test('the readings from a minute before an alarm to half a minute after it are kept with it, once, and audited when they are shown', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 20_000);
  await taker().turn();
  const as = await api.token('amy');
  const show = () => api.call('GET', `/api/v1/alarms/${id}/snapshot`, { as });
  expect((await show()).body).toMatchObject({ code: 'not-found', detail: expect.stringContaining('not kept yet') });
  await api.clock.advance(40_000);
  await measures(onsetMs + 40_000);
  expect(await taker().turn()).toMatchObject({ taken: 1 });
  expect(await taker().turn()).toMatchObject({ followed: 0, taken: 0 });
  const rows = await api.audited(async () => {
    const { status, body } = await show();
    expect(status).toBe(200);
    expect(body).toMatchObject({ complete: true, lacks: [], devices: ['sim-icu-1'], encounterId: 'enc-1', origin: 'simulated' });
    expect(
      body.metrics.map((m: { metric: string; unit: string; readings: unknown[] }) => [m.metric, m.unit, m.readings.length]),
    ).toEqual([
      ['heartRate', '/min', 90],
      ['spo2', '%', 90],
    ]);
    const [first] = body.metrics[0].readings;
    expect(first).toEqual({ atMs: onsetMs - 60_000, value: 100 + (((onsetMs - 60_000) / 1_000) % 50), device: 0 });
    expect(body.metrics[0].readings.at(-1).atMs).toBe(onsetMs + 29_000);
  });
  expect(rows.map((row) => [row.action, row.object, row.outcome, row.patientIds])).toEqual([
    ['alarm.read', `alarm:${id}`, 'allowed', ['pat-1']],
  ]);
});

test('they stay as they were when history is emptied later, and a later look takes nothing away', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 25_000);
  await api.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  await taker().turn();
  const before = await kept(id);
  expect(before).toMatchObject({ complete: false, lacks: ['device-silent'] });
  const history = new DatabaseSync(join(api.dataDir, 'history.db'));
  history.exec('delete from chunk');
  history.close();
  await api.clock.advance(2 * 3_600_000);
  expect(await taker().turn()).toMatchObject({ taken: 1 });
  expect(await kept(id)).toEqual(before);
});

test('what a gateway brings within the hour makes it whole', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 5_000);
  await api.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: false, lacks: ['device-silent'] });
  await measures(onsetMs + 60_000);
  await api.clock.advance(3_600_000);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: true, lacks: [] });
  expect(await api.stores.alarmSnapshots.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
});

test('while history is away nothing is kept in its place, and it is taken when history is back', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  const away = () => Promise.reject(new PlatformError('store-unavailable', {}, true));
  await api.clock.advance(SNAPSHOT_WAIT_MS * 10);
  await expect(taker({ samples: away, gaps: away }).turn()).rejects.toThrow('store-unavailable');
  expect((await api.stores.alarmSnapshots.waiting()).count).toBe(1);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: true });
  expect((await api.stores.alarmSnapshots.waiting()).count).toBe(0);
});

test('two that take it at once, and one that was cut off after it, keep it once', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await api.clock.advance(40_000);
  await Promise.all([taker().turn(), taker().turn()]);
  await taker().turn();
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  expect(db.prepare('select looks, complete, content from alarm_snapshot').all()).toMatchObject([{ looks: 1, complete: 1 }]);
  // Sealed: no reading is to be read in the file.
  expect(String(db.prepare('select content from alarm_snapshot').get()!['content'])).not.toContain('heartRate');
  db.close();
  expect(await kept(id)).toMatchObject({ complete: true });
});

test('an alarm of a gateway has no readings, which is said; one of the canary bed is not kept at all', async () => {
  const id = await alarms(1, {
    bedId: null,
    gatewayId: 'gw-1',
    encounterId: null,
    conditionCode: 'gatewayLost',
    kind: 'technical',
  });
  await alarms(2, { origin: 'canary' });
  await api.clock.advance(60_000);
  expect(await taker().turn()).toMatchObject({ taken: 0 });
  const path = `/api/v1/alarms/${id}/snapshot`;
  const { status, body } = await api.call('GET', path, { as: await api.token('amy') });
  expect([status, body.detail]).toEqual([404, expect.stringContaining('of no bed')]);
  expect(await api.stores.alarmSnapshots.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
});

test('whoever may not see the alarm does not see its readings, and whoever may after a correction does', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await api.clock.advance(40_000);
  await taker().turn();
  const ida = await api.token('ida');
  expect((await api.call('GET', `/api/v1/alarms/${id}/snapshot`, { as: ida })).status).toBe(404);
  const admit = { encounterId: 'enc-2', patientId: 'pat-2', bedId: 'icu-2', atMs: onsetMs - 60_000 };
  await api.stores.directory.admit(admit as never, changeAt(api.clock.nowMs()) as never);
  const corrected = transition({
    ...{ alarmId: id, rev: 2, cause: 'corrected', onsetMs, encounterId: 'enc-2', atMs: Math.round(api.clock.nowMs()) },
  });
  await api.stores.alarmState.commit(batch([corrected]));
  await taker().turn();
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  expect(db.prepare('select patient_id, moved from alarm_snapshot').all()).toEqual([{ patient_id: 'pat-2', moved: 0 }]);
  db.close();
  expect(await kept(id)).toMatchObject({ encounterId: 'enc-2', complete: true });
  // The keys of the one whom it was not about are gone; it opens all the same.
  const { directory, recordKeys } = api.stores;
  await directory.discharge(EncounterId.parse('enc-1'), api.clock.nowMs(), changeAt(api.clock.nowMs()) as never);
  await recordKeys.erasePatient(PatientId.parse('pat-1'), changeAt(api.clock.nowMs()) as never);
  expect(await kept(id)).toMatchObject({ complete: true });
});

test('an erasure reaches them: nobody can open the readings of who was erased', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await api.clock.advance(40_000);
  await taker().turn();
  const { directory, recordKeys } = api.stores;
  await directory.discharge(EncounterId.parse('enc-1'), api.clock.nowMs(), changeAt(api.clock.nowMs()) as never);
  await recordKeys.erasePatient(PatientId.parse('pat-1'), changeAt(api.clock.nowMs()) as never);
  await expect(kept(id)).rejects.toMatchObject({ code: 'not-found' });
  // Of who is erased before it is taken nothing is kept.
  const late = await alarms(3);
  await api.clock.advance(60_000);
  await taker().turn();
  await expect(kept(late)).rejects.toMatchObject({ code: 'not-found' });
});

test('a device that nobody knows any more is no device, and messages that are missing are said', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000, 'mon-lost');
  const gap = {
    gapId: 'g1',
    bedId,
    deviceId: DeviceId.parse('sim-icu-1'),
    seqs: [1, 3] as const,
    fromMs: onsetMs,
    toMs: onsetMs + 3_000,
  };
  await api.observations.write(0, { samples: [], gaps: [{ ...gap, count: 3, reason: 'lost' as never }] }, '2');
  await api.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  const body = (await kept(id)) as AlarmReadings;
  expect(body).toMatchObject({ complete: false, lacks: ['messages-missing'], gaps: [{ count: 3, fromMs: onsetMs }] });
  expect(body.metrics[0]!.readings[0]!.device).toBeNull();
});
