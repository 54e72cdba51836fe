import type { X509Certificate } from 'node:crypto';
import { DeviceId } from '@vigil/contracts';
import type { DeviceRegistry } from '../devices/registry.js';
import type { JudgedTime } from '../devices/trusted-time.js';

/** A device that has proved by its certificate which one it is. */
export interface CertifiedDevice {
  readonly deviceId: DeviceId;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** When it or the authority that signed it ends, whichever is first. */
  readonly endsMs: number;
}

/** Why a certificate may not speak. `not-listed`: revoked, or never enrolled here. `unreadable`: of a kind unknown here. */
export type CertificateRefusal =
  | 'no-certificate'
  | 'unreadable'
  | 'other-authority'
  | 'wrong-purpose'
  | 'no-device-name'
  | 'not-yet-valid'
  | 'expired'
  | 'not-listed';

export interface JudgedBy {
  /** Authorities that enrol devices. */
  readonly authorities: readonly X509Certificate[];
  readonly registry: DeviceRegistry;
  readonly time: JudgedTime;
}

/** Extended key usage "TLS client" (RFC 5280, 4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** What OpenSSL says by the machine's clock, and of a listed authority whose own issuer is not listed. Both are judged here. */
const NOT_HEARD = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'UNABLE_TO_GET_ISSUER_CERT'];
const DEVICE_URN = /(?:^|, )URI:urn:vigil:device:([^,]*)/g;

/**
 * Which device a certificate of a finished handshake may speak for. TLS has shown that the peer has the private key;
 * everything else is judged here, by a time of the gateway's own, because OpenSSL would take the machine's clock.
 *
 * One of `authorities` must have signed the certificate itself: what the peer sends along counts for nothing (and is not
 * shown to us by each version of Node, nodejs/node issue 65579).
 *
 * @param certificate the peer's; undefined: it has none
 * @param tlsError what OpenSSL says of it (`authorizationError`); but for `NOT_HEARD` a reason to refuse
 */
export function judgeCertificate(
  certificate: X509Certificate | undefined,
  tlsError: string | null,
  { authorities, registry, time }: JudgedBy,
): CertifiedDevice | CertificateRefusal {
  if (certificate === undefined) return 'no-certificate';
  const authority = authorities.find((each) => isSignedBy(certificate, each));
  if (authority === undefined) return 'other-authority';
  if (!certificate.keyUsage?.includes(CLIENT_AUTH)) return 'wrong-purpose';
  const deviceId = deviceOf(certificate);
  if (deviceId === null) return 'no-device-name';
  if (tlsError !== null && !NOT_HEARD.includes(tlsError)) return 'other-authority';
  for (const { validFrom, validTo } of [certificate, authority]) {
    if (time.isExact && Date.parse(validFrom) > time.atMs) return 'not-yet-valid';
    if (Date.parse(validTo) <= time.atMs) return 'expired';
  }
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  if (!registry.mayUse(deviceId, fingerprint)) return 'not-listed';
  const [notBeforeMs, notAfterMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const endsMs = Math.min(notAfterMs, Date.parse(authority.validTo));
  return { deviceId, fingerprint, notBeforeMs, notAfterMs, endsMs };
}

const isSignedBy = (certificate: X509Certificate, by: X509Certificate): boolean =>
  by.ca && certificate.checkIssued(by) && certificate.verify(by.publicKey);

/** One common name, which is a device id; where the certificate has a URN of ours, that names the same device. */
function deviceOf(certificate: X509Certificate): DeviceId | null {
  const { CN } = certificate.toLegacyObject().subject as { CN?: unknown };
  const id = DeviceId.safeParse(CN);
  const names = certificate.subjectAltName ?? '';
  // Node quotes a name that could be mistaken for several.
  if (!id.success || names.includes('"')) return null;
  const urns = [...names.matchAll(DEVICE_URN)].map((match) => match[1]);
  return urns.every((urn) => urn === id.data) && urns.length <= 1 ? id.data : null;
}
