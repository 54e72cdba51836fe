import { isIP } from 'node:net';
import { InvalidRequest } from '../http/invalid-request.js';

/** The name that passkeys are bound to, and the origin whose pages may ask for them. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/**
 * From the public address of the site, or on loopback from the address that the browser asked for. Passkeys are bound to
 * a name, and an IP address is none (WebAuthn, "RP ID"): on this machine, `localhost` is.
 *
 * @param publicUrl the address as set; null when none is
 * @param host the `Host` header
 * @throws InvalidRequest that says under which address it works
 */
export function relyingParty(publicUrl: string | null, host: string | undefined, secure: boolean): RelyingParty {
  if (publicUrl !== null) {
    const { hostname, origin } = new URL(publicUrl);
    if (!isAddress(hostname)) return { id: hostname, origin };
    throw new InvalidRequest([{ path: 'header.host', message: 'passkeys need a host name: set VIGIL_PUBLIC_URL to one' }]);
  }
  const match = /^localhost(:\d{1,5})?$/.exec(host ?? '');
  if (match !== null) return { id: 'localhost', origin: `${secure ? 'https' : 'http'}://localhost${match[1] ?? ''}` };
  throw new InvalidRequest([{ path: 'header.host', message: 'passkeys need a host name: open this page as localhost' }]);
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
