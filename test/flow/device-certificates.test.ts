/** A device with a certificate, from `vigil devices enrol` to the log, and out again by `vigil devices revoke`. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FakeClock, SystemClock } from '@vigil/clock';
import {
  BedTable,
  ConfigPoller,
  DeviceRegistry,
  type Gateway,
  type GatewayLog,
  GatewayMetrics,
  startGateway,
  watchDeviceFile,
} from '@vigil/edge-gateway';
import { type DeviceDetail, type GatewayConfig, GatewayId, Site } from '@vigil/contracts';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { FakeLog } from '../../edge-gateway/src/test-support/fake-log.js';
import { enrolDevice } from '../../src/site/enrol.js';
import { init } from '../../src/site/init.js';
import { CONFIG_PUBLIC_FILE } from '../../src/site/config-key.js';
import { gatewayCertificate } from '../../src/site/device-ca.js';
import { listCertificate, prepareCertificate, revokeDevice } from '../../src/site/device-certificates.js';
import { deviceRequest } from '../support/device-request.js';
import { until } from '../support/until.js';
import { GATEWAY_TOKEN, newKey, site as wardSite, startApi } from './api-fixture.js';

const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';
const run = promisify(execFile);
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const message = (seq: number): string =>
  JSON.stringify({
    ...{ bootId: BOOT, seq, atMs: Date.now(), origin: 'test' },
    observations: [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }],
  });

/** A site with two devices that have certificates, and its gateway. */
async function site() {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-mqtts-'));
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  const enrol = async (deviceId: string): Promise<string> => {
    const prepared = await prepareCertificate(dataDir, { deviceId, nowMs: Date.now(), days: 365 });
    return listCertificate(dataDir, prepared, Date.now());
  };
  for (const [deviceId, bedId] of [
    ['mon-7', 'icu-1'],
    ['mon-8', 'icu-2'],
  ] as const) {
    enrolDevice(dataDir, { deviceId, bedId, profile: 'monitor', gatewayId: 'gw-1' });
    await enrol(deviceId);
  }
  const say = (): void => undefined;
  const log: GatewayLog = { info: say, warn: say, error: say };
  const [clock, registry, beds, uplink] = [new SystemClock(), new DeviceRegistry(), new BedTable(), new FakeLog()];
  closers.push(await watchDeviceFile(join(dataDir, 'devices.json'), registry, clock, log));
  beds.replace({
    v: 1,
    gatewayId: 'gw-1',
    rate: 1,
    devices: [{ deviceId: 'mon-7', bedId: 'icu-1' }],
  } as unknown as GatewayConfig);
  const tls = join(dataDir, 'gateway', 'tls');
  const files = { cert: join(tls, 'server.pem'), key: join(tls, 'server.key'), deviceCa: join(dataDir, 'device-ca', 'ca.pem') };
  const gateway = await startGateway({
    ...{ gatewayId: GatewayId.parse('gw-1'), dataDir: join(dataDir, 'gateway'), mqttPort: 0, httpPort: 0 },
    ...{ mqtts: { host: '127.0.0.1', port: 0, files }, clock, uplink, registry, beds, log },
  });
  closers.push(() => gateway.stop());
  return { dataDir, gateway, uplink, enrol };
}

function device(gateway: Gateway, folder: string, options: IClientOptions = {}): Promise<MqttClient> {
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return connected(gateway, { cert: pem('client.pem'), key: pem('client.key'), ca: pem('ca.pem'), ...options });
}

function connected(gateway: Gateway, options: IClientOptions): Promise<MqttClient> {
  return connectAsync(
    `mqtts://127.0.0.1:${gateway.mqttsPort}`,
    { protocolVersion: 4, clientId: 'mon-7', reconnectPeriod: 0, connectTimeout: 2_000, ...options },
    false,
  ).then((client) => {
    closers.push(() => client.end(true));
    return client;
  });
}
const delivered = (uplink: FakeLog): number => uplink.records.filter(({ lane }) => lane === 'numerics').length;
const topic = 'vigil/v1/mon-7/observations';

test('a device with a certificate delivers without a token, is cut within 2 s of its revocation, and not let in again', async () => {
  const { dataDir, gateway, uplink, enrol } = await site();
  const folder = join(dataDir, 'devices', 'mon-7');
  const first = await device(gateway, folder);
  await first.publishAsync(topic, message(1), { qos: 1 });
  const renewed = await enrol('mon-7');
  await first.publishAsync(topic, message(2), { qos: 1 });
  await until('both messages', () => delivered(uplink) === 2, 4_000);

  let isOpen = true;
  first.on('close', () => (isOpen = false));
  const startMs = Date.now();
  revokeDevice(dataDir, { deviceId: 'mon-7', nowMs: startMs });
  await until('the end of the session', () => !isOpen, 4_000);
  expect(Date.now() - startMs).toBeLessThan(2_000);
  await expect(device(gateway, renewed)).rejects.toThrow();
  const back = await enrol('mon-7');
  await until('a session by the newest', () => device(gateway, back), 4_000);
});

/** The platform, and a gateway on another machine, which knows of devices what the signed configuration says and nothing else. */
async function platformAndGateway() {
  const gil = { staffId: 'gil', username: 'gil', name: 'Gil Biomed', roles: ['biomed'] };
  const site = Site.parse({ ...wardSite, staff: [...wardSite.staff, gil] });
  const api = await startApi({ site, startMs: Date.now(), env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  closers.push(() => api.end());
  const as = await api.token('gil');
  const folder = join(api.dataDir, 'gateway', 'tls');
  mkdirSync(folder, { recursive: true });
  await gatewayCertificate({ folder, names: [], nowMs: Date.now() });
  const say = (): void => undefined;
  const log: GatewayLog = { info: say, warn: say, error: say };
  const [polls, beds, registry, uplink] = [new FakeClock(), new BedTable(), new DeviceRegistry(), new FakeLog()];
  const source = { url: `${api.url}/api/v1/gateways/gw-1/config`, token: GATEWAY_TOKEN, gatewayId: 'gw-1' };
  const [dataDir, keyFile] = [mkdtempSync(join(tmpdir(), 'vigil-away-')), join(api.dataDir, CONFIG_PUBLIC_FILE)];
  const poller = new ConfigPoller({ ...source, dataDir, keyFile }, beds, polls, new GatewayMetrics(), log);
  await poller.start();
  closers.push(() => poller.stop());
  const files = {
    cert: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
    deviceCa: join(api.dataDir, 'device-ca', 'ca.pem'),
  };
  const start = async (): Promise<Gateway> => {
    const gateway = await startGateway({
      ...{ gatewayId: GatewayId.parse('gw-1'), dataDir, mqttPort: 0, httpPort: 0, clock: new SystemClock() },
      ...{ mqtts: { host: '127.0.0.1', port: 0, files }, uplink, registry, beds, log },
    });
    closers.push(() => gateway.stop());
    return gateway;
  };
  return { api, as, polls, beds, uplink, start };
}

test('a device that a browser enrolled delivers at a gateway elsewhere, and a revocation ends that within 60 s', async () => {
  const { api, as, polls, beds, uplink, start } = await platformAndGateway();
  const command = { as, headers: { 'idempotency-key': newKey() } };
  await api.call('POST', '/api/v1/devices', { ...command, body: { deviceId: 'mon-7', gatewayId: 'gw-1', profile: 'monitor' } });
  const { token } = (await api.call('POST', '/api/v1/devices/mon-7/enrolments', { as })).body as { readonly token: string };
  const { key, csr } = await deviceRequest('mon-7');
  const { body: given } = await api.call('POST', '/api/v1/device-enrolments', { body: { token, csr } });
  const tls = { cert: given.certificate as string, key, ca: given.gatewayAuthority as string };
  const gateway = await start();
  const listed = () => beds.config?.devices.find(({ deviceId }) => deviceId === 'mon-7')?.certificates?.length ?? 0;
  await polls.advance(5_000);
  await until('the configuration with the certificate', () => listed() === 1, 5_000);
  const session = await connected(gateway, tls);
  await session.publishAsync(topic, message(1), { qos: 1 });
  await until('the message', () => delivered(uplink) === 1, 4_000);

  let isOpen = true;
  session.on('close', () => (isOpen = false));
  const { certificates } = (await api.call('GET', '/api/v1/devices/mon-7', { as })).body as DeviceDetail;
  const path = `/api/v1/devices/mon-7/certificates/${certificates[0]!.fingerprint}`;
  expect((await api.call('DELETE', path, { as })).status).toBe(204);
  const fromMs = polls.wallMs();
  await until(
    'the end of the session',
    async () => {
      if (isOpen) await polls.advance(1_000);
      return !isOpen;
    },
    8_000,
  );
  expect(polls.wallMs() - fromMs).toBeLessThan(60_000);
  await expect(connected(gateway, tls)).rejects.toThrow();
});

test('a certificate speaks for its own device, whatever name and topic are tried with it', async () => {
  const { dataDir, gateway } = await site();
  const folder = join(dataDir, 'devices', 'mon-7');
  await expect(device(gateway, folder, { username: 'mon-8' })).rejects.toThrow();
  await expect(device(gateway, folder, { clientId: 'mon-8' })).rejects.toThrow();
  const own = await device(gateway, folder, { username: 'mon-7' });
  const closed = new Promise<void>((resolve) => own.once('close', () => resolve()));
  own.publish('vigil/v1/mon-8/observations', message(1), { qos: 1 }, () => undefined);
  await closed;
});

const hasMosquitto = await run('mosquitto_pub', ['--help']).then(
  () => true,
  (error: { code?: string }) => error.code !== 'ENOENT',
);
if (!hasMosquitto) process.stderr.write('mosquitto_pub is not tried: it is not installed here\n');

(hasMosquitto ? test : test.skip)('mosquitto_pub delivers by certificate; without one it does not', async () => {
  const { dataDir, gateway, uplink } = await site();
  const folder = join(dataDir, 'devices', 'mon-7');
  const [ca, cert, key] = ['ca.pem', 'client.pem', 'client.key'].map((name) => join(folder, name)) as [string, string, string];
  const base = ['-h', '127.0.0.1', '-p', String(gateway.mqttsPort), '--cafile', ca, '-i', 'mon-7', '-q', '1', '-t', topic];
  await run('mosquitto_pub', [...base, '--cert', cert, '--key', key, '-m', message(1)]);
  await until('the message', () => delivered(uplink) === 1, 4_000);
  await expect(run('mosquitto_pub', [...base, '-m', message(2)], { timeout: 5_000 })).rejects.toThrow();
});
