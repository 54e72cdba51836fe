import { createHmac, timingSafeEqual } from 'node:crypto';
import { isWithin, pathSegments } from '../wire/address.js';
import type { Right, SharedAccessKey } from './key-store.js';

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
 * Checks a shared access signature: key, signature, expiry, and that its resource holds `audience`.
 * Never throws; what the token contains appears in no result.
 */
export function verifySas(
  keys: ReadonlyMap<string, SharedAccessKey>,
  token: string,
  audience: string,
  nowMs: number,
): TokenVerdict {
  const sas = parseSas(token);
  if (sas === null) return { ok: false, reason: 'malformed' };
  const key = keys.get(sas.skn);
  if (key === undefined) return { ok: false, reason: 'unknown-key' };
  const matches = [key.primary, key.secondary].map((secret) => isSignedWith(secret, sas));
  if (!matches.includes(true)) return { ok: false, reason: 'bad-signature' };
  const expiresAtMs = Number(sas.se) * 1000;
  if (expiresAtMs <= nowMs) return { ok: false, reason: 'expired' };
  const scope = decode(sas.sr);
  if (scope === null || !isWithin(pathSegments(scope), pathSegments(audience))) return { ok: false, reason: 'wrong-audience' };
  return { ok: true, keyName: key.name, rights: key.rights, expiresAtMs };
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
