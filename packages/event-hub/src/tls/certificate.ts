import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { LogError } from '../log/log-error.js';

/** PEM files. The certificate may be followed by those of intermediate authorities. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that a server can present. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly expiresAtMs: number;
  /** DNS names and addresses that it is valid for, as in the certificate. */
  readonly names: readonly string[];
  covers(host: string): boolean;
}

/**
 * TLS 1.2 and newer, only suites with forward secrecy and authenticated encryption. No renegotiation, which has no use
 * here and would let a client make the server work. No session tickets: whoever got their key from memory could read
 * what was recorded, and clients connect seldom.
 */
export const TLS_RULES = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  ciphers: [
    'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const satisfies SecureContextOptions;

const MAKE_ONE = 'make one with: vigil-event-hub certificates --data-dir <folder> --host <name>';

/**
 * Reads a server's certificate and key, and refuses what clients would not accept.
 *
 * @throws LogError `config`, one line that says what to do and quotes neither key nor certificate
 */
export async function readCertificate(files: TlsFiles, nowMs: number): Promise<ServerCertificate> {
  const refuse = (message: string, cause?: unknown): never => {
    throw new LogError('config', message, cause);
  };
  const [cert, key] = [await readPem(files.cert), await readKeyPem(files.key)];
  let leaf: X509Certificate;
  let privateKey: KeyObject;
  try {
    leaf = new X509Certificate(cert);
  } catch (cause) {
    return refuse(`${files.cert} holds no certificate in PEM; ${MAKE_ONE}`, cause);
  }
  try {
    privateKey = createPrivateKey(key);
  } catch (cause) {
    return refuse(`${files.key} holds no private key in PEM, or one with a passphrase; ${MAKE_ONE}`, cause);
  }
  if (!leaf.checkPrivateKey(privateKey))
    refuse(`${files.key} is not the key of ${files.cert}; give the two that belong together`);
  const [fromMs, expiresAtMs] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (fromMs > nowMs) refuse(`${files.cert} is valid from ${leaf.validFrom} on only; check the clock of this machine`);
  if (expiresAtMs <= nowMs) refuse(`${files.cert} expired on ${leaf.validTo}; renew it: ${MAKE_ONE}`);
  const names = namesOf(leaf);
  if (names.length === 0) refuse(`${files.cert} names no host (subject alternative names), clients would refuse it; ${MAKE_ONE}`);
  try {
    createSecureContext({ ...TLS_RULES, cert, key });
  } catch (cause) {
    refuse(`${files.cert} can't be used for TLS (weak key or signature?); ${MAKE_ONE}`, cause);
  }
  const covers = (host: string): boolean => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
  return { cert, key, expiresAtMs, names, covers };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new LogError('config', `${path} is missing; ${MAKE_ONE}`, cause);
    throw new LogError('config', `${path} can't be read (${code}); check its owner and rights`, cause);
  }
}

async function readKeyPem(path: string): Promise<string> {
  const pem = await readPem(path);
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return pem;
  throw new LogError('config', `${path} has mode ${mode.toString(8)}, others may read the key; run: chmod 600 ${path}`);
}

/** Names and addresses as in `DNS:hub.ward.example, IP Address:10.0.0.5`; names with other characters than these are quoted, and no host's. */
export function namesOf(leaf: X509Certificate): string[] {
  return [...(leaf.subjectAltName ?? '').matchAll(/(?:^|, )(?:DNS|IP Address):([A-Za-z0-9.:*_-]+)/g)].map((match) => match[1]!);
}
