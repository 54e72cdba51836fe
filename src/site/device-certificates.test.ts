import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceList } from '../../edge-gateway/src/devices/registry.js';
import { gatewayCertificate, issuedList } from './device-ca.js';
import { devicesToRenew, listCertificate, newestOf, prepareCertificate, revokeDevice } from './device-certificates.js';
import { checkDevices, checkGatewayCertificates } from './doctor.js';
import { listDevices } from './device-list.js';
import { enrolDevice, renewToken } from './enrol.js';
import { init } from './init.js';
import { readDeviceTokens, SITE_FILES } from './site-files.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();

async function newSite(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-certificates-'));
  await init({ dataDir, source: 'none', beds: 2, speed: 1, mqttsNames: ['10.0.0.5'] });
  enrolDevice(dataDir, { deviceId: 'mon-7', bedId: 'icu-2', profile: 'monitor', gatewayId: 'gw-1' });
  return dataDir;
}

interface Renewal {
  nowMs?: number;
  days?: number;
  revokeOld?: boolean;
  csr?: string;
  certificate?: string;
}

async function renew(dataDir: string, { nowMs = NOW_MS, days = 365, revokeOld = false, ...more }: Renewal = {}) {
  const prepared = await prepareCertificate(dataDir, { deviceId: 'mon-7', nowMs, days, ...more });
  return { ...prepared, folder: listCertificate(dataDir, prepared, nowMs, { revokeOld }) };
}

const entry = (dataDir: string) => readDeviceTokens(dataDir).find(({ deviceId }) => deviceId === 'mon-7')!;
/** The gateway must be able to read each state of the file. */
const gatewayReads = (dataDir: string) =>
  DeviceList.parse(JSON.parse(readFileSync(join(dataDir, SITE_FILES.devices), 'utf8')) as unknown);

test('a certificate is for this device and TLS clients alone, holds a year at most, and is listed by its SHA-256', async () => {
  const dataDir = await newSite();
  const { folder, entry: issued } = await renew(dataDir);
  const leaf = new X509Certificate(readFileSync(join(folder, 'client.pem')));
  expect([leaf.subject, leaf.subjectAltName, leaf.ca]).toEqual(['CN=mon-7', 'URI:urn:vigil:device:mon-7', false]);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(leaf.verify(new X509Certificate(readFileSync(join(dataDir, 'device-ca/ca.pem'))).publicKey)).toBe(true);
  expect(Date.parse(leaf.validTo) - NOW_MS).toBeLessThanOrEqual(365 * DAY_MS);
  expect(statSync(join(folder, 'client.key')).mode & 0o077).toBe(0);
  expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(readFileSync(join(dataDir, 'gateway/tls/ca.pem'), 'utf8'));
  const sha256 = leaf.fingerprint256.replaceAll(':', '').toLowerCase();
  expect(entry(dataDir).certificates).toEqual([{ sha256, notAfterMs: Date.parse(leaf.validTo) }]);
  expect(issued.sha256).toBe(sha256);
  expect(gatewayReads(dataDir)[0]!.certificates).toHaveLength(1);
});

test('a device of a gateway on another machine gets the authority of that gateway', async () => {
  const dataDir = await newSite();
  const folder = join(dataDir, 'gateways', 'gw-1', 'tls');
  await gatewayCertificate({ folder, names: ['gw.unit.example'], nowMs: NOW_MS });
  const { folder: own } = await renew(dataDir);
  expect(readFileSync(join(own, 'ca.pem'), 'utf8')).toBe(readFileSync(join(folder, 'ca.pem'), 'utf8'));
});

test('a renewal leaves the old certificate valid and its files beside the new; --revoke-old does not', async () => {
  const dataDir = await newSite();
  const first = await renew(dataDir);
  const second = await renew(dataDir);
  expect(entry(dataDir).certificates!.map(({ sha256 }) => sha256)).toEqual([first.entry.sha256, second.entry.sha256]);
  const beside = join(second.folder, `client-${first.entry.serial.slice(0, 8)}`);
  expect([existsSync(`${beside}.pem`), existsSync(`${beside}.key`)]).toEqual([true, true]);
  const third = await renew(dataDir, { revokeOld: true });
  expect(entry(dataDir).certificates!.map(({ sha256 }) => sha256)).toEqual([third.entry.sha256]);
  expect(issuedList(dataDir).map(({ revokedAtMs }) => revokedAtMs)).toEqual([NOW_MS, NOW_MS, null]);
  expect(entry(dataDir).token).toBeDefined();
});

test('a certificate is due once two thirds of its life are over, and no more when there is a newer one', async () => {
  const dataDir = await newSite();
  expect(devicesToRenew(dataDir, NOW_MS, 'missing')).toEqual(['mon-7']);
  await renew(dataDir, { days: 90 });
  const at = (days: number) => devicesToRenew(dataDir, NOW_MS + days * DAY_MS, 'due');
  expect([at(59), at(61), at(100)]).toEqual([[], ['mon-7'], ['mon-7']]);
  expect(devicesToRenew(dataDir, NOW_MS, 'missing')).toEqual([]);
  expect(checkDevices(dataDir, NOW_MS + 61 * DAY_MS)).toMatchObject({
    ok: false,
    say: expect.stringMatching(/renew --due/) as string,
  });
  expect(listDevices(dataDir, NOW_MS + 61 * DAY_MS).join('\n')).toMatch(/mon-7 +icu-2 +by token and certificate\n.*DUE/);
  await renew(dataDir, { nowMs: NOW_MS + 61 * DAY_MS });
  expect(at(61)).toEqual([]);
});

test('what has ended leaves the list at the next renewal', async () => {
  const dataDir = await newSite();
  await renew(dataDir, { days: 1 });
  const { entry: next } = await renew(dataDir, { nowMs: NOW_MS + 2 * DAY_MS });
  expect(entry(dataDir).certificates!.map(({ sha256 }) => sha256)).toEqual([next.sha256]);
});

test('a revoked device has neither token nor certificate; a single certificate goes by its serial number', async () => {
  const dataDir = await newSite();
  const [first, second] = [await renew(dataDir), await renew(dataDir)];
  expect(() => revokeDevice(dataDir, { deviceId: 'mon-7', serial: 'ffff', nowMs: NOW_MS })).toThrow(/0 certificates of mon-7/);
  expect(revokeDevice(dataDir, { deviceId: 'mon-7', serial: first.entry.serial.slice(0, 10), nowMs: NOW_MS })).toBe(1);
  expect(entry(dataDir)).toMatchObject({ token: expect.any(String) as string, certificates: [{ sha256: second.entry.sha256 }] });
  expect(revokeDevice(dataDir, { deviceId: 'mon-7', nowMs: NOW_MS })).toBe(1);
  expect(entry(dataDir)).toEqual({ deviceId: 'mon-7', certificates: [] });
  expect(newestOf(dataDir, 'mon-7')).toBeNull();
  expect(gatewayReads(dataDir)).toEqual([{ deviceId: 'mon-7', certificates: [] }]);
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  expect(entry(dataDir).token).toBeUndefined();
  expect(listDevices(dataDir, NOW_MS)[0]).toMatch(/may not speak/);
  const token = renewToken(dataDir, 'mon-7');
  expect(entry(dataDir).token).toBe(token);
  expect(() => revokeDevice(dataDir, { deviceId: 'mon-9', nowMs: NOW_MS })).toThrow(/no device mon-9/);
});

const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
const hasOpenssl = ((): boolean => {
  try {
    return openssl('version').length > 0;
  } catch {
    process.stderr.write('requests of devices are not tried: there is no openssl here\n');
    return false;
  }
})();

function request(subject: string, key = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']): string {
  const file = join(mkdtempSync(join(tmpdir(), 'vigil-csr-')), 'r');
  openssl('req', '-new', '-newkey', ...key, '-nodes', '-keyout', `${file}.key`, '-subj', subject, '-out', `${file}.csr`);
  return `${file}.csr`;
}

(hasOpenssl ? test : test.skip)('of a request only the key is taken: its own never leaves the device', async () => {
  const dataDir = await newSite();
  const csr = request('/O=Somebody/CN=mon-7');
  const { folder, pem, entry: issued } = await renew(dataDir, { csr });
  expect(new X509Certificate(pem).subject).toBe('CN=mon-7');
  expect(existsSync(join(folder, 'client.key'))).toBe(false);
  expect(issued.from).toBe('request');
  const key = openssl('req', '-in', csr, '-pubkey', '-noout').toString().split('-----END')[0];
  expect(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' })).toContain(key);
  const wrong = prepareCertificate(dataDir, { deviceId: 'mon-7', nowMs: NOW_MS, days: 1, csr: request('/CN=mon-8') });
  await expect(wrong).rejects.toThrow(/another name than mon-7/);
  const weak = { deviceId: 'mon-7', nowMs: NOW_MS, days: 1, csr: request('/CN=mon-7', ['rsa:1024']) };
  await expect(prepareCertificate(dataDir, weak)).rejects.toThrow(/weak/);
  const broken = join(dataDir, 'broken.csr');
  writeFileSync(broken, 'nothing');
  await expect(prepareCertificate(dataDir, { ...weak, csr: broken })).rejects.toThrow(/no PKCS #10/);
});

test('a site without the key of its authority enrols what its own authority has signed, and nothing else', async () => {
  const [dataDir, other] = [await newSite(), await newSite()];
  renameSync(join(dataDir, 'device-ca/ca.key'), join(dataDir, 'elsewhere.key'));
  await expect(renew(dataDir)).rejects.toThrow(/ca\.key is not here; put it back/);
  await init({ dataDir, source: 'none', beds: 2, speed: 1 });
  const { folder, entry: signed } = await renew(other);
  await renew(dataDir, { certificate: join(folder, 'client.pem') });
  expect(entry(dataDir).certificates).toEqual([{ sha256: signed.sha256, notAfterMs: signed.toMs }]);
  const asServer = renew(dataDir, { certificate: join(dataDir, 'gateway/tls/server.pem') });
  await expect(asServer).rejects.toThrow(/mon-7 as its one common name/);
  expect(devicesToRenew(dataDir, signed.toMs, 'due')).toEqual(['mon-7']);
});

test('a device has eight certificates at most', async () => {
  const dataDir = await newSite();
  for (let i = 0; i < 8; i++) await renew(dataDir);
  await expect(renew(dataDir)).rejects.toThrow(/has 8 certificates; revoke one/);
  expect(gatewayReads(dataDir)[0]!.certificates).toHaveLength(8);
});

test('the certificate of the gateway has the names that are asked for, and is renewed by init when a third of its life is left', async () => {
  const dataDir = await newSite();
  const folder = join(dataDir, 'gateway/tls');
  const names = (): string => new X509Certificate(readFileSync(join(folder, 'server.pem'))).subjectAltName!;
  const ca = readFileSync(join(folder, 'ca.pem'), 'utf8');
  expect(names()).toMatch(/IP Address:10\.0\.0\.5/);
  expect(await gatewayCertificate({ folder, names: ['10.0.0.5'], nowMs: NOW_MS })).toBeNull();
  expect(await gatewayCertificate({ folder, names: ['unit.example'], nowMs: NOW_MS })).toMatch(
    /for unit\.example, .*10\.0\.0\.5/,
  );
  expect(checkGatewayCertificates(dataDir, NOW_MS).map(({ ok }) => ok)).toEqual([true, true]);
  expect(checkGatewayCertificates(dataDir, NOW_MS + 340 * DAY_MS)[0]).toMatchObject({ ok: false });
  expect(await gatewayCertificate({ folder, names: [], nowMs: NOW_MS + 244 * DAY_MS })).not.toBeNull();
  expect(names()).toMatch(/DNS:unit\.example/);
  expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(ca);
});
