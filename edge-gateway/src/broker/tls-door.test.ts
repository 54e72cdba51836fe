import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { FakeClock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { DeviceRegistry } from '../devices/registry.js';
import { TrustedTime } from '../devices/trusted-time.js';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import { enrolled, fingerprintOf, oddCertificate, type Pair, reissued, testAuthority } from '../test-support/certificates.js';
import { until } from '../test-support/until.js';
import { TlsDoor } from './tls-door.js';
import { judgeCertificate } from './tls-judge.js';

const DAY_MS = 86_400_000;
const site = await testAuthority(Date.now() - 30 * DAY_MS);
const mon1 = await site.device('mon-1');

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The clock of a machine, which anybody can set. */
class MachineClock extends FakeClock {
  offMs = 0;
  override wallMs(): number {
    return super.wallMs() + this.offMs;
  }
}

async function door(devices: Readonly<Record<string, readonly Pair[]>> = { 'mon-1': [mon1] }) {
  const clock = new MachineClock(Date.now());
  const [registry, metrics] = [new DeviceRegistry(enrolled(devices)), new GatewayMetrics()];
  const time = new TrustedTime(clock, SILENT, null);
  await time.start();
  const met: { socket: TLSSocket; deviceId: string; fingerprint: string }[] = [];
  const faults: [string, string, boolean][] = [];
  const opened = await TlsDoor.listen({
    ...{ host: '127.0.0.1', port: 0, files: site.files, registry, time, clock, metrics, log: SILENT },
    faults: { device: (id, fault, active) => faults.push([id, fault, active]), gateway: () => undefined },
    onDevice: (socket, identity) => met.push({ socket, ...identity }),
  });
  closers.push(async () => {
    for (const { socket } of met) socket.destroy();
    await opened.close();
    await time.stop();
  });
  const refusals = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await metrics.refusedConnections.get()).values.map((v) => [v.labels.reason as string, v.value]));
  return { door: opened, registry, clock, time, met, faults, refusals };
}

function open(port: number, options: ConnectionOptions = {}) {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(site.serverCa), ...options });
  let isClosed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  closers.push(() => void socket.destroy());
  return { socket, isClosed: () => isClosed };
}

test('a device with its certificate comes in as itself, under TLS 1.3 and 1.2', async () => {
  const { door: d, met, registry } = await door();
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const { socket } = open(d.port, { ...mon1, maxVersion });
    await until('the device', () => met.length === 1);
    expect(met[0]).toMatchObject({ deviceId: 'mon-1', fingerprint: fingerprintOf(mon1) });
    expect(socket.getProtocol()).toBe(maxVersion);
    met.length = 0;
  }
  expect(registry.certificateNotAfterMs('mon-1')).toBeGreaterThan(Date.now() + 364 * DAY_MS);
});

const otherSite = await testAuthority();
const server: Pair = { cert: readFileSync(site.files.cert, 'utf8'), key: readFileSync(site.files.key, 'utf8') };
const past = await site.device('mon-1', { atMs: Date.now() - 10 * DAY_MS, days: 9 });
const late = await site.device('mon-1', { atMs: Date.now() + 3 * DAY_MS });
const foreign = await otherSite.device('mon-1');
const never = await site.device('mon-1');
const second = await site.device('mon-2');
const [URN, CA] = ['urn:vigil:device:', site.authority];
const hospital = await oddCertificate(CA, { subject: 'CN=Hospital', purposes: [], isAuthority: true });
/** As a device's, but its key usage does not say that it may not sign. */
const pretender = await oddCertificate(CA, { subject: 'CN=mon-1', purposes: [] });
const odd: Record<string, Pair> = {
  inOrganization: await oddCertificate(CA, { subject: 'O=mon-1, CN=Some monitor' }),
  twoNames: await oddCertificate(CA, { subject: 'CN=mon-1, CN=mon-2' }),
  otherUrn: await oddCertificate(CA, { subject: 'CN=mon-1', urls: [`${URN}mon-2`] }),
  hiddenUrn: await oddCertificate(CA, { subject: 'CN=mon-1', urls: [`http://x, URI:${URN}mon-1`] }),
  anyUse: await oddCertificate(CA, { subject: 'CN=mon-1', purposes: [] }),
  forServers: await oddCertificate(CA, { subject: 'CN=mon-1', purposes: ['1.3.6.1.5.5.7.3.1'] }),
  byDevice: await oddCertificate(mon1, { subject: 'CN=mon-1' }),
  byPretender: await oddCertificate(pretender, { subject: 'CN=mon-1' }),
  ownHand: await oddCertificate(foreign, { subject: 'CN=mon-1' }),
};

// CK-S10. Each is on the list of its device unless the case is about the list: it is the certificate that is refused.
test.each<[string, ConnectionOptions, string]>([
  ['without a certificate', {}, 'tls-no-certificate'],
  ['of another authority', foreign, 'tls-other-authority'],
  ['signed by a device instead of an authority', odd['byDevice']!, 'tls-other-authority'],
  [
    'signed by a device, which is sent along',
    { ...odd['byDevice']!, cert: odd['byDevice']!.cert + mon1.cert },
    'tls-other-authority',
  ],
  [
    'signed by one that is no authority, which is sent along',
    { ...odd['byPretender']!, cert: odd['byPretender']!.cert + pretender.cert },
    'tls-other-authority',
  ],
  ['of its own hand', odd['ownHand']!, 'tls-other-authority'],
  ['that has ended', past, 'tls-expired'],
  ['that is not valid yet', late, 'tls-not-yet-valid'],
  ['that was revoked or never enrolled', never, 'tls-not-listed'],
  ['of another device, listed for this one', second, 'tls-not-listed'],
  ['with the device in the place of the organization', odd['inOrganization']!, 'tls-no-device-name'],
  ['with two common names', odd['twoNames']!, 'tls-no-device-name'],
  ['whose URN is of another device', odd['otherUrn']!, 'tls-no-device-name'],
  ['whose URN hides in another name', odd['hiddenUrn']!, 'tls-no-device-name'],
  ['of the gateway itself', server, 'tls-other-authority'],
  ['for servers', odd['forServers']!, 'tls-wrong-purpose'],
  ['for anything', odd['anyUse']!, 'tls-wrong-purpose'],
  ['under TLS 1.1', { ...mon1, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, 'tls-refused'],
  [
    'with a cipher that does not authenticate',
    { ...mon1, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
    'tls-refused',
  ],
])('a certificate %s is refused', async (_what, options, reason) => {
  const listed = [mon1, past, late, foreign, second, server, ...Object.values(odd)];
  // More than a file may hold, on purpose.
  const { door: d, met, refusals } = await door({ 'mon-1': listed });
  const { isClosed } = open(d.port, options);
  await until('the end of the connection', isClosed);
  await until('the count', async () => (await refusals())[reason] === 1);
  expect(met).toEqual([]);
});

test('an authority below another one is trusted where it is listed, not where a device sends it along', async () => {
  const below = await oddCertificate(hospital, { subject: 'CN=mon-1' });
  const { door: d, met, clock } = await door({ 'mon-1': [below] });
  await until('the refusal', open(d.port, { ...below, cert: below.cert + hospital.cert }).isClosed);
  expect(met).toEqual([]);
  const before = readFileSync(site.files.deviceCa, 'utf8');
  closers.push(() => writeFileSync(site.files.deviceCa, before));
  writeFileSync(site.files.deviceCa, hospital.cert);
  await until('the device', async () => {
    await clock.advance(5_000);
    const next = open(d.port, below);
    await until('an answer', () => next.isClosed() || met.length === 1);
    return met.length === 1;
  });
});

test('a connection that speaks no TLS is cut at once', async () => {
  const { door: d, met } = await door();
  const socket = connectTcp(d.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(Buffer.from('101400044d5154540402003c00086d6f6e2d31', 'hex'));
  await closed;
  expect(met).toEqual([]);
});

test('a session is not resumed: each one shows its certificate', async () => {
  const { door: d, met } = await door();
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const first = open(d.port, { ...mon1, maxVersion });
    let session: Buffer | undefined;
    first.socket.on('session', (s) => (session = s));
    await until('the device', () => met.length === 1);
    session ??= first.socket.getSession();
    first.socket.destroy();
    const again = open(d.port, { ...mon1, maxVersion, session });
    await until('the device again', () => met.length === 2);
    expect(again.socket.isSessionReused()).toBe(false);
    met.length = 0;
  }
});

test.each<[string, (registry: DeviceRegistry) => void]>([
  ['the list of the gateway', (r) => r.replace(enrolled({ 'mon-1': [] }))],
  ['the list of the gateway, which has another one now', (r) => r.replace(enrolled({ 'mon-1': [never] }))],
  ['the configuration of the platform', (r) => r.allow(new Map([['mon-1', []]]))],
])('a certificate that is revoked by %s ends its session at once and opens none', async (_by, revoke) => {
  const { door: d, met, registry, refusals } = await door();
  const { isClosed } = open(d.port, mon1);
  await until('the device', () => met.length === 1);
  revoke(registry);
  await until('the end of the session', isClosed);
  const again = open(d.port, mon1);
  await until('the refusal', again.isClosed);
  expect(met).toHaveLength(1);
  expect(await refusals()).toEqual({ 'cut-not-listed': 1, 'tls-not-listed': 1 });
});

test('revoking one certificate of a device leaves the session of the other alone', async () => {
  const { door: d, met, registry, clock } = await door({ 'mon-1': [mon1, never] });
  const [old, renewed] = [open(d.port, mon1), open(d.port, never)];
  await until('both', () => met.length === 2);
  registry.replace(enrolled({ 'mon-1': [never] }));
  await until('the end of the old one', old.isClosed);
  await clock.advance(60_000);
  expect(renewed.isClosed()).toBe(false);
});

test('a certificate that ends ends its session within seconds, and is a fault of its device before', async () => {
  const short = await site.device('mon-1', { days: 10 });
  const { door: d, met, clock, faults } = await door({ 'mon-1': [short] });
  const { isClosed } = open(d.port, short);
  await until('the device', () => met.length === 1);
  expect(faults.at(-1)).toEqual(['mon-1', 'certificateExpiring', false]);
  clock.offMs = 8.1 * DAY_MS;
  await clock.advance(5_000);
  expect(faults.at(-1)).toEqual(['mon-1', 'certificateExpiring', true]);
  expect(isClosed()).toBe(false);
  clock.offMs = 10 * DAY_MS;
  await clock.advance(5_000);
  await until('the end of the session', isClosed);
});

test('a device that comes with a certificate that has ended is refused, and a fault says so', async () => {
  const ended = await site.device('mon-1', { atMs: Date.now() - 11 * DAY_MS, days: 10 });
  const { door: d, faults, met, refusals } = await door({ 'mon-1': [ended, mon1] });
  open(d.port, ended);
  await until('the refusal', async () => (await refusals())['tls-expired'] === 1);
  expect(faults).toEqual([['mon-1', 'certificateExpiring', true]]);
  open(d.port, mon1);
  await until('the device', () => met.length === 1);
  expect(faults.at(-1)).toEqual(['mon-1', 'certificateExpiring', false]);
  open(d.port, ended);
  await until('another refusal', async () => (await refusals())['tls-expired'] === 2);
  expect(faults.at(-1)).toEqual(['mon-1', 'certificateExpiring', false]);
});

test('an authority that was renewed under its old key lets its devices in, although the former one has ended', async () => {
  const former = await reissued(site.authority, { fromMs: Date.now() - 60 * DAY_MS, toMs: Date.now() - DAY_MS });
  const { registry } = await door();
  const authorities = [former, site.authority.cert].map((cert) => new X509Certificate(cert));
  const by = { authorities, registry, time: { atMs: Date.now(), isExact: true } };
  expect(judgeCertificate(new X509Certificate(mon1.cert), null, by)).toMatchObject({ deviceId: 'mon-1' });
  const onlyFormer = { ...by, authorities: authorities.slice(0, 1) };
  expect(judgeCertificate(new X509Certificate(mon1.cert), null, onlyFormer)).toBe('expired');
});

test('a renewed certificate ends the fault', async () => {
  const short = await site.device('mon-1', { atMs: Date.now() - 9 * DAY_MS, days: 10 });
  const { door: d, faults, met } = await door({ 'mon-1': [short, mon1] });
  open(d.port, short);
  await until('the device', () => met.length === 1);
  expect(faults.at(-1)![2]).toBe(true);
  open(d.port, mon1);
  await until('the device', () => met.length === 2);
  expect(faults.at(-1)).toEqual(['mon-1', 'certificateExpiring', false]);
});

test.each<[string, number]>([
  ['1970', -Date.now()],
  ['2099', 73 * 365 * DAY_MS],
])('a machine that thinks it is %s keeps its devices, and still refuses what was revoked or had ended', async (_when, offMs) => {
  const { door: d, met, clock, registry, refusals } = await door({ 'mon-1': [mon1, past] });
  const live = open(d.port, mon1);
  await until('the device', () => met.length === 1);
  clock.offMs = offMs;
  await clock.advance(60_000);
  expect(live.isClosed()).toBe(false);
  open(d.port, mon1);
  await until('the device again', () => met.length === 2);
  expect(d.warnings()).toContain('clock-not-believed');
  await until('the refusal', open(d.port, past).isClosed);
  registry.replace(enrolled({ 'mon-1': [] }));
  await until('the end of the session', live.isClosed);
  expect(await refusals()).toMatchObject({ 'tls-expired': 1, 'cut-not-listed': 2 });
});

test('the authority of devices can be exchanged while the door is open: sessions of the old one end', async () => {
  const { door: d, met, clock } = await door({ 'mon-1': [mon1, foreign] });
  const before = readFileSync(site.files.deviceCa, 'utf8');
  closers.push(() => writeFileSync(site.files.deviceCa, before));
  const old = open(d.port, mon1);
  await until('the device', () => met.length === 1);
  writeFileSync(site.files.deviceCa, before + otherSite.authority.cert);
  await until('a device of the other authority', async () => {
    await clock.advance(5_000);
    const next = open(d.port, foreign);
    await until('an answer', () => next.isClosed() || met.length === 2);
    return met.length === 2;
  });
  expect(old.isClosed()).toBe(false);
  writeFileSync(site.files.deviceCa, 'nothing');
  await clock.advance(5_000);
  await until('the warning', () => d.warnings().includes('certificate-unreadable'));
  expect(old.isClosed()).toBe(false);
  writeFileSync(site.files.deviceCa, otherSite.authority.cert);
  await until('the end of the old session', async () => {
    await clock.advance(5_000);
    return old.isClosed();
  });
});

test('half a handshake ends by itself, and a hundred of them keep no device out', async () => {
  const clock = new MachineClock(Date.now());
  const time = new TrustedTime(clock, SILENT, null);
  await time.start();
  const met: DeviceId[] = [];
  const d = await TlsDoor.listen({
    ...{
      host: '127.0.0.1',
      port: 0,
      files: site.files,
      registry: new DeviceRegistry(enrolled({ 'mon-1': [mon1] })),
      time,
      clock,
    },
    ...{ metrics: new GatewayMetrics(), log: SILENT, faults: { device: () => undefined, gateway: () => undefined } },
    onDevice: (socket, { deviceId }) => {
      met.push(deviceId);
      closers.push(() => void socket.destroy());
    },
    handshakeTimeoutMs: 300,
  });
  closers.push(async () => {
    await time.stop();
    return d.close();
  });
  let open100 = 0;
  for (let i = 0; i < 100; i++) {
    const socket = connectTcp(d.port, '127.0.0.1', () => socket.write(Buffer.from('160301', 'hex')));
    socket.on('error', () => undefined);
    open100 += 1;
    socket.on('close', () => (open100 -= 1));
  }
  const startedMs = Date.now();
  open(d.port, mon1);
  await until('the device', () => met.length === 1);
  expect(Date.now() - startedMs).toBeLessThan(1_000);
  await until('the end of them all', () => open100 === 0);
});
