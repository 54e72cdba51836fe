import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CertificateError, type Issued, makeAuthority, makeCertificates, namesOf } from '@vigil/certificates';
import { writeSecret, writeWhole } from './secret-file.js';
import { type IssuedList, readIssued } from './issued-list.js';
import { readSite } from './site-files.js';

const OWNER_ONLY = 0o600;
const SERVER_DAYS = 365;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
/** As the gateway's own default; a hospital's server certificate is given instead (VIGIL_MQTTS_CERT). */
const SERVER_NAMES = { authority: 'Vigil gateway authority', server: 'Vigil gateway' };

const write = (path: string, text: string): void => writeWhole(path, text, OWNER_ONLY);

/** Places of the certificates below the data folder. */
export const CERTIFICATE_FILES = {
  /** Authority that enrols devices. */
  deviceCa: 'device-ca/ca.pem',
  deviceCaKey: 'device-ca/ca.key',
  /** What was issued and revoked. */
  issued: 'device-ca/issued.json',
  /** What devices trust: the authority of the gateway's own certificate. */
  gatewayCa: 'gateway/tls/ca.pem',
  gatewayCert: 'gateway/tls/server.pem',
  gatewayKey: 'gateway/tls/server.key',
} as const;

/**
 * The authority that signs device certificates, made on first use.
 *
 * @throws CertificateError with what to do, e.g. when its key is kept elsewhere
 */
export async function deviceAuthority(dataDir: string, nowMs: number): Promise<Issued> {
  const key = join(dataDir, CERTIFICATE_FILES.deviceCaKey);
  if (isAuthorityKeyAway(dataDir)) {
    throw new CertificateError(`${key} is not here; put it back to sign, or give a certificate of your own with --certificate`);
  }
  return makeAuthority({ folder: join(dataDir, 'device-ca'), name: 'Vigil device authority', nowMs, write });
}

/** There is an authority, and its key is kept elsewhere: nothing can be signed here. */
export function isAuthorityKeyAway(dataDir: string): boolean {
  return existsSync(join(dataDir, CERTIFICATE_FILES.deviceCa)) && !existsSync(join(dataDir, CERTIFICATE_FILES.deviceCaKey));
}

/** What was issued so far. */
export function issuedList(dataDir: string): IssuedList {
  return readIssued(join(dataDir, CERTIFICATE_FILES.issued));
}

export function writeIssued(dataDir: string, list: IssuedList): void {
  writeSecret(join(dataDir, CERTIFICATE_FILES.issued), list);
}

/**
 * The authority by which a device knows its gateway: the one here, or one that was enrolled for another machine.
 *
 * @param of the gateway it sends to; left out, site.yaml says which
 */
export function gatewayAuthorityOf(
  dataDir: string,
  deviceId: string,
  of?: string,
): { readonly file: string; readonly isElsewhere: boolean } {
  const gatewayId = of ?? readSite(dataDir).devices.find((device) => device.deviceId === deviceId)?.gatewayId;
  const elsewhere = gatewayId === undefined ? '' : join(dataDir, 'gateways', gatewayId, 'tls', 'ca.pem');
  if (gatewayId !== undefined && existsSync(elsewhere)) return { file: elsewhere, isElsewhere: true };
  return { file: join(dataDir, CERTIFICATE_FILES.gatewayCa), isElsewhere: false };
}

export interface GatewayCertificateWish {
  /** Folder of the certificate: `server.pem`, `server.key`, `ca.pem`, `ca.key`. */
  readonly folder: string;
  /** Names and addresses by which devices reach the gateway, beside loopback. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

/**
 * Sees to it that the gateway has a certificate for these names with at least a third of its life ahead. A gateway that
 * runs takes a new one up by itself; devices trust its authority and need nothing.
 *
 * @returns one line when one was made, else null
 * @throws CertificateError with what to do
 */
export async function gatewayCertificate({ folder, names, nowMs }: GatewayCertificateWish): Promise<string | null> {
  const own = DNS_NAME.test(hostname()) ? [hostname()] : [];
  const wanted = [...new Set([...names, ...own])];
  const present = presentCertificate(join(folder, 'server.pem'));
  const isEnough =
    present !== null &&
    present.toMs - nowMs > (present.toMs - present.fromMs) / 3 &&
    names.every((name) => present.names.includes(name));
  if (isEnough) return null;
  const hosts = [...new Set([...wanted, ...(present?.names ?? [])])];
  const made = await makeCertificates({ folder, names: SERVER_NAMES, hosts, days: SERVER_DAYS, nowMs, write });
  return `made a certificate of the gateway for ${made.hosts.join(', ')}, valid until ${dayOf(made.expiresAtMs)}`;
}

/** e.g. 2027-11-21 */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

function presentCertificate(file: string): { fromMs: number; toMs: number; names: readonly string[] } | null {
  if (!existsSync(file)) return null;
  try {
    const leaf = new X509Certificate(readFileSync(file));
    return { fromMs: Date.parse(leaf.validFrom), toMs: Date.parse(leaf.validTo), names: namesOf(leaf) };
  } catch (cause) {
    throw new CertificateError(`${file} holds no certificate; restore it, or remove it for a new one`, cause);
  }
}
