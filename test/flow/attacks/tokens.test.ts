import { io } from 'socket.io-client';
import { SESSION_COOKIE } from '../../../src/access/tokens.js';
import { FORGERIES, type Forging, newKeys, rs256 } from '../../support/forged-tokens.js';
import { HostileProvider } from '../../support/hostile-provider.js';
import { CLIENT_ID, CLIENT_SECRET, TestBrowser } from '../../support/oidc-provider.js';
import { type Api, startApi } from '../api-fixture.js';

/** CK-S14: tokens that are forged, confused or old. */

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const nowS = (): number => Math.floor(Date.now() / 1_000);
const names = Object.keys(FORGERIES);

let provider: HostileProvider;
let api: Api;
const evil = newKeys();

beforeAll(async () => {
  provider = await HostileProvider.start();
  api = await startApi({ env: provider.env });
  await api.stores.identityLinks.link({ issuer: provider.issuer, subject: 'sub-amy', staffId: 'amy' as never, wallMs: 0 });
});
afterAll(async () => {
  await api.end();
  await provider.stop();
});
// Tries are rationed by address.
beforeEach(() => api.clock.advance(60_000));

const forging = (claims: Readonly<Record<string, unknown>>): Forging => ({
  real: provider.keys,
  evil,
  clientSecret: CLIENT_SECRET,
  claims: { iss: provider.issuer, aud: CLIENT_ID, sub: 'sub-amy', iat: nowS(), exp: nowS() + 300, ...claims },
});

/** Comes back with the ID token that `make` makes for this attempt; answers the session cookie, null without. */
async function signInWith(make: (nonce: string) => string): Promise<string | null> {
  const browser = new TestBrowser();
  const start = await browser.get(`${api.url}/api/v1/session/oidc/start`);
  const { searchParams } = new URL(start.headers.get('location')!);
  provider.idToken = make(searchParams.get('nonce')!);
  await browser.get(`${api.url}/api/v1/session/oidc/callback?code=c&state=${searchParams.get('state')}`);
  return browser.cookie(SESSION_COOKIE);
}

const idToken = (nonce: string): Forging => forging({ nonce, auth_time: nowS() });

describe('ID tokens at the callback', () => {
  test('a right one is taken, so that the others are refused for what is wrong with them', async () => {
    expect(await signInWith((nonce) => rs256({}, idToken(nonce).claims, provider.keys.privateKey))).not.toBeNull();
  });

  test.each(names)('%s', async (name) => {
    expect(await signInWith((nonce) => FORGERIES[name]!(idToken(nonce)))).toBeNull();
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['the nonce of another attempt', { nonce: 'other' }],
    ['no nonce', { nonce: undefined }],
    ['no word of when the person signed in', { auth_time: undefined }],
    ['a person who signed in an hour ago', { auth_time: nowS() - 3_600 }],
    ['a subject that is no text', { sub: 7 }],
  ])('%s', async (_name, claims) => {
    const taken = await signInWith((nonce) => rs256({}, { ...idToken(nonce).claims, ...claims }, provider.keys.privateKey));
    expect(taken).toBeNull();
  });

  test('nobody was asked for a key but the provider', () => {
    expect(new Set(provider.asked)).toEqual(new Set(['/.well-known/openid-configuration', '/jwks', '/token']));
  });
});

describe('the same tokens at the API', () => {
  const token = (name: string): string => FORGERIES[name]!(idToken('n'));

  test.each([...names, 'a right one'])('%s', async (name) => {
    const jwt = name === 'a right one' ? rs256({}, idToken('n').claims, provider.keys.privateKey) : token(name);
    const bearer = await api.call('GET', '/api/v1/session', { as: jwt });
    const cookie = await api.call('GET', '/api/v1/session', { as: { cookie: `${SESSION_COOKIE}=${jwt}` } });
    expect([bearer.status, cookie.status]).toEqual([401, 401]);
    const socket = io(`${api.url}/alarms`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { token: jwt },
    });
    const said = await new Promise((resolve) => {
      socket.on('connect', () => resolve('connected'));
      socket.on('connect_error', (error) => resolve(error.message));
    });
    socket.disconnect();
    expect(said).toBe('unauthenticated');
  });
});

describe('logout tokens', () => {
  const claims = { jti: 'j', sub: 'sub-amy', events: { [LOGOUT_EVENT]: {} }, exp: undefined };
  const logoutToken = (): Forging => {
    const wanted = forging({ ...claims, jti: `j-${Math.random()}`, exp: nowS() + 300 });
    return wanted;
  };
  const logout = (token: string) =>
    api.call('POST', '/api/v1/session/oidc/backchannel-logout', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });
  const isSignedIn = async (token: string): Promise<boolean> =>
    (await api.call('GET', '/api/v1/session', { as: token })).status === 200;

  /** Fewer checks apply: a logout token needs no end, and one for several parties is for us too. */
  const HARMLESS = new Set([
    'without an end',
    'for two, and nobody named',
    'for two, the other named',
    'for us, another party named',
    'without a subject',
  ]);

  test.each(names.filter((name) => !HARMLESS.has(name)))('%s ends nobody’s session', async (name) => {
    const token = await api.token('amy');
    expect((await logout(FORGERIES[name]!(logoutToken()))).status).toBeGreaterThanOrEqual(400);
    expect(await isSignedIn(token)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a token that says something else', { events: undefined }],
    ['a token about another event', { events: { 'http://schemas.example/event': {} } }],
    ['an ID token', { nonce: 'n' }],
    ['a token about nobody', { sub: undefined }],
    ['a token without a number', { jti: undefined }],
  ])('%s ends nobody’s session', async (_name, change) => {
    const token = await api.token('amy');
    const forged = rs256({}, { ...logoutToken().claims, ...change }, provider.keys.privateKey);
    expect((await logout(forged)).status).toBe(401);
    expect(await isSignedIn(token)).toBe(true);
  });

  test('a right one ends all of the person’s sessions, once', async () => {
    const [amy, ben] = [await api.token('amy'), await api.token('ben')];
    const right = rs256({ typ: 'logout+jwt' }, logoutToken().claims, provider.keys.privateKey);
    const rows = await api.audited(async () => {
      expect((await logout(right)).status).toBe(200);
    });
    expect(rows.map((r) => [r.action, r.object, r.outcome])).toEqual([['session.logout', 'staff:amy', 'allowed']]);
    expect([await isSignedIn(amy), await isSignedIn(ben)]).toEqual([false, true]);
    const again = await api.token('amy');
    expect((await logout(right)).status).toBe(401);
    expect(await isSignedIn(again)).toBe(true);
  });
});
