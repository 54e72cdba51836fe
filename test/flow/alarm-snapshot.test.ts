import { BedId } from '@vigil/contracts';
import { AlarmRecordsModule } from '../../src/alarms/alarm-records.module.js';
import { SnapshotTaker } from '../../src/alarms/snapshot-taker.js';
import type { ObservationStore } from '../../src/ports/observation-store.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
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
  await api.observations.write(0, { samples }, '1');
};

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

test('whoever may not see the alarm does not see its readings', async () => {
  const id = await alarms(1);
  const ida = await api.token('ida');
  expect((await api.call('GET', `/api/v1/alarms/${id}/snapshot`, { as: ida })).body).not.toHaveProperty('detail');
});

test('the platform takes them by itself', async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const own = await startApi({ workers: [AlarmRecordsModule.from(log)] });
  await own.clock.advance(120_000);
  const atMs = Math.round(own.clock.nowMs());
  await own.stores.alarmState.commit(batch([transition({ onsetMs: atMs, atMs })]));
  await own.clock.advance(2_000);
  expect((await own.stores.alarmSnapshots.waiting()).count).toBe(1);
  await own.end();
});
