import { createHmac, timingSafeEqual } from 'node:crypto';
import { isWithin, pathSegments } from '../wire/address.js';
import type { KeyLookup, Right, SharedAccessKey } from './key-store.js';

/** Why a token is refused. Closed list, safe to log. */
export type TokenReject = 'malformed' | 'unknown-key' | 'bad-signature' | 'expired' | 'wrong-audience';

export type TokenVerdict =
  | { readonly ok: true; readonly keyName: string; readonly rights: readonly Right[]; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: TokenReject };

interface SasToken {
  /** As received: the signature is over these characters. */
  readonly sr: string;
  readonly sig: string;
  readonly se: string;
  readonly skn: string;
}

const TOKEN_CHARS_MAX = 4096;
const PREFIX = 'SharedAccessSignature ';

/**
 * Checks a shared access signature: key, signature, expiry, and that its resource and its key hold `audience`.
 * Never throws; what the token contains appears in no result.
 */
export function verifySas(keys: KeyLookup, token: string, audience: string, nowMs: number): TokenVerdict {
  const sas = parseSas(token);
  if (sas === null) return { ok: false, reason: 'malformed' };
  const key = keys.get(sas.skn);
  if (key === undefined) return { ok: false, reason: 'unknown-key' };
  const matches = [key.primary, key.secondary].map((secret) => isSignedWith(secret, sas));
  if (!matches.includes(true)) return { ok: false, reason: 'bad-signature' };
  const expiresAtMs = Number(sas.se) * 1000;
  if (expiresAtMs <= nowMs) return { ok: false, reason: 'expired' };
  const scope = decode(sas.sr);
  const path = pathSegments(audience);
  if (scope === null || !isWithin(pathSegments(scope), path)) return { ok: false, reason: 'wrong-audience' };
  if (!isInScope(key, path[0])) return { ok: false, reason: 'wrong-audience' };
  return { ok: true, keyName: key.name, rights: key.rights, expiresAtMs };
}

/** A key of some hubs says nothing about the namespace, whatever resource its tokens name. */
function isInScope(key: SharedAccessKey, hub: string | undefined): boolean {
  if (key.hubs === undefined) return true;
  return hub !== undefined && key.hubs.some((name) => name.toLowerCase() === hub);
}

/**
 * Makes a token as the service's clients do.
 *
 * @param audience what it is for, e.g. `sb://127.0.0.1/vigil`; it also holds for what is below
 * @param expiresAtMs rounded down to a whole second
 */
export function signSas(audience: string, keyName: string, secret: string, expiresAtMs: number): string {
  const sr = encodeURIComponent(audience);
  const se = Math.floor(expiresAtMs / 1000);
  const sig = createHmac('sha256', secret).update(`${sr}\n${se}`).digest('base64');
  return `${PREFIX}sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}&skn=${encodeURIComponent(keyName)}`;
}

function parseSas(token: string): SasToken | null {
  if (token.length > TOKEN_CHARS_MAX || !token.startsWith(PREFIX)) return null;
  const fields = new Map<string, string>();
  for (const part of token.slice(PREFIX.length).split('&')) {
    const at = part.indexOf('=');
    if (at < 1 || fields.has(part.slice(0, at))) return null;
    fields.set(part.slice(0, at), part.slice(at + 1));
  }
  const [sr, sig, se, skn] = ['sr', 'sig', 'se', 'skn'].map((name) => fields.get(name));
  if (sr === undefined || sig === undefined || se === undefined || skn === undefined || !/^\d{1,12}$/.test(se)) return null;
  const [plainSig, plainSkn] = [decode(sig), decode(skn)];
  return plainSig === null || plainSkn === null ? null : { sr, sig: plainSig, se, skn: plainSkn };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The secret is used as it is written, not base64-decoded. */
function isSignedWith(secret: string, { sr, sig, se }: SasToken): boolean {
  const expected = createHmac('sha256', secret).update(`${sr}\n${se}`).digest();
  const given = Buffer.from(sig, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
