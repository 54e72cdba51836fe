/** A device from its registration to its end, by a person at a browser: what it may, and what the trail says of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceDetail, DeviceToFix, GatewayConfig } from '@vigil/contracts';
import { Site } from '@vigil/contracts';
import { ENROLMENT_LIFE_MS } from '../../src/devices/device-desk.js';
import { writeSecret } from '../../src/site/secret-file.js';
import { deviceRequest } from '../support/device-request.js';
import { type Api, GATEWAY_TOKEN, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const BIOMED = { staffId: 'gil', username: 'gil', name: 'Gil Biomed', roles: ['biomed'] };
let api: Api;
let as: string;
beforeAll(async () => {
  const site = Site.parse({ ...wardSite, staff: [...wardSite.staff, BIOMED] });
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' } });
  as = await api.token('gil');
});
afterAll(() => api.end());

const ask = (method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as, headers, ...(body === undefined ? {} : { body }) });
const command = (rev?: number) => ({ 'idempotency-key': newKey(), ...(rev === undefined ? {} : { 'if-match': `"${rev}"` }) });
const register = (deviceId: string, more: object = {}) =>
  ask('POST', '/devices', { deviceId, gatewayId: 'gw-1', profile: 'monitor', ...more }, command());
const detail = async (deviceId: string): Promise<DeviceDetail> => (await ask('GET', `/devices/${deviceId}`)).body as DeviceDetail;
const use = async (deviceId: string, verb: string, reason = 'other') =>
  ask('POST', `/devices/${deviceId}/${verb}`, { reason }, command((await detail(deviceId)).device.rev));
const inConfig = async (deviceId: string) => {
  const { body } = await api.call('GET', '/api/v1/gateways/gw-1/config', { as: GATEWAY_TOKEN });
  return (body as GatewayConfig).devices.find((each) => each.deviceId === deviceId)?.certificates;
};
/** The device exchanges its token: nobody is signed in. */
const redeem = (token: string, csr: string) => api.call('POST', '/api/v1/device-enrolments', { body: { token, csr } });
const enrol = async (deviceId: string): Promise<string> => {
  const { token } = (await ask('POST', `/devices/${deviceId}/enrolments`)).body as { readonly token: string };
  const { csr } = await deviceRequest(deviceId);
  const { status } = await redeem(token, csr);
  expect(status).toBe(201);
  return (await detail(deviceId)).certificates[0]!.fingerprint;
};

test('a device is registered, looked at, changed at the revision that was seen, and found by its words', async () => {
  const made = await register('pump-1', { model: 'Pump 2', owner: 'Clinical engineering' });
  expect([made.status, made.headers.get('etag'), made.headers.get('location')]).toEqual([201, '"1"', '/api/v1/devices/pump-1']);
  expect((await register('pump-1')).body).toMatchObject({ code: 'conflict' });
  expect((await register('pump-2', { profile: 'no-such' })).body).toMatchObject({ code: 'invalid-request' });
  const changed = await ask('PATCH', '/devices/pump-1', { firmwareWanted: '2.0' }, command(1));
  expect(changed.body).toMatchObject({ model: 'Pump 2', firmwareWanted: '2.0', rev: 2 });
  expect((await ask('PATCH', '/devices/pump-1', { owner: null }, command(1))).body).toMatchObject({ code: 'revision-moved' });
  expect((await ask('PATCH', '/devices/pump-1', {}, command(2))).status).toBe(400);
  const found = await ask('GET', '/devices?text=clinical');
  expect((found.body.items as { deviceId: string }[]).map(({ deviceId }) => deviceId)).toEqual(['pump-1']);
  expect(await detail('pump-1')).toMatchObject({ openSpans: [], hasToken: false, certificates: [], fleet: { inSite: true } });
});

test('a token is shown once, gives one certificate within 15 minutes, and the trail has neither it nor a serial number', async () => {
  const secrets = ['SN-SECRET-7', '(01)SECRET(21)7'];
  const rows = await api.audited(async () => {
    await register('mon-1', { serial: secrets[0], udi: secrets[1] });
    const old = (await ask('POST', '/devices/mon-1/enrolments')).body.token as string;
    const { token } = (await ask('POST', '/devices/mon-1/enrolments')).body as { readonly token: string };
    secrets.push(old, token);
    const { csr } = await deviceRequest('mon-1');
    expect((await redeem(old, csr)).body).toMatchObject({ code: 'wrong-code' });
    expect((await redeem(token, (await deviceRequest('mon-2')).csr)).body).toMatchObject({ code: 'invalid-request' });
    const given = await redeem(token, csr);
    expect(given.body).toMatchObject({
      deviceId: 'mon-1',
      certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) as unknown,
    });
    expect((await redeem(token, csr)).body).toMatchObject({ code: 'wrong-code' });
    const late = (await ask('POST', '/devices/mon-1/enrolments')).body.token as string;
    secrets.push(late);
    await api.clock.advance(ENROLMENT_LIFE_MS);
    expect((await redeem(late, csr)).body).toMatchObject({ code: 'wrong-code' });
  });
  const actions = rows.filter(({ outcome }) => outcome === 'allowed').map(({ action, object }) => `${action} ${object}`);
  expect(actions).toEqual([
    ...['device.create', 'device.enrol', 'device.enrol', 'device.redeem', 'device.enrol'].map((each) => `${each} device:mon-1`),
  ]);
  for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret);
  // Nobody stays signed in for so long.
  as = await api.token('gil');
  const [certificate] = (await detail('mon-1')).certificates;
  expect(certificate).toMatchObject({ maySpeak: true, revokedWallMs: null });
  expect(await inConfig('mon-1')).toEqual([certificate!.fingerprint]);
});

test('a revoked certificate leaves the configuration, and revoking it again is no mistake', async () => {
  await register('mon-3');
  const fingerprint = await enrol('mon-3');
  const revoke = (of: string) => ask('DELETE', `/devices/mon-3/certificates/${of}`);
  expect([(await revoke(fingerprint)).status, (await revoke(fingerprint)).status]).toEqual([204, 204]);
  expect((await revoke('0'.repeat(64))).status).toBe(404);
  expect(await inConfig('mon-3')).toEqual([]);
  expect((await detail('mon-3')).certificates).toMatchObject([{ maySpeak: false, revokedWallMs: expect.any(Number) as unknown }]);
});

test('quarantine takes certificate and token and says which bed it leaves without; a release gives both back', async () => {
  const listed = () =>
    JSON.parse(readFileSync(join(api.dataDir, 'devices.json'), 'utf8')) as { deviceId: string; token?: string }[];
  const entry = () => listed().find((each) => each.deviceId === 'sim-icu-1')!;
  await enrol('sim-icu-1');
  const before = { ...entry(), token: 'token-of-the-monitor-01234567' };
  // As `vigil devices enrol` leaves it, beside the certificate.
  const others = listed().filter((each) => each.deviceId !== 'sim-icu-1');
  writeSecret(join(api.dataDir, 'devices.json'), [...others, before]);

  const answer = await use('sim-icu-1', 'quarantine', 'wrong-readings');
  expect(answer.body).toMatchObject({
    device: { state: 'quarantined', stateReason: 'wrong-readings' },
    openSpans: [{ bedId: 'icu-1' }],
  });
  expect(entry()).toEqual({ deviceId: 'sim-icu-1', certificates: [] });
  expect(await inConfig('sim-icu-1')).toEqual([]);
  expect((await ask('POST', '/devices/sim-icu-1/enrolments')).body).toMatchObject({ code: 'conflict' });
  expect((await use('sim-icu-1', 'quarantine')).body).toMatchObject({ code: 'conflict' });
  const detailed = await detail('sim-icu-1');
  expect([detailed.hasToken, detailed.certificates[0]?.maySpeak, detailed.openSpans.length]).toEqual([false, false, 1]);

  expect((await use('sim-icu-1', 'release', 'checked')).status).toBe(200);
  expect(entry()).toEqual(before);
  expect(await inConfig('sim-icu-1')).toHaveLength(1);
});

test('a device at a bed is not retired; one that is retired may not speak again before it is enrolled anew', async () => {
  expect((await use('sim-icu-2', 'retire')).body).toMatchObject({
    code: 'assignment-conflict',
    conflicts: [{ kind: 'device-elsewhere', bedId: 'icu-2' }],
  });
  await register('mon-4');
  await enrol('mon-4');
  expect((await use('mon-4', 'retire', 'replaced')).status).toBe(200);
  await use('mon-4', 'release');
  expect([await inConfig('mon-4'), (await detail('mon-4')).certificates[0]?.maySpeak]).toEqual([[], false]);
  await enrol('mon-4');
  expect(await inConfig('mon-4')).toHaveLength(1);
});

test('the list of what to fix tells of the wrong device first, and of a calibration that is over', async () => {
  await register('mon-5', { serial: 'A', calibrationDueDay: '2020-01-31', firmwareWanted: '2' });
  const [nowMs, envelope] = [api.clock.nowMs(), { v: 1, key: 'gateway:gw-1', origin: 'live', gatewayId: 'gw-1' }];
  const state = { connected: true, lastSeenMs: nowMs, skewMs: 0, clockSuspect: false, certificateNotAfterMs: null };
  const said = { said: { serial: 'B', firmware: '1' }, accepted: 1, rejected: 0, duplicates: 0, reconnects: 0 };
  const told = { ...envelope, ...state, ...said, kind: 'deviceState', id: 'x', atMs: nowMs, deviceId: 'mon-5' } as never;
  await api.stores.fleet.note({ devices: [told], gateways: [], faults: [] }, nowMs);
  const { body } = await ask('GET', '/fleet/to-fix');
  const own = (body.items as DeviceToFix[]).filter(({ deviceId }) => deviceId === 'mon-5');
  expect(own.map(({ kind }) => kind)).toEqual(['wrong-device', 'calibration', 'firmware']);
  expect(body).toMatchObject({ leftOut: 0, trayKnown: true });
  expect(body.items[0]).toMatchObject({ deviceId: 'mon-5', kind: 'wrong-device', severity: 'now' });
});
