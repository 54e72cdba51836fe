import { createPrivateKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
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
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

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
export async function issueAuthority({ nowMs, days }: { nowMs: number; days: number }): Promise<Issued> {
  const keys = await generateKeys();
  const name = `CN=Event hub authority ${randomBytes(4).toString('hex')}`;
  const extensions = [
    // No authority below this one.
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const validity = { fromMs: nowMs - SKEW_MS, toMs: nowMs + days * DAY_MS };
  return issue({ subject: name, issuer: name, keys, signingKey: keys.privateKey, validity, extensions });
}

/**
 * Makes a server certificate for these names, signed by the authority, which it does not outlive.
 *
 * @param hosts DNS names and IP addresses under which clients reach the hub
 */
export async function issueServer(
  authority: Issued,
  { hosts, nowMs, days }: { hosts: readonly string[]; nowMs: number; days: number },
): Promise<Issued> {
  const keys = await generateKeys();
  const ca = new X509Certificate(authority.cert);
  const [der] = PemConverter.decode(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der!, ALGORITHM, false, ['sign']);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(ca.publicKey),
  ];
  const toMs = Math.min(nowMs + days * DAY_MS, ca.notAfter.getTime());
  const validity = { fromMs: Math.max(nowMs - SKEW_MS, ca.notBefore.getTime()), toMs };
  return issue({ subject: 'CN=Event hub', issuer: ca.subject, keys, signingKey, validity, extensions });
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
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signingKey: webcrypto.CryptoKey;
  readonly validity: { readonly fromMs: number; readonly toMs: number };
  readonly extensions: Extension[];
}): Promise<Issued> {
  const cert = await X509CertificateGenerator.create({
    // 127 random bits, positive and not zero.
    serialNumber: Buffer.concat([Buffer.of(0x40 | (randomBytes(1)[0]! & 0x3f)), randomBytes(15)]).toString('hex'),
    ...{ subject: of.subject, issuer: of.issuer },
    ...{ notBefore: new Date(of.validity.fromMs), notAfter: new Date(of.validity.toMs) },
    publicKey: of.keys.publicKey,
    signingKey: of.signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: of.extensions,
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', of.keys.privateKey);
  return { cert: `${cert.toString('pem')}\n`, key: `${PemConverter.encode(key, 'PRIVATE KEY')}\n` };
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
