import { createHash, randomBytes } from 'node:crypto';

/** 256 bits, URL-safe. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token. A plain hash is enough: the token has 256 bits of chance in it. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export const SESSION_COOKIE = 'vigil_session';

/** Longest token that is looked at; longer ones are none of ours. */
const TOKEN_CHARS_MAX = 256;

export interface Credentials {
  readonly token: string;
  readonly via: 'cookie' | 'bearer';
}

/** The token that a request or a handshake carries: the header before the cookie, null when there is none. */
export function credentialsOf(headers: {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}): Credentials | null {
  const bearer = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined && bearer.length <= TOKEN_CHARS_MAX) return { token: bearer, via: 'bearer' };
  const cookie = cookieValue(headers.cookie ?? '', SESSION_COOKIE);
  return cookie !== null && cookie.length <= TOKEN_CHARS_MAX ? { token: cookie, via: 'cookie' } : null;
}

export function sessionCookie(token: string, secure: boolean): string {
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

export function clearedSessionCookie(secure: boolean): string {
  return `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`;
}

function cookieValue(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || null;
  }
  return null;
}
