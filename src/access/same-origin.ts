export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/**
 * Does the request come from a page of ours? `unknown`: it names no origin, as programs do that are no browsers.
 *
 * A page elsewhere can make a browser send a request with our cookie, but it cannot forge `Origin` or
 * `Sec-Fetch-Site` (OWASP CSRF Prevention Cheat Sheet, "Verifying origin with standard headers").
 *
 * @param publicOrigin origin under which people reach the platform, beside the one that they asked for
 */
export function sameOrigin(headers: OriginHeaders, publicOrigin: string | null): 'same' | 'other' | 'unknown' {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined) {
    return originMatches(headers.origin, headers.host, publicOrigin) ? 'same' : 'other';
  }
  if (site === undefined) return 'unknown';
  return site === 'same-origin' || site === 'none' ? 'same' : 'other';
}

function originMatches(origin: string, host: string | undefined, publicOrigin: string | null): boolean {
  if (publicOrigin !== null && origin === publicOrigin) return true;
  try {
    const url = new URL(origin);
    return (url.protocol === 'http:' || url.protocol === 'https:') && host !== undefined && url.host === host;
  } catch {
    return false;
  }
}
