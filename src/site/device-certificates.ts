import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateError, issueDeviceCertificate } from '@vigil/certificates';
import { deviceAuthority, gatewayAuthorityOf, issuedList, writeIssued } from './device-ca.js';
import { type IssuedCertificate, isDue, withIssued, withRevoked } from './issued-list.js';
import { ownFolder, writeSecret, writeWhole } from './secret-file.js';
import { type DeviceTokens, readDeviceTokens, SITE_FILES } from './site-files.js';

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
  const request = csr === undefined ? undefined : readGiven(csr);
  const authority = await deviceAuthority(dataDir, nowMs);
  const { cert, key } = await issueDeviceCertificate(authority, { deviceId, nowMs, days, csr: request });
  return { entry: entryOf(deviceId, cert, key === null ? 'request' : 'here'), pem: cert, key };
}

/**
 * Lets a prepared certificate speak for its device: writes it to `<data dir>/devices/<id>/` and lists it. The gateway takes
 * it within seconds. Those of before go on until they end, unless `revokeOld`.
 *
 * @returns the folder
 * @throws CertificateError when the device has too many, or is not enrolled
 */
export function listCertificate(dataDir: string, { entry, pem, key }: Prepared, nowMs: number, revokeOld = false): string {
  const devices = readDeviceTokens(dataDir);
  const device = devices.find(({ deviceId }) => deviceId === entry.deviceId);
  if (device === undefined) throw new CertificateError(`there is no device ${entry.deviceId}; enrol it: vigil devices enrol`);
  const old = (device.certificates ?? []).filter(({ sha256 }) => sha256 !== entry.sha256);
  const kept = revokeOld ? [] : old.filter(({ notAfterMs }) => notAfterMs > nowMs);
  if (kept.length >= CERTIFICATES_MAX) {
    throw new CertificateError(`${entry.deviceId} has ${kept.length} certificates; revoke one: vigil devices revoke --serial`);
  }
  const folder = writeFiles(dataDir, { entry, pem, key });
  const issued = withIssued(issuedList(dataDir), entry, nowMs);
  writeIssued(dataDir, revokeOld ? withRevoked(issued, new Set(old.map(({ sha256 }) => sha256)), nowMs) : issued);
  const certificates = [...kept, { sha256: entry.sha256, notAfterMs: entry.toMs }];
  replaceDevice(dataDir, devices, { ...device, certificates });
  return folder;
}

/**
 * Takes the right to speak from one certificate of a device, or, without `serial`, from all of them and from its token.
 * The gateway ends open sessions within seconds.
 *
 * @returns how many certificates it was
 * @throws CertificateError when there is no such device or certificate
 */
export function revokeDevice(dataDir: string, of: { deviceId: string; serial?: string | undefined; nowMs: number }): number {
  const { deviceId, serial, nowMs } = of;
  const devices = readDeviceTokens(dataDir);
  const device = devices.find((each) => each.deviceId === deviceId);
  if (device === undefined) throw new CertificateError(`there is no device ${deviceId}; see: vigil devices list`);
  const issued = issuedList(dataDir);
  const isMeant = (sha256: string): boolean =>
    serial === undefined ||
    issued.some((one) => one.deviceId === deviceId && one.sha256 === sha256 && one.serial.startsWith(serial.toLowerCase()));
  const [gone, kept] = [[] as string[], [] as NonNullable<(typeof device)['certificates']>];
  for (const one of device.certificates ?? [])
    if (isMeant(one.sha256)) gone.push(one.sha256);
    else kept.push(one);
  if (serial !== undefined && gone.length !== 1) {
    throw new CertificateError(
      `${gone.length} certificates of ${deviceId} have a serial that begins so; see: vigil devices list`,
    );
  }
  const { token, ...rest } = device;
  replaceDevice(dataDir, devices, {
    ...rest,
    ...(serial === undefined || token === undefined ? {} : { token }),
    certificates: kept,
  });
  writeIssued(dataDir, withRevoked(issued, new Set(gone), nowMs));
  return gone.length;
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
  const all = devices.map((each) => (each.deviceId === device.deviceId ? device : each));
  writeSecret(join(dataDir, SITE_FILES.devices), all);
}

function writeFiles(dataDir: string, { entry, pem, key }: Prepared): string {
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
  const { file } = gatewayAuthorityOf(dataDir, entry.deviceId);
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
