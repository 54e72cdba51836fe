import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** RS256 keys: the provider's own, and one that nobody should believe. */
export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const newKeys = (): Keys => generateKeyPairSync('rsa', { modulusLength: 2048 });

type Json = Readonly<Record<string, unknown>>;

const encoded = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function rs256(header: Json, payload: Json, key: KeyObject): string {
  const input = `${encoded({ alg: 'RS256', kid: 'k1', ...header })}.${encoded(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function hs256(header: Json, payload: Json, secret: string | Buffer): string {
  const input = `${encoded({ alg: 'HS256', kid: 'k1', ...header })}.${encoded(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const unsigned = (header: Json, payload: Json): string => `${encoded({ kid: 'k1', ...header })}.${encoded(payload)}.`;

export interface Forging {
  readonly real: Keys;
  readonly evil: Keys;
  readonly clientSecret: string;
  /** Claims that would be right. */
  readonly claims: Json;
}

const jwkOf = ({ publicKey }: Keys): Json => publicKey.export({ format: 'jwk' }) as Json;
const pem = ({ publicKey }: Keys): string => publicKey.export({ format: 'pem', type: 'spki' }).toString();
const nowS = (): number => Math.floor(Date.now() / 1_000);
const signed = (f: Forging, claims: Json, header: Json = {}): string =>
  rs256(header, { ...f.claims, ...claims }, f.real.privateKey);
const byEvil = (f: Forging, header: Json): string => rs256(header, f.claims, f.evil.privateKey);

function changed(token: string, change: Json): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
  return `${header}.${encoded({ ...claims, ...change })}.${signature}`;
}

/** Ways in which a token can be wrong (RFC 8725; PortSwigger, "JWT attacks"). All but the claims are as they should be. */
export const FORGERIES: Readonly<Record<string, (f: Forging) => string>> = {
  'no signature, alg none': (f) => unsigned({ alg: 'none' }, f.claims),
  'no signature, alg nOnE': (f) => unsigned({ alg: 'nOnE' }, f.claims),
  'no alg at all': (f) => unsigned({}, f.claims),
  'HS256 with the public key as secret': (f) => hs256({}, f.claims, pem(f.real)),
  'HS256 with the public key as DER': (f) => hs256({}, f.claims, f.real.publicKey.export({ format: 'der', type: 'spki' })),
  'HS256 with the client secret': (f) => hs256({}, f.claims, f.clientSecret),
  'kid that leaves a folder, signed with nothing': (f) => hs256({ kid: '../../../../dev/null' }, f.claims, ''),
  'kid with SQL in it': (f) => hs256({ kid: "x' UNION SELECT 'secret'--" }, f.claims, 'secret'),
  'a kid that nobody has': (f) => byEvil(f, { kid: 'other' }),
  'jku of somebody else': (f) => byEvil(f, { jku: 'http://127.0.0.1:9/keys' }),
  'x5u of somebody else': (f) => byEvil(f, { x5u: 'http://127.0.0.1:9/cert' }),
  'a key that it brings along': (f) => byEvil(f, { jwk: jwkOf(f.evil) }),
  'a certificate that it brings along': (f) =>
    byEvil(f, { x5c: [f.evil.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }),
  'another key under the right kid': (f) => byEvil(f, {}),
  'another alg in the header than signed with': (f) => signed(f, {}, { alg: 'RS512' }),
  'a critical extension': (f) => signed(f, {}, { crit: ['exp2'], exp2: 1 }),
  'an unencoded payload': (f) => signed(f, {}, { crit: ['b64'], b64: false }),
  expired: (f) => signed(f, { exp: nowS() - 120, iat: nowS() - 600 }),
  'without an end': (f) => signed(f, { exp: undefined }),
  'not valid yet': (f) => signed(f, { nbf: nowS() + 600 }),
  'made an hour ago': (f) => signed(f, { iat: nowS() - 3_600 }),
  'made tomorrow': (f) => signed(f, { iat: nowS() + 86_400 }),
  'for somebody else': (f) => signed(f, { aud: 'another-client' }),
  'for two, and nobody named': (f) => signed(f, { aud: [String(f.claims['aud']), 'another-client'] }),
  'for two, the other named': (f) => signed(f, { aud: [String(f.claims['aud']), 'another-client'], azp: 'another-client' }),
  'for us, another party named': (f) => signed(f, { azp: 'another-client' }),
  'by another issuer': (f) => signed(f, { iss: 'https://evil.example' }),
  'without a subject': (f) => signed(f, { sub: undefined }),
  'changed after it was signed': (f) => changed(signed(f, { sub: 'sub-nobody' }), { sub: f.claims['sub'] }),
  'its signature cut off': (f) => signed(f, {}).replace(/[^.]*$/, ''),
  'its signature cut short': (f) => signed(f, {}).slice(0, -20),
  'one part too many': (f) => `${signed(f, {})}.x`,
  nothing: () => '',
};
