import type { IncomingHttpHeaders } from 'node:http';
import { PlatformError } from '@vigil/domain';
import type { Caller } from '../access/caller.js';
import { sameOrigin } from '../access/same-origin.js';
import type { Sessions } from '../access/sessions.js';
import { isByCookie } from '../access/tokens.js';

export interface Handshake {
  readonly headers: IncomingHttpHeaders;
  readonly auth: Readonly<Record<string, unknown>>;
}

/**
 * Who opens a socket: a token in `auth.token`, or the cookie of a person or a station on a page of ours. A cookie without a sign of
 * where the page comes from is refused, because browsers send cookies with sockets of any page. `auth: { as: 'station' }` opens it as
 * the shared screen, so that its picture does not depend on who is signed in on it.
 *
 * @throws PlatformError 'unauthenticated' or 'forbidden'; 'store-unavailable' on an outage
 */
export async function callerOf(handshake: Handshake, sessions: Sessions, publicOrigin: string): Promise<Caller> {
  const origin = sameOrigin(handshake.headers, publicOrigin);
  if (origin === 'other') throw new PlatformError('forbidden');
  const { token } = handshake.auth;
  const headers = typeof token === 'string' ? { authorization: `Bearer ${token}` } : handshake.headers;
  if (isByCookie(headers) && origin !== 'same') throw new PlatformError('unauthenticated');
  const asStation = headers === handshake.headers && handshake.auth['as'] === 'station';
  const caller = await sessions.callerOf(headers, { use: false, asStation });
  if (caller === null) throw new PlatformError('unauthenticated');
  return caller;
}
