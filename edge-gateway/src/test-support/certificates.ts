import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type Issued, issueDeviceCertificate, makeAuthority, makeCertificates } from '@vigil/certificates';
import type { DoorFiles } from '../broker/tls-files.js';
import type { DeviceList } from '../devices/registry.js';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });

/** SHA-256 of a certificate as the lists hold it. */
export function fingerprintOf({ cert }: Pair): string {
  return createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
}

/** A site with an authority of devices and a gateway's certificate for loopback, in a folder of its own. */
export async function testAuthority(nowMs = Date.now()) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-door-'));
  const authority: Issued = await makeAuthority({ folder: join(folder, 'device-ca'), name: 'Device authority', nowMs, write });
  const tls = join(folder, 'tls');
  const names = { authority: 'Gateway authority', server: 'Gateway' };
  await makeCertificates({ folder: tls, names, hosts: ['localhost'], days: 365, nowMs, write });
  const files: DoorFiles = {
    cert: join(tls, 'server.pem'),
    key: join(tls, 'server.key'),
    deviceCa: join(folder, 'device-ca', 'ca.pem'),
  };
  const device = async (deviceId: string, { atMs = Date.now(), days = 365 } = {}): Promise<Pair> => {
    const { cert, key } = await issueDeviceCertificate(authority, { deviceId, nowMs: atMs, days });
    return { cert, key: key! };
  };
  return { folder, files, authority, device, serverCa: join(tls, 'ca.pem') };
}

/** An entry of the list for each device, with its certificates. */
export function enrolled(certificates: Readonly<Record<string, readonly Pair[]>>): DeviceList {
  return Object.entries(certificates).map(([deviceId, pairs]) => ({
    deviceId: deviceId as DeviceList[number]['deviceId'],
    certificates: pairs.map((pair) => ({
      sha256: fingerprintOf(pair),
      notAfterMs: Date.parse(new X509Certificate(pair.cert).validTo),
    })),
  }));
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate as no command makes it: any subject, names and purpose, signed by whomever. */
export async function oddCertificate(
  by: Pair,
  odd: {
    readonly subject: string;
    readonly urls?: readonly string[];
    readonly purposes?: readonly string[];
    readonly isAuthority?: boolean;
  },
): Promise<Pair> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const [der] = x509.PemConverter.decode(by.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der!, ALGORITHM, false, ['sign']);
  const { urls = [], purposes = [x509.ExtendedKeyUsage.clientAuth] } = odd;
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: '4123',
    subject: odd.subject,
    issuer: new x509.X509Certificate(by.cert).subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...(odd.isAuthority ? [new x509.BasicConstraintsExtension(true, 0, true)] : []),
      ...(purposes.length > 0 ? [new x509.ExtendedKeyUsageExtension([...purposes])] : []),
      ...(urls.length > 0
        ? [new x509.SubjectAlternativeNameExtension(urls.map((value) => ({ type: 'url' as const, value })))]
        : []),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: `${cert.toString('pem')}\n`, key };
}

/** The certificate of an authority for the same name and key, of another time. */
export async function reissued(authority: Pair, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<string> {
  const present = new x509.X509Certificate(authority.cert);
  const [der] = x509.PemConverter.decode(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der!, ALGORITHM, false, ['sign']);
  const cert = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: '4124', subject: present.subject, issuer: present.subject, extensions: present.extensions },
    ...{ notBefore: new Date(fromMs), notAfter: new Date(toMs), signingAlgorithm: ALGORITHM },
    ...{ publicKey: present.publicKey, signingKey },
  });
  return cert.toString('pem');
}
