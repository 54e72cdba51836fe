import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CertificateError, readCertificate, type TlsFiles } from '@vigil/certificates';
import { fine, type Finding, mend, systemCode } from './finding.js';

const DAY_MS = 86_400_000;
/** What is left of a certificate when a person should see to it. */
const SOON_DAYS = 30;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface CertificateFiles extends TlsFiles {
  readonly deviceCa: string;
}

/** The gateway's own certificate and the authorities of its devices. `null`: no TLS door is asked for. */
export async function certificateFindings(files: CertificateFiles | null, nowMs: number): Promise<Finding[]> {
  if (files === null)
    return [fine('certificates', 'none needed without --mqtts-port; devices reach the gateway from this machine only')];
  return [await own('certificate', 'of the gateway', files, nowMs), await authorities(files.deviceCa, nowMs)];
}

/** The certificate of the page of the local watch, where it has one. */
export async function pageFindings(files: TlsFiles | undefined, nowMs: number): Promise<Finding[]> {
  return files === undefined ? [] : [await own('watch page', 'of the page', files, nowMs)];
}

async function own(what: string, whose: string, { cert, key }: TlsFiles, nowMs: number): Promise<Finding> {
  try {
    const makeOne = 'make one with: vigil init, or give your own with --mqtts-cert and --mqtts-key';
    const { expiresAtMs, names } = await readCertificate({ cert, key }, { makeOne, nowMs });
    return lasting(what, `${whose} (${names.join(', ')})`, expiresAtMs, nowMs);
  } catch (error) {
    return mend(what, error instanceof CertificateError ? error.message : `${cert} can't be read (${systemCode(error)})`);
  }
}

async function authorities(file: string, nowMs: number): Promise<Finding> {
  try {
    const blocks = (await readFile(file, 'utf8')).match(PEM_BLOCK) ?? [];
    if (blocks.length === 0) return mend('device CA', `${file} holds no certificate; copy device-ca.pem of the platform there`);
    const ends = blocks.map((pem) => new X509Certificate(pem).validToDate.getTime());
    // Devices of an authority that has run out are refused, even when another one is still good.
    return lasting(
      'device CA',
      `of ${ends.length === 1 ? 'devices' : `devices, the first of ${ends.length}`}`,
      Math.min(...ends),
      nowMs,
    );
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'is missing' : "can't be read as certificates";
    return mend('device CA', `${file} ${why}; copy device-ca.pem of the platform there`);
  }
}

function lasting(what: string, whose: string, expiresAtMs: number, nowMs: number): Finding {
  const days = Math.floor((expiresAtMs - nowMs) / DAY_MS);
  if (days < 0) return mend(what, `${whose} has expired ${-days} days ago; renew it`);
  const say = `${whose} is valid for ${days} more days`;
  return days < SOON_DAYS ? mend(what, `${say}; renew it before that`) : fine(what, say);
}
