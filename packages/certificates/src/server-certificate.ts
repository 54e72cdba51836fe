import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { CertificateError } from './certificate-error.js';
import { TLS_RULES } from './tls-rules.js';

/** PEM files. The certificate may be followed by those of intermediate authorities. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that a server can present. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly fromMs: number;
  readonly expiresAtMs: number;
  /** DNS names and addresses that it is valid for, as in the certificate. */
  readonly names: readonly string[];
  covers(host: string): boolean;
}

export interface Reading {
  /** How to get another one, e.g. `make one with: …`; ends the messages. */
  readonly makeOne: string;
  /** The time at which it must be valid; null where no clock can be trusted to judge that. */
  readonly nowMs: number | null;
}

/**
 * Reads a server's certificate and key, and refuses what clients would not accept.
 *
 * @throws CertificateError
 */
export async function readCertificate(files: TlsFiles, { makeOne, nowMs }: Reading): Promise<ServerCertificate> {
  const refuse = (message: string, cause?: unknown): never => {
    throw new CertificateError(message, cause);
  };
  const [cert, key] = [await readPem(files.cert, makeOne), await readKeyPem(files.key, makeOne)];
  let leaf: X509Certificate;
  let privateKey: KeyObject;
  try {
    leaf = new X509Certificate(cert);
  } catch (cause) {
    return refuse(`${files.cert} holds no certificate in PEM; ${makeOne}`, cause);
  }
  try {
    privateKey = createPrivateKey(key);
  } catch (cause) {
    return refuse(`${files.key} holds no private key in PEM, or one with a passphrase; ${makeOne}`, cause);
  }
  if (!leaf.checkPrivateKey(privateKey))
    refuse(`${files.key} is not the key of ${files.cert}; give the two that belong together`);
  const [fromMs, expiresAtMs] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (nowMs !== null && fromMs > nowMs)
    refuse(`${files.cert} is valid from ${leaf.validFrom} on only; check the clock of this machine`);
  if (nowMs !== null && expiresAtMs <= nowMs) refuse(`${files.cert} expired on ${leaf.validTo}; renew it: ${makeOne}`);
  const names = namesOf(leaf);
  if (names.length === 0) refuse(`${files.cert} names no host (subject alternative names), clients would refuse it; ${makeOne}`);
  try {
    createSecureContext({ ...TLS_RULES, cert, key });
  } catch (cause) {
    refuse(`${files.cert} can't be used for TLS (weak key or signature?); ${makeOne}`, cause);
  }
  const covers = (host: string): boolean => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
  return { cert, key, fromMs, expiresAtMs, names, covers };
}

async function readPem(path: string, makeOne: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CertificateError(`${path} is missing; ${makeOne}`, cause);
    throw new CertificateError(`${path} can't be read (${code}); check its owner and rights`, cause);
  }
}

async function readKeyPem(path: string, makeOne: string): Promise<string> {
  const pem = await readPem(path, makeOne);
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return pem;
  throw new CertificateError(`${path} has mode ${mode.toString(8)}, others may read the key; run: chmod 600 ${path}`);
}

/** Names and addresses as in `DNS:hub.ward.example, IP Address:10.0.0.5`; names with other characters than these are quoted, and no host's. */
export function namesOf(leaf: X509Certificate): string[] {
  return [...(leaf.subjectAltName ?? '').matchAll(/(?:^|, )(?:DNS|IP Address):([A-Za-z0-9.:*_-]+)/g)].map((match) => match[1]!);
}
