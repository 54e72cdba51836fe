import { createECDH, createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** A push service takes a day at most (RFC 8292, section 2); half of it leaves room for clocks that differ. */
const TOKEN_VALID_S = 12 * 3_600;

/** By which push services know this site. */
export interface VapidKeys {
  /** Uncompressed point, base64url: what a browser subscribes with. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** The keys that follow from a secret of the site: the same at each start, and nowhere stored. */
export function vapidKeys(secret: Buffer): VapidKeys {
  const ecdh = createECDH('prime256v1');
  // One secret in 2^32 is no key of the curve; the next hash of it is.
  for (let number = 0; ; number++) {
    const d = number === 0 ? secret : createHash('sha256').update(secret).update(String(number)).digest();
    try {
      ecdh.setPrivateKey(d);
    } catch {
      continue;
    }
    const point = ecdh.getPublicKey();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url')) as [string, string];
    const jwk = { kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x, y };
    return { publicKey: point.toString('base64url'), privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) };
  }
}

/**
 * The `Authorization` of one push message.
 *
 * Source: RFC 8292, sections 2 and 3.
 * @param subject `mailto:` or `https:` address of whoever runs the site, for the push service's people
 */
export function vapidAuthorization(endpoint: URL, subject: string, { publicKey, privateKey }: VapidKeys, wallMs: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { aud: endpoint.origin, exp: Math.floor(wallMs / 1_000) + TOKEN_VALID_S, sub: subject };
  const signed = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${publicKey}`;
}
