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
  /** Told of a certificate that is refused only because it has ended: whose it is. */
  readonly onEnded?: (device: CertifiedDevice) => void;
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
  { authorities, registry, time, onEnded }: JudgedBy,
): CertifiedDevice | CertificateRefusal {
  if (certificate === undefined) return 'no-certificate';
  const signers = authorities.filter((each) => isSignedBy(certificate, each));
  if (signers.length === 0) return 'other-authority';
  if (!certificate.keyUsage?.includes(CLIENT_AUTH)) return 'wrong-purpose';
  const deviceId = deviceOf(certificate);
  if (deviceId === null) return 'no-device-name';
  if (tlsError !== null && !NOT_HEARD.includes(tlsError)) return 'other-authority';
  // An authority that was renewed under its old key is listed twice, and the one that holds is what counts.
  const authority = signers.reduce((best, each) => (endOf(each) > endOf(best) ? each : best));
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  const isListed = registry.mayUse(deviceId, fingerprint);
  const [notBeforeMs, notAfterMs] = [Date.parse(certificate.validFrom), endOf(certificate)];
  const device = { deviceId, fingerprint, notBeforeMs, notAfterMs, endsMs: Math.min(notAfterMs, endOf(authority)) };
  if (time.isExact && notBeforeMs > time.atMs) return 'not-yet-valid';
  if (time.isExact && signers.every(({ validFrom }) => Date.parse(validFrom) > time.atMs)) return 'not-yet-valid';
  if (device.endsMs <= time.atMs) {
    if (isListed) onEnded?.(device);
    return 'expired';
  }
  return isListed ? device : 'not-listed';
}

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo);

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
