import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { writeFileAtomically } from '../atomic-file.js';
import { LogError } from '../log/log-error.js';
import { namesOf } from './certificate.js';
import { isIssuedBy, isKeyOf, issueAuthority, issueServer, type Issued } from './issue.js';

export interface CertificateWish {
  readonly dataDir: string;
  /** Names and addresses by which clients reach the hub; empty renews for those of the present certificate. */
  readonly hosts: readonly string[];
  readonly days: number;
  readonly nowMs: number;
}

export interface MadeCertificates {
  /** To give to every client: PEM, no secret. */
  readonly authorityFile: string;
  readonly isNewAuthority: boolean;
  readonly hosts: readonly string[];
  readonly expiresAtMs: number;
}

const AUTHORITY_DAYS = 3650;
/** An authority that is about to expire would sign certificates that do, too. */
const AUTHORITY_LEFT_MS = 30 * 24 * 60 * 60 * 1000;
const HOSTS_MAX = 50;
/** This machine can always use the certificate, e.g. to look whether the hub is well. */
const ALWAYS = ['localhost', '127.0.0.1'];
const DNS_NAME = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Makes a server certificate in `<dataDir>/tls`, and on first use the private authority that signs it. Every run makes a
 * new key and keeps the authority, so that clients need nothing new. A hub that runs takes the certificate up by itself.
 *
 * @throws LogError `config` with what to do
 */
export async function makeCertificates({ dataDir, hosts, days, nowMs }: CertificateWish): Promise<MadeCertificates> {
  const folder = join(dataDir, 'tls');
  const at = (name: string): string => join(folder, name);
  const names = [...new Set([...(hosts.length > 0 ? hosts : await presentHosts(at('server.pem'))), ...ALWAYS])];
  for (const name of names) {
    if (isIP(name) === 0 && !DNS_NAME.test(name)) throw new LogError('config', `${name} is neither a host name nor an address`);
  }
  if (names.length > HOSTS_MAX) throw new LogError('config', `a certificate has at most ${HOSTS_MAX} names`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = await readAuthority(at('ca.pem'), at('ca.key'), nowMs);
  const authority = known ?? (await issueAuthority({ nowMs, days: AUTHORITY_DAYS }));
  if (known === null) {
    await writeFileAtomically(at('ca.key'), authority.key);
    await writeFileAtomically(at('ca.pem'), authority.cert);
  }
  const server = await issueServer(authority, { hosts: names, nowMs, days });
  // A hub that looks between the two finds that they do not belong together, keeps what it has and looks again.
  await writeFileAtomically(at('server.key'), server.key);
  await writeFileAtomically(at('server.pem'), server.cert);
  const expiresAtMs = Date.parse(new X509Certificate(server.cert).validTo);
  return { authorityFile: at('ca.pem'), isNewAuthority: known === null, hosts: names, expiresAtMs };
}

async function presentHosts(path: string): Promise<readonly string[]> {
  const pem = await readIfThere(path);
  if (pem === null) throw new LogError('config', 'say with --host by which names and addresses clients reach the hub');
  try {
    return namesOf(new X509Certificate(pem));
  } catch (cause) {
    throw new LogError('config', `${path} holds no certificate in PEM; say the names with --host`, cause);
  }
}

/** Null when there is none yet. */
async function readAuthority(certFile: string, keyFile: string, nowMs: number): Promise<Issued | null> {
  const [cert, key] = [await readIfThere(certFile), await readIfThere(keyFile)];
  if (cert === null) {
    if (key === null) return null;
    throw new LogError('config', `${certFile} is missing; restore it, or remove ${keyFile} for a new authority`);
  }
  if (key === null) {
    throw new LogError(
      'config',
      `${keyFile} is missing; restore it, or remove ${certFile} for a new authority, to be given to all clients`,
    );
  }
  let expiresAtMs: number;
  try {
    expiresAtMs = Date.parse(new X509Certificate(cert).validTo);
  } catch (cause) {
    throw new LogError('config', `${certFile} holds no certificate in PEM; restore it`, cause);
  }
  if (expiresAtMs - nowMs < AUTHORITY_LEFT_MS) {
    const advice = `remove ${certFile} and ${keyFile} for a new authority, and give its ca.pem to all clients`;
    throw new LogError('config', `the authority expires on ${new Date(expiresAtMs).toISOString()}; ${advice}`);
  }
  if (!isIssuedBy(cert, cert) || !isKeyOf(cert, key)) {
    throw new LogError('config', `${certFile} and ${keyFile} are no authority of this command; renew with its own tools`);
  }
  return { cert, key };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
}
