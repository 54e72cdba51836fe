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
/** Says which station a screen is. */
export const STATION_COOKIE = 'vigil_station';
/** Says that somebody signed in with this browser before. */
export const DEVICE_COOKIE = 'vigil_device';

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

/** Whatever stands in them: who sends what no token can be in has tried something, and does not merely ask. */
export function hasCredentials(headers: Parameters<typeof credentialsOf>[0]): boolean {
  return (headers.authorization ?? '') !== '' || cookieValue(headers.cookie ?? '', SESSION_COOKIE) !== null;
}

/** A cookie that scripts can't read and other sites can't have sent. Without an age it goes with the browser. */
function ownCookie(name: string, value: string, secure: boolean, maxAgeS?: number): string {
  const age = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${age}${secure ? '; Secure' : ''}`;
}

export function sessionCookie(token: string, secure: boolean): string {
  return ownCookie(SESSION_COOKIE, token, secure);
}

/** Browsers keep no cookie longer than 400 days; each use of the station begins them anew. */
const STATION_COOKIE_S = 400 * 86_400;

export function stationCookie(token: string, secure: boolean): string {
  return ownCookie(STATION_COOKIE, token, secure, STATION_COOKIE_S);
}

export function clearedStationCookie(secure: boolean): string {
  return ownCookie(STATION_COOKIE, '', secure, 0);
}

export function deviceCookie(value: string, secure: boolean, maxAgeS: number): string {
  return ownCookie(DEVICE_COOKIE, value, secure, maxAgeS);
}

export function clearedSessionCookie(secure: boolean): string {
  return ownCookie(SESSION_COOKIE, '', secure, 0);
}

export function stationTokenOf(headers: { readonly cookie?: string | undefined }): string | null {
  const token = cookieValue(headers.cookie ?? '', STATION_COOKIE);
  return token !== null && token.length <= TOKEN_CHARS_MAX ? token : null;
}

/** Whatever stands in it: a cookie that no token can be in was still sent. */
export function hasStationCookie(headers: { readonly cookie?: string | undefined }): boolean {
  return cookieValue(headers.cookie ?? '', STATION_COOKIE) !== null;
}

/** A browser sent this by itself, with what it keeps for us: so the page that had it do so must be ours. */
export function isByCookie(headers: Parameters<typeof credentialsOf>[0]): boolean {
  const credentials = credentialsOf(headers);
  return credentials === null ? stationTokenOf(headers) !== null : credentials.via === 'cookie';
}

/** Longer than a token: it lists who signed in with this browser. */
const DEVICE_COOKIE_CHARS_MAX = 1_024;

export function deviceCookieOf(headers: { readonly cookie?: string | undefined }): string | null {
  const value = cookieValue(headers.cookie ?? '', DEVICE_COOKIE);
  return value !== null && value.length <= DEVICE_COOKIE_CHARS_MAX ? value : null;
}

/** The value of a cookie of this name, null when it is not there or empty. */
export function cookieValue(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || null;
  }
  return null;
}
