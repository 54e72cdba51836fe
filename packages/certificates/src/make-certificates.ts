import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { CertificateError } from './certificate-error.js';
import { isIssuedBy, isKeyOf, issueAuthority, issueServer, type Issued } from './issue.js';
import { namesOf } from './server-certificate.js';

/** What the certificates are called. */
export interface AuthorityNames {
  /** Common name of the authority, e.g. `Event hub authority`. */
  readonly authority: string;
  /** Common name of the server. */
  readonly server: string;
}

export interface AuthorityWish {
  /** Where `ca.pem` and `ca.key` are; made when it is missing. */
  readonly folder: string;
  /** Common name of the authority. */
  readonly name: string;
  readonly nowMs: number;
  /** Puts a file there whole or not at all, readable by its owner only. */
  readonly write: (path: string, text: string) => void | Promise<void>;
}

export interface MadeAuthority extends Issued {
  readonly isNew: boolean;
}

export interface CertificateWish extends Pick<AuthorityWish, 'folder' | 'nowMs' | 'write'> {
  readonly names: AuthorityNames;
  /** Names and addresses by which clients reach the server; empty renews for those of the present certificate. */
  readonly hosts: readonly string[];
  readonly days: number;
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
 * The authority of a folder, made on first use.
 *
 * @throws CertificateError when what is there can't sign, with what to do
 */
export async function makeAuthority({ folder, name, nowMs, write }: AuthorityWish): Promise<MadeAuthority> {
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = await readAuthority(certFile, keyFile, nowMs);
  if (known !== null) return { ...known, isNew: false };
  const made = await issueAuthority({ name, nowMs, days: AUTHORITY_DAYS });
  await write(keyFile, made.key);
  await write(certFile, made.cert);
  return { ...made, isNew: true };
}

/**
 * Makes `server.pem` and `server.key` in the folder, and on first use the private authority that signs them. Every run
 * makes a new key and keeps the authority, so that clients need nothing new. A server that runs takes it up by itself.
 *
 * @throws CertificateError with what to do
 */
export async function makeCertificates(wish: CertificateWish): Promise<MadeCertificates> {
  const { folder, names, hosts, days, nowMs, write } = wish;
  const at = (name: string): string => join(folder, name);
  const all = [...new Set([...(hosts.length > 0 ? hosts : await presentHosts(at('server.pem'))), ...ALWAYS])];
  for (const name of all) {
    if (isIP(name) === 0 && !DNS_NAME.test(name)) throw new CertificateError(`${name} is neither a host name nor an address`);
  }
  if (all.length > HOSTS_MAX) throw new CertificateError(`a certificate has at most ${HOSTS_MAX} names`);
  const authority = await makeAuthority({ folder, name: names.authority, nowMs, write });
  const server = await issueServer(authority, { name: names.server, hosts: all, nowMs, days });
  // A server that looks between the two finds that they do not belong together, keeps what it has and looks again.
  await write(at('server.key'), server.key);
  await write(at('server.pem'), server.cert);
  const expiresAtMs = Date.parse(new X509Certificate(server.cert).validTo);
  return { authorityFile: at('ca.pem'), isNewAuthority: authority.isNew, hosts: all, expiresAtMs };
}

async function presentHosts(path: string): Promise<readonly string[]> {
  const pem = await readIfThere(path);
  if (pem === null) throw new CertificateError('say with --host by which names and addresses clients reach it');
  try {
    return namesOf(new X509Certificate(pem));
  } catch (cause) {
    throw new CertificateError(`${path} holds no certificate in PEM; say the names with --host`, cause);
  }
}

/** Null when there is none yet. */
async function readAuthority(certFile: string, keyFile: string, nowMs: number): Promise<Issued | null> {
  const [cert, key] = [await readIfThere(certFile), await readIfThere(keyFile)];
  if (cert === null) {
    if (key === null) return null;
    throw new CertificateError(`${certFile} is missing; restore it, or remove ${keyFile} for a new authority`);
  }
  if (key === null) {
    throw new CertificateError(
      `${keyFile} is missing; restore it, or remove ${certFile} for a new authority, to be given to all clients`,
    );
  }
  let expiresAtMs: number;
  try {
    expiresAtMs = Date.parse(new X509Certificate(cert).validTo);
  } catch (cause) {
    throw new CertificateError(`${certFile} holds no certificate in PEM; restore it`, cause);
  }
  if (expiresAtMs - nowMs < AUTHORITY_LEFT_MS) {
    const advice = `remove ${certFile} and ${keyFile} for a new authority, and give its ca.pem to all clients`;
    throw new CertificateError(`the authority expires on ${new Date(expiresAtMs).toISOString()}; ${advice}`);
  }
  if (!isIssuedBy(cert, cert) || !isKeyOf(cert, key)) {
    throw new CertificateError(`${certFile} and ${keyFile} are no authority of this command; renew with its own tools`);
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
