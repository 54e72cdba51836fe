import { alarmIdNo, batch, ending, transition } from '../../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from '../api-fixture.js';

const MINUTE = 60_000;

let api: Api;
/** Works in `icu`, at another bed than the patient's. */
let ben: string;
beforeEach(async () => {
  api = await startApi();
  ben = await api.token('ben');
});
afterEach(() => api.end());

const get = (as: string, path: string) => api.call('GET', `/api/v1${path}`, { as });
const post = (as: string, path: string, body: unknown = {}, headers = {}) =>
  api.call('POST', `/api/v1${path}`, { as, body, headers });

test('accepting the alarm of a stay that is over opens no record', async () => {
  const atMs = api.clock.nowMs();
  const alarm = `/alarms/${alarmIdNo(1)}`;
  await api.stores.alarmState.commit(batch([transition({ onsetMs: atMs, atMs })]));
  await api.stores.alarmState.commit(batch([ending({ onsetMs: atMs, atMs: atMs + 1 })]));
  await api.clock.advance(MINUTE);
  expect((await post(await api.token('amy'), '/encounters/enc-1/discharge')).status).toBe(200);
  await api.clock.advance(MINUTE);
  const { escalation } = (await get(ben, alarm)).body;
  const headers = { 'if-match': `"${escalation.rev}"`, 'idempotency-key': newKey() };
  expect((await post(ben, `${alarm}/accept`, {}, headers)).status).toBe(200);
  for (const path of ['/patients/pat-1', '/encounters/enc-1', '/beds/icu-1/history?metric=heartRate&from=0&to=9999999999999']) {
    expect([path, (await get(ben, path)).status]).toEqual([path, 404]);
  }
  expect((await get(ben, '/patients')).body.items).toEqual([]);
});

test('an admission reaches back into nobody else’s stay, and forward into no time that is to come', async () => {
  const fromMs = api.clock.nowMs();
  await api.clock.advance(2 * MINUTE);
  expect((await post(await api.token('amy'), '/encounters/enc-1/discharge')).status).toBe(200);
  const leftMs = api.clock.nowMs();
  await api.clock.advance(MINUTE);
  const admit = (atMs: number) => post(ben, '/encounters', { patientId: 'pat-2', bedId: 'icu-1', atMs });
  expect((await admit(fromMs)).status).toBe(409);
  expect((await admit(api.clock.nowMs() + 2 * MINUTE)).body.errors).toEqual([
    { path: 'body.atMs', message: 'not in the future' },
  ]);
  const late = await admit(leftMs - MINUTE);
  expect([late.status, late.body.admittedMs]).toEqual([201, leftMs]);
});
