import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate as NodeCertificate,
} from 'node:crypto';
import { isIP } from 'node:net';
// The library below finds its parts by metadata on classes, which this adds to the language.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type PublicKey,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CertificateError } from './certificate-error.js';

/** A certificate and its private key, both PEM; the key in PKCS #8. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A clock of another machine that is behind by this much takes a new certificate for valid. */
const SKEW_MS = 60 * 60 * 1000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Makes a certificate authority of this site, with a key on the P-256 curve. */
export async function issueAuthority({
  name: what,
  nowMs,
  days,
}: {
  name: string;
  nowMs: number;
  days: number;
}): Promise<Issued> {
  const keys = await generateKeys();
  const name = `CN=${what} ${randomBytes(4).toString('hex')}`;
  const extensions = [
    // No authority below this one.
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const validity = { fromMs: nowMs - SKEW_MS, toMs: nowMs + days * DAY_MS };
  const { publicKey, privateKey } = keys;
  const cert = await issue({ subject: name, issuer: name, publicKey, signingKey: privateKey, validity, extensions });
  return { cert, key: await pemOf(privateKey) };
}

/**
 * Makes a server certificate for these names, signed by the authority, which it does not outlive.
 *
 * @param hosts DNS names and IP addresses under which clients reach the hub
 */
export async function issueServer(
  authority: Issued,
  { name, hosts, nowMs, days }: { name: string; hosts: readonly string[]; nowMs: number; days: number },
): Promise<Issued> {
  const keys = await generateKeys();
  const { ca, signingKey } = await open(authority);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(ca.publicKey),
  ];
  const cert = await issue({
    ...{ subject: `CN=${name}`, issuer: ca.subject, publicKey: keys.publicKey, signingKey },
    ...{ validity: validityBelow(ca, nowMs, days), extensions },
  });
  return { cert, key: await pemOf(keys.privateKey) };
}

/** Names of devices in certificates. */
export const DEVICE_URN = 'urn:vigil:device:';

export interface DeviceWish {
  /** Subject (CN) and, as `urn:vigil:device:<id>`, subject alternative name. Letters, digits and hyphens only. */
  readonly deviceId: string;
  readonly nowMs: number;
  readonly days: number;
  /** PKCS #10 in PEM: the device made the key and keeps it. Without it a key is made here. */
  readonly csr?: string | undefined;
}

/**
 * Makes a client certificate of a device, signed by the authority, which it does not outlive. Of a request only the
 * public key is taken: what else it asks for is not its to decide.
 *
 * @returns the key too, where it was made here
 * @throws CertificateError for a request that is none, whose signature does not hold, or that is another device's
 */
export async function issueDevice(authority: Issued, wish: DeviceWish): Promise<{ cert: string; key: string | null }> {
  const { deviceId, nowMs, days, csr } = wish;
  const keys = csr === undefined ? await generateKeys() : null;
  const publicKey = keys?.publicKey ?? (await requestedKey(csr!, deviceId));
  const { ca, signingKey } = await open(authority);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([{ type: 'url', value: `${DEVICE_URN}${deviceId}` }]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(ca.publicKey),
  ];
  const cert = await issue({
    ...{ subject: `CN=${deviceId}`, issuer: ca.subject, publicKey, signingKey },
    ...{ validity: validityBelow(ca, nowMs, days), extensions },
  });
  return { cert, key: keys === null ? null : await pemOf(keys.privateKey) };
}

async function requestedKey(pem: string, deviceId: string): Promise<PublicKey> {
  let request: Pkcs10CertificateRequest;
  let isProven: boolean;
  try {
    request = new Pkcs10CertificateRequest(pem);
    isProven = await request.verify();
  } catch (cause) {
    throw new CertificateError('the request is no PKCS #10 in PEM; make one with: openssl req -new', cause);
  }
  if (!isProven) throw new CertificateError('the signature of the request does not hold; make it anew on the device');
  const names = request.subjectName.getField('CN');
  if (names.some((name) => name !== deviceId)) {
    throw new CertificateError(
      `the request is for another name than ${deviceId}; make it with: openssl req -new -subj /CN=${deviceId}`,
    );
  }
  const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
  if (!isStrong(key))
    throw new CertificateError('the key of the request is weak; use EC P-256 or P-384, or RSA of 2048 bits and more');
  return request.publicKey;
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  return asymmetricKeyType === 'ec' && ['prime256v1', 'secp384r1'].includes(asymmetricKeyDetails?.namedCurve ?? '');
}

async function open(authority: Issued): Promise<{ ca: X509Certificate; signingKey: webcrypto.CryptoKey }> {
  const [der] = PemConverter.decode(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der!, ALGORITHM, false, ['sign']);
  return { ca: new X509Certificate(authority.cert), signingKey };
}

/** What an authority signs is not valid for longer than itself. */
function validityBelow(ca: X509Certificate, nowMs: number, days: number): { fromMs: number; toMs: number } {
  const toMs = Math.min(nowMs + days * DAY_MS, ca.notAfter.getTime());
  return { fromMs: Math.max(nowMs - SKEW_MS, ca.notBefore.getTime()), toMs };
}

/** Did this authority sign the certificate? */
export function isIssuedBy(cert: string, authority: string): boolean {
  return new NodeCertificate(cert).verify(new NodeCertificate(authority).publicKey);
}

/** Is it the private key of this certificate, and one of the kind that is made here? */
export function isKeyOf(cert: string, key: string): boolean {
  try {
    const privateKey = createPrivateKey(key);
    return privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1' && new NodeCertificate(cert).checkPrivateKey(privateKey);
  } catch {
    return false;
  }
}

async function issue(of: {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: PublicKey | webcrypto.CryptoKey;
  readonly signingKey: webcrypto.CryptoKey;
  readonly validity: { readonly fromMs: number; readonly toMs: number };
  readonly extensions: Extension[];
}): Promise<string> {
  const cert = await X509CertificateGenerator.create({
    // 127 random bits, positive and not zero.
    serialNumber: Buffer.concat([Buffer.of(0x40 | (randomBytes(1)[0]! & 0x3f)), randomBytes(15)]).toString('hex'),
    ...{ subject: of.subject, issuer: of.issuer },
    ...{ notBefore: new Date(of.validity.fromMs), notAfter: new Date(of.validity.toMs) },
    publicKey: of.publicKey,
    signingKey: of.signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: of.extensions,
  });
  return `${cert.toString('pem')}\n`;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
