import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateError, issueDeviceCertificate } from '@vigil/certificates';
import { deviceAuthority, gatewayAuthorityOf, issuedList, writeIssued } from './device-ca.js';
import { type IssuedCertificate, isDue, withIssued, withRevoked } from './issued-list.js';
import { replaced, writeHeld } from './device-hold.js';
import { ownFolder, writeSecret, writeWhole } from './secret-file.js';
import { type DeviceTokens, readDeviceTokens, readHeldDevices, SITE_FILES } from './site-files.js';

/** Longest life of a device certificate. */
export const DAYS_MAX = 365;
/** As many as the gateway takes for one device. */
const CERTIFICATES_MAX = 8;
const SERIAL_SHOWN = 8;

export interface CertificateWish {
  readonly deviceId: string;
  readonly nowMs: number;
  readonly days: number;
  /** File with a request (PKCS #10, PEM): the key stays on the device. */
  readonly csr?: string | undefined;
  /** The request itself. */
  readonly csrPem?: string | undefined;
  /** File with a certificate (PEM) that another authority has signed already. */
  readonly certificate?: string | undefined;
}

/** A certificate that nobody knows yet. */
export interface Prepared {
  readonly entry: IssuedCertificate;
  readonly pem: string;
  readonly key: string | null;
}

/**
 * Issues a certificate, or reads the one that is given. Changes nothing but that it makes the authority on first use.
 *
 * @throws CertificateError, one line that says what to do
 */
export async function prepareCertificate(dataDir: string, wish: CertificateWish): Promise<Prepared> {
  const { deviceId, nowMs, days, csr, certificate } = wish;
  if (certificate !== undefined) {
    if (csr !== undefined) throw new CertificateError('give --csr or --certificate, not both');
    const pem = readGiven(certificate);
    const entry = entryOf(deviceId, pem, 'given');
    checkGiven(pem, entry, nowMs);
    return { entry, pem, key: null };
  }
  const request = csr === undefined ? wish.csrPem : readGiven(csr);
  const authority = await deviceAuthority(dataDir, nowMs);
  const { cert, key } = await issueDeviceCertificate(authority, { deviceId, nowMs, days, csr: request });
  return { entry: entryOf(deviceId, cert, key === null ? 'request' : 'here'), pem: cert, key };
}

/**
 * Lets a prepared certificate speak for its device: writes it to `<data dir>/devices/<id>/` and lists it. The gateway takes
 * it within seconds. Those of before go on until they end, unless `revokeOld`.
 *
 * @param gatewayId the gateway that it sends to, where site.yaml does not know the device
 * @returns the folder
 * @throws CertificateError when the device has too many, is in quarantine, or is not enrolled
 */
export function listCertificate(
  dataDir: string,
  { entry, pem, key }: Prepared,
  nowMs: number,
  { revokeOld = false, gatewayId }: { readonly revokeOld?: boolean; readonly gatewayId?: string } = {},
): string {
  refuseHeld(dataDir, entry.deviceId);
  const devices = readDeviceTokens(dataDir);
  const device = devices.find(({ deviceId }) => deviceId === entry.deviceId);
  if (device === undefined) throw new CertificateError(`there is no device ${entry.deviceId}; enrol it: vigil devices enrol`);
  const old = (device.certificates ?? []).filter(({ sha256 }) => sha256 !== entry.sha256);
  const kept = revokeOld ? [] : old.filter(({ notAfterMs }) => notAfterMs > nowMs);
  if (kept.length >= CERTIFICATES_MAX) {
    throw new CertificateError(`${entry.deviceId} has ${kept.length} certificates; revoke one: vigil devices revoke --serial`);
  }
  const folder = writeFiles(dataDir, { entry, pem, key }, gatewayId);
  const issued = withIssued(issuedList(dataDir), entry, nowMs);
  writeIssued(dataDir, revokeOld ? withRevoked(issued, new Set(old.map(({ sha256 }) => sha256)), nowMs) : issued);
  const certificates = [...kept, { sha256: entry.sha256, notAfterMs: entry.toMs }];
  replaceDevice(dataDir, devices, { ...device, certificates });
  return folder;
}

/** Which certificates of a device are meant: all of them and its token, the one with this serial number or this SHA-256. */
interface RevokeWish {
  readonly deviceId: string;
  readonly nowMs: number;
  readonly serial?: string | undefined;
  readonly sha256?: string | undefined;
}

/**
 * Takes the right to speak from one certificate of a device, or, without `serial` and `sha256`, from all of them and from its token,
 * also where they wait for the end of a quarantine. The gateway ends open sessions within seconds.
 *
 * @returns how many certificates it was
 * @throws CertificateError when there is no such device or certificate
 */
export function revokeDevice(dataDir: string, { deviceId, serial, sha256, nowMs }: RevokeWish): number {
  const [devices, held] = [readDeviceTokens(dataDir), readHeldDevices(dataDir)];
  const device = devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) throw new CertificateError(`there is no device ${deviceId}; see: vigil devices list`);
  const issued = issuedList(dataDir);
  const isAll = serial === undefined && sha256 === undefined;
  const isMeant = (fingerprint: string): boolean => {
    if (sha256 !== undefined) return fingerprint === sha256;
    const own = (one: IssuedCertificate): boolean => one.deviceId === deviceId && one.sha256 === fingerprint;
    return serial === undefined || issued.some((one) => own(one) && one.serial.startsWith(serial.toLowerCase()));
  };
  const kept = held.find((each) => each.deviceId === deviceId);
  const all = [...(device.certificates ?? []), ...(kept?.certificates ?? [])];
  const gone = new Set(all.map((one) => one.sha256).filter(isMeant));
  if (!isAll && gone.size !== 1) {
    const by = serial === undefined ? 'are this one' : 'have a serial that begins so';
    throw new CertificateError(`${gone.size} certificates of ${deviceId} ${by}; see: vigil devices list`);
  }
  replaceDevice(dataDir, devices, without(device, gone, isAll));
  if (kept !== undefined) writeHeld(dataDir, replaced(held, without(kept, gone, isAll)));
  writeIssued(dataDir, withRevoked(issued, gone, nowMs));
  return gone.size;
}

function without({ token, ...rest }: DeviceTokens[number], gone: ReadonlySet<string>, isAll: boolean): DeviceTokens[number] {
  const certificates = (rest.certificates ?? []).filter(({ sha256 }) => !gone.has(sha256));
  return { ...rest, ...(isAll || token === undefined ? {} : { token }), certificates };
}

/** @throws CertificateError for a device in quarantine: what it is given now would go round it */
export function refuseHeld(dataDir: string, deviceId: string): void {
  if (!readHeldDevices(dataDir).some((each) => each.deviceId === deviceId)) return;
  throw new CertificateError(`${deviceId} is in quarantine; release it first (POST /api/v1/devices/${deviceId}/release)`);
}

/** Devices with something to renew: `due`, their newest certificate is; `missing`, they never had one. */
export function devicesToRenew(
  dataDir: string,
  nowMs: number,
  which: 'due' | 'missing',
): readonly IssuedCertificate['deviceId'][] {
  const devices = readDeviceTokens(dataDir);
  if (which === 'missing') return devices.flatMap((d) => (d.certificates === undefined ? [d.deviceId] : []));
  return devices.flatMap(({ deviceId }) => {
    const newest = newestOf(dataDir, deviceId);
    return newest !== null && isDue(newest, nowMs) ? [deviceId] : [];
  });
}

/** The certificate of a device that holds longest and is not revoked; null when it has none. */
export function newestOf(dataDir: string, deviceId: string): IssuedCertificate | null {
  const own = issuedList(dataDir).filter((one) => one.deviceId === deviceId && one.revokedAtMs === null);
  return own.reduce<IssuedCertificate | null>((best, one) => (best === null || one.toMs > best.toMs ? one : best), null);
}

function replaceDevice(dataDir: string, devices: DeviceTokens, device: DeviceTokens[number]): void {
  writeSecret(join(dataDir, SITE_FILES.devices), replaced(devices, device));
}

function writeFiles(dataDir: string, { entry, pem, key }: Prepared, gatewayId?: string): string {
  ownFolder(join(dataDir, 'devices'));
  const folder = join(dataDir, 'devices', entry.deviceId);
  ownFolder(folder);
  const at = (name: string): string => join(folder, name);
  if (existsSync(at('client.pem'))) {
    const { serial } = entryOf(entry.deviceId, readFileSync(at('client.pem'), 'utf8'), 'here');
    for (const end of ['key', 'pem']) {
      if (existsSync(at(`client.${end}`))) renameSync(at(`client.${end}`), at(`client-${serial.slice(0, SERIAL_SHOWN)}.${end}`));
    }
  }
  if (key !== null) writeWhole(at('client.key'), key, 0o600);
  writeWhole(at('client.pem'), pem, 0o600);
  const { file } = gatewayAuthorityOf(dataDir, entry.deviceId, gatewayId);
  if (existsSync(file)) writeWhole(at('ca.pem'), readFileSync(file, 'utf8'), 0o600);
  return folder;
}

function entryOf(deviceId: string, pem: string, from: IssuedCertificate['from']): IssuedCertificate {
  const leaf = new X509Certificate(pem);
  return {
    ...{ deviceId, serial: leaf.serialNumber.toLowerCase(), sha256: createHash('sha256').update(leaf.raw).digest('hex') },
    ...{ fromMs: Date.parse(leaf.validFrom), toMs: Date.parse(leaf.validTo), from, revokedAtMs: null },
  };
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CertificateError(`${file} can't be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

/** What the gateway would refuse is refused here, where somebody looks. */
function checkGiven(pem: string, { deviceId, toMs }: IssuedCertificate, nowMs: number): void {
  const leaf = new X509Certificate(pem);
  if ((leaf.toLegacyObject().subject as { CN?: unknown }).CN !== deviceId) {
    throw new CertificateError(`the certificate must have ${deviceId} as its one common name`);
  }
  if (!leaf.keyUsage?.includes('1.3.6.1.5.5.7.3.2'))
    throw new CertificateError('the certificate must be for TLS clients (clientAuth)');
  if (toMs <= nowMs) throw new CertificateError(`the certificate ended on ${leaf.validTo}`);
}
