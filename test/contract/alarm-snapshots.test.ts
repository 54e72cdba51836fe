import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { type AlarmId, type AlarmReadings, BedId, DeviceId, EncounterId, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { SNAPSHOT_WAIT_MS, SnapshotTaker } from '../../src/alarms/snapshot-taker.js';
import type { ObservationStore } from '../../src/ports/observation-store.js';
import { alarmIdNo, batch, transition } from './alarm-fixtures.js';
import { changeAt } from './device-assignments.contract.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

const bedId = BedId.parse('icu-1');
let t: TestStores;
let observations: SqliteObservationStore;
let onsetMs: number;
beforeEach(async () => {
  t = await openTestStores();
  observations = new SqliteObservationStore(join(t.folder, 'history.db'));
  await t.clock.advance(120_000);
  onsetMs = Math.round(t.clock.nowMs());
});
afterEach(async () => {
  observations.close();
  await t.end();
});

const taker = (from: Pick<ObservationStore, 'samples' | 'gaps'> = observations) =>
  new SnapshotTaker({ snapshots: t.alarmSnapshots, observations: from, clock: t.clock });
const none = () => Promise.resolve([]);
/** Stored, and noted as one whose readings are to be kept. */
const alarms = async (n: number, more: Record<string, unknown> = {}) => {
  const one = transition({ alarmId: alarmIdNo(n), onsetMs, atMs: onsetMs, ...more });
  await t.alarmState.commit(batch([one]));
  await taker({ samples: none, gaps: none }).turn();
  return one.alarmId;
};
/** One reading a second of two metrics, from two minutes before the onset on. */
const measures = async (untilMs: number, device = 'sim-icu-1', fromMs = onsetMs - 120_000) => {
  const samples = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += 1_000) {
    samples.push({
      bedId,
      metric: 'heartRate' as const,
      atMs,
      value: 100 + ((atMs / 1_000) % 50),
      deviceId: device,
      quality: 'valid' as const,
    });
    samples.push({ bedId, metric: 'spo2' as const, atMs, value: 97, deviceId: device, quality: 'valid' as const });
  }
  await observations.write(0, { samples }, '1');
};
const kept = (id: AlarmId) => t.alarmSnapshots.of(id);

test('they stay as they were when history is emptied later, and a later look takes nothing away', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 25_000);
  await t.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  await taker().turn();
  const before = await kept(id);
  expect(before).toMatchObject({ complete: false, lacks: ['device-silent'] });
  const history = new DatabaseSync(join(t.folder, 'history.db'));
  history.exec('delete from chunk');
  history.close();
  await t.clock.advance(2 * 3_600_000);
  expect(await taker().turn()).toMatchObject({ taken: 1 });
  expect(await kept(id)).toEqual(before);
});

test('what a gateway brings within the hour makes it whole', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 5_000);
  await t.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: false, lacks: ['device-silent'] });
  await measures(onsetMs + 60_000);
  await t.clock.advance(3_600_000);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: true, lacks: [] });
  expect(await t.alarmSnapshots.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
});

test('while history is away nothing is kept in its place, and it is taken when history is back', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  const away = () => Promise.reject(new PlatformError('store-unavailable', {}, true));
  await t.clock.advance(SNAPSHOT_WAIT_MS * 10);
  await expect(taker({ samples: away, gaps: away }).turn()).rejects.toThrow('store-unavailable');
  expect((await t.alarmSnapshots.waiting()).count).toBe(1);
  await taker().turn();
  expect(await kept(id)).toMatchObject({ complete: true });
  expect((await t.alarmSnapshots.waiting()).count).toBe(0);
});

test('one that cannot be read keeps no other waiting, and is tried again', async () => {
  const broken = await alarms(1, { bedId: 'icu-2', encounterId: null });
  const id = await alarms(2);
  await measures(onsetMs + 40_000);
  await t.clock.advance(40_000);
  const samples: ObservationStore['samples'] = (query) =>
    query.bedId === 'icu-2' ? Promise.reject(new Error('damaged')) : observations.samples(query);
  expect(await taker({ samples, gaps: observations.gaps.bind(observations) }).turn()).toMatchObject({ taken: 1, failed: 1 });
  expect(await kept(id)).toMatchObject({ complete: true });
  expect(await kept(broken)).toBe('waiting');
  await t.clock.advance(3_600_000);
  expect(await taker().turn()).toMatchObject({ taken: 1, failed: 0 });
});

test('two that take it at once, and one that was cut off after it, keep it once', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await t.clock.advance(40_000);
  await Promise.all([taker().turn(), taker().turn()]);
  await taker().turn();
  const db = new DatabaseSync(t.file);
  expect(db.prepare('select looks, complete, content from alarm_snapshot').all()).toMatchObject([{ looks: 1, complete: 1 }]);
  // Sealed: no reading is to be read in the file.
  expect(String(db.prepare('select content from alarm_snapshot').get()!['content'])).not.toContain('heartRate');
  db.close();
  expect(await kept(id)).toMatchObject({ complete: true });
});

test('after a correction they are under the keys of the patient whom the alarm is about', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await t.clock.advance(40_000);
  await taker().turn();
  const admit = { encounterId: 'enc-2', patientId: 'pat-2', bedId: 'icu-2', atMs: onsetMs - 60_000 };
  await t.directory.admit(admit as never, changeAt(t.clock.nowMs()) as never);
  const corrected = transition({
    ...{ alarmId: id, rev: 2, cause: 'corrected', onsetMs, encounterId: 'enc-2', atMs: Math.round(t.clock.nowMs()) },
  });
  await t.alarmState.commit(batch([corrected]));
  await taker().turn();
  const db = new DatabaseSync(t.file);
  expect(db.prepare('select patient_id, moved from alarm_snapshot').all()).toEqual([{ patient_id: 'pat-2', moved: 0 }]);
  db.close();
  expect(await kept(id)).toMatchObject({ encounterId: 'enc-2', complete: true });
  // The keys of the one whom it was not about are gone; it opens all the same.
  const { directory, recordKeys } = t;
  await directory.discharge(EncounterId.parse('enc-1'), t.clock.nowMs(), changeAt(t.clock.nowMs()) as never);
  await recordKeys.erasePatient(PatientId.parse('pat-1'), changeAt(t.clock.nowMs()) as never);
  expect(await kept(id)).toMatchObject({ complete: true });
});

test('an erasure reaches them: nobody can open the readings of who was erased', async () => {
  const id = await alarms(1);
  await measures(onsetMs + 40_000);
  await t.clock.advance(40_000);
  await taker().turn();
  const { directory, recordKeys } = t;
  await directory.discharge(EncounterId.parse('enc-1'), t.clock.nowMs(), changeAt(t.clock.nowMs()) as never);
  await recordKeys.erasePatient(PatientId.parse('pat-1'), changeAt(t.clock.nowMs()) as never);
  await expect(kept(id)).rejects.toMatchObject({ code: 'not-found' });
  // Of who is erased before it is taken nothing is kept.
  const late = await alarms(3);
  await t.clock.advance(60_000);
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
  await observations.write(0, { samples: [], gaps: [{ ...gap, count: 3, reason: 'lost' as never }] }, '2');
  await t.clock.advance(SNAPSHOT_WAIT_MS + 60_000);
  await taker().turn();
  const body = (await kept(id)) as AlarmReadings;
  expect(body).toMatchObject({ complete: false, lacks: ['messages-missing'], gaps: [{ count: 3, fromMs: onsetMs }] });
  expect(body.metrics[0]!.readings[0]!.device).toBeNull();
});
