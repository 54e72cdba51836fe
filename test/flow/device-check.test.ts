import { LogEvent } from '@vigil/contracts';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_REQUESTS_PER_S: '1000' } });
});
afterAll(() => api.end());

/** What the live consumer would read next. */
function says(deviceId: string, bedId: string | null, atMs: number, value: number): void {
  const key = bedId === null ? `device:${deviceId}` : `bed:${bedId}`;
  const event = LogEvent.parse({
    ...{
      v: 1,
      id: `${deviceId}/b/${atMs}`,
      key,
      origin: 'live',
      atMs,
      kind: 'deviceMessage',
      bedId,
      deviceId,
      gatewayId: 'gw-1',
    },
    ...{ bootId: 'b', seq: atMs, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }],
  });
  api.app.get(LiveVitals, { strict: false }).apply(event, api.clock.wallMs());
}

const check = async (as: string, deviceId: string) => (await api.call('GET', `/api/v1/devices/${deviceId}/check`, { as })).body;
const now = () => Math.round(api.clock.nowMs());

test('a device shows what it says while that is nobody’s, and nothing of a patient or of another care unit', async () => {
  const ben = await api.token('ben');
  says('sim-icu-1', 'icu-1', now(), 61);
  says('sim-icu-2', 'icu-2', now(), 62);
  says('sim-imc-1', 'imc-1', now(), 63);
  const bed = { bedId: 'icu-2', label: 'ICU 2', careUnitId: 'icu', occupied: false };
  expect(await check(ben, 'sim-icu-2')).toMatchObject({ bed, withheld: null, readings: [{ metric: 'heartRate', value: 62 }] });
  expect(await check(ben, 'sim-icu-1')).toMatchObject({ withheld: 'of-a-patient', readings: [] });
  expect(await check(ben, 'sim-imc-1')).toMatchObject({ bed: { bedId: 'imc-1' }, withheld: 'elsewhere', readings: [] });
  expect((await check(ben, 'no-such-device')).code).toBe('not-found');
});

test('taken away it shows what it says at no bed, for a minute; each look leaves a row', async () => {
  const ben = await api.token('ben');
  const { bed } = await check(ben, 'sim-icu-2');
  await api.clock.advance(1_000);
  const headers = { 'if-match': `"${bed.rev}"`, 'idempotency-key': newKey() };
  expect(
    (await api.call('POST', `/api/v1/device-assignments/${bed.assignmentId}/end`, { as: ben, headers, body: {} })).status,
  ).toBe(200);
  expect(await check(ben, 'sim-icu-2')).toMatchObject({ bed: null, readings: [] });
  says('sim-icu-2', null, now(), 88);
  const rows = await api.audited(async () => {
    expect((await check(ben, 'sim-icu-2')).readings).toEqual([
      { metric: 'heartRate', value: 88, unit: '/min', quality: 'valid', atMs: now() },
    ]);
  });
  expect(rows.map(({ actor, action, object, outcome }) => [actor, action, object, outcome])).toEqual([
    ['ben', 'device.check', 'device:sim-icu-2', 'allowed'],
  ]);
  await api.clock.advance(61_000);
  expect((await check(ben, 'sim-icu-2')).readings).toEqual([]);
});
