import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { io } from 'socket.io-client';
import { SESSION_COOKIE } from '../../src/access/tokens.js';
import { CLIENT_ID, type Person, TestBrowser, TestOidcProvider } from '../support/oidc-provider.js';
import { until } from '../support/until.js';
import { openIdentityProvider } from '../../src/composition/open-identity-provider.js';
import { readSettings } from '../../src/config.js';
import { type Api, startApi } from './api-fixture.js';

const START = '/api/v1/session/oidc/start';
const CALLBACK = '/api/v1/session/oidc/callback';

let provider: TestOidcProvider;
let api: Api;

async function begin(env: Readonly<Record<string, string>> = { OIDC_LINK_BY: 'preferred_username' }): Promise<void> {
  provider = await TestOidcProvider.start();
  api = await startApi({ env: { ...provider.env, OIDC_NAME: 'Hospital', ...env } });
  provider.register(api.url);
  provider.person = { subject: 'sub-amy', preferred_username: 'amy', amr: ['pwd', 'mfa'] };
}

afterEach(async () => {
  await api.end();
  await provider.stop();
});

/** The URL with which the browser comes back. */
const cameBack = (browser: TestBrowser): Promise<URL> =>
  browser.follow(`${api.url}${START}`, (url) => url.href.startsWith(api.url) && url.pathname === CALLBACK);

/** Signs in the whole way; answers where the browser ends and its session cookie. */
async function signIn(browser = new TestBrowser()): Promise<{ readonly at: string; readonly cookie: string | null }> {
  const response = await browser.get((await cameBack(browser)).href);
  return { at: response.headers.get('location') ?? '', cookie: browser.cookie(SESSION_COOKIE) };
}

const whoIs = (cookie: string | null) => api.call('GET', '/api/v1/session', { as: { cookie: `${SESSION_COOKIE}=${cookie}` } });

/** What the page says on which a failed sign-in ends. */
async function pageAfter(browser: TestBrowser, url: URL | string): Promise<string> {
  const response = await browser.get(String(url));
  expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in-failed']);
  expect(browser.cookie(SESSION_COOKIE)).toBeNull();
  return (await browser.get(`${api.url}/sign-in-failed`)).text();
}

describe('signing in with an identity provider', () => {
  beforeEach(() => begin());

  test('ends with a session like any other, in the name of the account here', async () => {
    const browser = new TestBrowser();
    const rows = await api.audited(async () => {
      const { at, cookie } = await signIn(browser);
      expect(at).toBe('/');
      const { body } = await whoIs(cookie);
      expect(body).toMatchObject({ user: { staffId: 'amy', careUnitIds: ['icu'] }, roles: ['nurse'] });
    });
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([['amy', 'session.login', 'staff:amy', 'allowed']]);
    expect(browser.cookie('vigil_sign_on')).toBeNull();
    expect(rows[0]!.detail).toBe('identity provider, linked now by name');
    const again = await api.audited(() => signIn());
    expect(again.map((r) => r.detail)).toEqual(['identity provider']);
  });

  test('the session says how the person signed in there', async () => {
    await signIn();
    const [session] = await api.stores.sessionStore.listOf('amy' as never, api.clock.wallMs());
    expect(session?.methods).toEqual(['oidc', 'oidc:pwd', 'oidc:mfa']);
  });

  test('the cookies cannot be read by a script, and the session cookie is sent to no other site', async () => {
    const browser = new TestBrowser();
    const start = await browser.get(`${api.url}${START}`);
    expect(start.headers.getSetCookie()[0]).toMatch(
      /^vigil_sign_on=[\w-]{43}; Path=\/api\/v1\/session\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/,
    );
    const callback = await browser.get((await cameBack(browser)).href);
    expect(callback.headers.getSetCookie().find((c) => c.startsWith(SESSION_COOKIE))).toMatch(/HttpOnly; SameSite=Strict$/);
  });

  test('asks for a code with PKCE, a state and a nonce, and has the person sign in there now', async () => {
    const location = (await new TestBrowser().get(`${api.url}${START}`)).headers.get('location')!;
    const { searchParams } = new URL(location);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      max_age: '0',
      scope: 'openid profile',
      redirect_uri: `${api.url}${CALLBACK}`,
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(name)?.length).toBeGreaterThanOrEqual(40);
  });

  test('ends the session that the browser had before', async () => {
    const browser = new TestBrowser();
    const first = await signIn(browser);
    const second = await signIn(browser);
    expect(second.cookie).not.toBe(first.cookie);
    expect((await whoIs(first.cookie)).status).toBe(401);
    expect((await whoIs(second.cookie)).status).toBe(200);
  });

  test('a name that is given to somebody new at the provider does not open the account', async () => {
    await signIn();
    provider.person = { subject: 'sub-other', preferred_username: 'amy' };
    const browser = new TestBrowser();
    expect(await pageAfter(browser, await cameBack(browser))).toContain('no account for you');
  });

  test('an account that was disabled is not signed in, linked or not', async () => {
    await signIn();
    const dan = await api.token('dan');
    expect((await api.call('POST', '/api/v1/accounts/amy/disable', { as: dan })).status).toBeLessThan(300);
    const browser = new TestBrowser();
    expect(await pageAfter(browser, await cameBack(browser))).toContain('or it is disabled');
  });

  test('whoever has no account here is not signed in, and that leaves a row', async () => {
    provider.person = { subject: 'sub-x', preferred_username: 'stranger' };
    const browser = new TestBrowser();
    const rows = await api.audited(async () => {
      expect(await pageAfter(browser, await cameBack(browser))).toContain('no account for you');
    });
    expect(rows.map((r) => [r.actor, r.action, r.outcome])).toEqual([['anonymous', 'session.login', 'refused']]);
  });

  test.each<[string, (url: URL, browser: TestBrowser) => void, string]>([
    ['another state', (url) => url.searchParams.set('state', 'x'.repeat(43)), 'This sign-in is over'],
    ['no state', (url) => url.searchParams.delete('state'), 'This sign-in is over'],
    ['the state twice', (url) => url.searchParams.append('state', url.searchParams.get('state')!), 'This sign-in is over'],
    ['another browser', (_url, browser) => browser.forget('vigil_sign_on'), 'This sign-in is over'],
    ['another code', (url) => url.searchParams.set('code', 'y'.repeat(43)), 'did not confirm'],
    ['no code', (url) => url.searchParams.delete('code'), 'did not confirm'],
    ['another issuer', (url) => url.searchParams.set('iss', 'https://evil.example'), 'did not confirm'],
    ['no issuer', (url) => url.searchParams.delete('iss'), 'did not confirm'],
    ['an error', (url) => url.searchParams.set('error', 'access_denied'), 'did not confirm'],
  ])('coming back with %s opens nothing', async (_name, change, says) => {
    const browser = new TestBrowser();
    const url = await cameBack(browser);
    change(url, browser);
    expect(await pageAfter(browser, url)).toContain(says);
  });

  test('a callback works once', async () => {
    const browser = new TestBrowser();
    const url = await cameBack(browser);
    await browser.get(url.href);
    browser.forget(SESSION_COOKIE);
    expect(await pageAfter(browser, url)).toContain('This sign-in is over');
  });

  test('a code that was used is refused by the provider, whatever attempt brings it', async () => {
    const [one, two] = [new TestBrowser(), new TestBrowser()];
    const [first, second] = [await cameBack(one), await cameBack(two)];
    await one.get(first.href);
    second.searchParams.set('code', first.searchParams.get('code')!);
    expect(await pageAfter(two, second)).toContain('did not confirm');
  });

  test('the code of somebody else does not fit the attempt of this browser', async () => {
    const [mine, theirs] = [new TestBrowser(), new TestBrowser()];
    const [own, stolen] = [await cameBack(mine), await cameBack(theirs)];
    own.searchParams.set('code', stolen.searchParams.get('code')!);
    expect(await pageAfter(mine, own)).toContain('did not confirm');
  });

  test('after ten minutes the attempt is over', async () => {
    const browser = new TestBrowser();
    const url = await cameBack(browser);
    await api.clock.advance(10 * 60_000);
    expect(await pageAfter(browser, url)).toContain('This sign-in is over');
  });

  test('a page of another site does not begin a sign-in', async () => {
    const response = await new TestBrowser().get(`${api.url}${START}`, { 'sec-fetch-site': 'cross-site' });
    expect([response.headers.get('location'), response.headers.getSetCookie()]).toEqual(['/', []]);
  });

  test('the page of a failed sign-in shows nothing of what was sent', async () => {
    const cookie = 'vigil_sign_on_problem=<script>alert(1)</script>';
    const { status, body, headers } = await api.call('GET', '/sign-in-failed?x=<b>', { as: { cookie } });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toContain('You are not signed in');
    expect(body).not.toMatch(/<script>|<b>/);
  });
});

describe('a provider that is away', () => {
  beforeEach(() => begin());

  test('is said on a page, and local sign-in goes on', async () => {
    provider.away = true;
    const browser = new TestBrowser();
    expect(await pageAfter(browser, `${api.url}${START}`)).toContain('Sign in with your Vigil password');
    expect((await api.call('GET', '/api/v1/session/methods')).body.oidc).toEqual({
      name: 'Hospital',
      startUrl: START,
      logoutUrl: null,
    });
    expect(await api.token('amy')).toMatch(/^[\w-]{43}$/);
  });

  test('is asked again by itself, but not more than every five seconds', async () => {
    let wallMs = Date.now();
    const patient = openIdentityProvider(readSettings(provider.env).oidc!, () => wallMs);
    provider.away = true;
    await expect(patient.begin('http://127.0.0.1/')).rejects.toMatchObject({ code: 'identity-provider-unavailable' });
    provider.away = false;
    await expect(patient.begin('http://127.0.0.1/')).rejects.toMatchObject({ retryable: true });
    wallMs += 5_000;
    expect((await patient.begin('http://127.0.0.1/')).url).toContain(provider.issuer);
    // What it once said about itself is good for as long as it is away.
    provider.away = true;
    wallMs += 2 * 60 * 60_000;
    expect((await patient.begin('http://127.0.0.1/')).url).toContain(provider.issuer);
  });

  test('or is somebody else than the setting says is not asked for anybody', async () => {
    const settings = readSettings({ ...provider.env, OIDC_ISSUER: provider.issuer.replace('127.0.0.1', 'localhost') });
    const other = openIdentityProvider(settings.oidc!, () => Date.now());
    await expect(other.begin('http://127.0.0.1/')).rejects.toMatchObject({ code: 'identity-provider-unavailable' });
  });

  test('in the middle of a sign-in is said too', async () => {
    const browser = new TestBrowser();
    const url = await cameBack(browser);
    provider.away = true;
    expect(await pageAfter(browser, url)).toContain('does not answer');
  });
});

describe('finding the account', () => {
  async function signedInAs(env: Readonly<Record<string, string>>, person: Person): Promise<string | null> {
    await begin(env);
    provider.person = person;
    const { cookie } = await signIn();
    return cookie === null ? null : ((await whoIs(cookie)).body.user.staffId as string);
  }

  test('without the setting nobody is found by a name', async () => {
    expect(await signedInAs({}, { subject: 's', preferred_username: 'amy' })).toBeNull();
  });

  test.each([
    ['verified', true, 'amy'],
    ['not verified', false, null],
  ])('an e-mail address that is %s', async (_name, verified, staffId) => {
    const person = { subject: 's', email: 'amy', email_verified: verified, preferred_username: 'ben' };
    expect(await signedInAs({ OIDC_LINK_BY: 'email' }, person)).toBe(staffId);
  });

  test.each([
    ['reached', 'gold', 'amy'],
    ['not reached', undefined, null],
  ])('a class of authentication that is %s', async (_name, acr, staffId) => {
    const env = { OIDC_LINK_BY: 'preferred_username', OIDC_ACR_VALUES: 'gold' };
    const person = { subject: 's', preferred_username: 'amy', ...(acr === undefined ? {} : { acr }) };
    expect(await signedInAs(env, person)).toBe(staffId);
  });
});

describe('a role that needs a second factor', () => {
  test.each([
    ['was not asked for one at the provider', ['pwd'], null],
    ['was asked for one there', ['pwd', 'otp'], 'dan'],
  ])('%s', async (_name, amr, staffId) => {
    await begin({ OIDC_LINK_BY: 'preferred_username', VIGIL_SECOND_FACTOR_ROLES: 'admin' });
    provider.person = { subject: 'sub-dan', preferred_username: 'dan', amr };
    const browser = new TestBrowser();
    const { cookie } = await signIn(browser);
    expect(cookie === null ? null : (await whoIs(cookie)).body.user.staffId).toBe(staffId);
    if (cookie === null) expect(await (await browser.get(`${api.url}/sign-in-failed`)).text()).toContain('second factor');
  });
});

describe('ways of signing in', () => {
  test('the provider is named, with where to begin and where to end its own session', async () => {
    await begin();
    await signIn();
    const { body } = await api.call('GET', '/api/v1/session/methods');
    expect(body).toMatchObject({ password: true, oidc: { name: 'Hospital', startUrl: START } });
    const logout = new URL(body.oidc.logoutUrl as string);
    expect(logout.origin).toBe(provider.issuer);
    expect(Object.fromEntries(logout.searchParams)).toEqual({ client_id: CLIENT_ID, post_logout_redirect_uri: `${api.url}/` });
  });

  test('without a provider there is none, and its routes say so', async () => {
    provider = await TestOidcProvider.start();
    api = await startApi();
    expect((await api.call('GET', '/api/v1/session/methods')).body.oidc).toBeNull();
    expect((await new TestBrowser().get(`${api.url}${START}`)).headers.get('location')).toBe('/sign-in-failed');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await api.call('POST', '/api/v1/session/oidc/backchannel-logout', { headers, body: 'logout_token=x' });
    expect(status).toBe(404);
  });
});

describe('a logout at the provider', () => {
  test('ends the session here and its sockets, within five seconds', async () => {
    await begin();
    const browser = new TestBrowser();
    const { cookie } = await signIn(browser);
    const extraHeaders = { cookie: `${SESSION_COOKIE}=${cookie}`, origin: api.url };
    const socket = io(`${api.url}/alarms`, { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders });
    await new Promise<void>((resolve) => void socket.on('connect', resolve));
    const closed = new Promise((resolve) => void socket.on('disconnect', resolve));
    const startMs = performance.now();
    await logOutThere(browser);
    await until('the session to end', async () => (await whoIs(cookie)).status === 401, 4_000);
    await closed;
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  /** Asks for the provider's logout page and says yes there. */
  async function logOutThere(browser: TestBrowser): Promise<void> {
    const { logoutUrl } = (await api.call('GET', '/api/v1/session/methods')).body.oidc as { logoutUrl: string };
    const page = await (await browser.get(logoutUrl)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)![1]!;
    const action = /action="([^"]+)"/.exec(page)![1]!;
    await browser.post(action, { xsrf, logout: 'yes' });
  }
});

describe('linking by an admin', () => {
  const path = '/api/v1/accounts/amy/identity-links';

  test('a link is made and taken away together with its row, or not at all', async () => {
    await begin({});
    const dan = await api.token('dan');
    const links = async () => (await api.call('GET', path, { as: dan })).body.items as { linkId: string }[];
    const broken = async (run: () => Promise<unknown>): Promise<void> => {
      const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
      db.exec("create trigger broken before insert on audit begin select raise(abort, 'broken'); end");
      await run();
      db.exec('drop trigger broken');
      db.close();
    };
    const link = () => api.call('POST', path, { as: dan, body: { subject: 'sub-amy' } });
    await broken(async () => expect((await link()).status).toBeGreaterThanOrEqual(500));
    expect(await links()).toEqual([]);
    expect((await link()).status).toBe(201);
    const [{ linkId }] = (await links()) as [{ linkId: string }];
    const unlink = () => api.call('DELETE', `${path}/${linkId}`, { as: dan });
    await broken(async () => expect((await unlink()).status).toBeGreaterThanOrEqual(500));
    expect(await links()).toHaveLength(1);
    const rows = await api.audited(async () => expect((await unlink()).status).toBe(204));
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([
      ['dan', 'account.unlink', 'staff:amy', 'allowed'],
    ]);
  });

  test('lets an identity in as that person, once and for nobody else', async () => {
    await begin({});
    const dan = await api.token('dan');
    expect(await signIn()).toMatchObject({ at: '/sign-in-failed', cookie: null });
    const rows = await api.audited(async () => {
      const { status, body } = await api.call('POST', path, { as: dan, body: { subject: 'sub-amy' } });
      expect([status, body.issuer]).toEqual([201, provider.issuer]);
    });
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([['dan', 'account.link', 'staff:amy', 'allowed']]);
    expect((await whoIs((await signIn()).cookie)).body.user.staffId).toBe('amy');
    const again = await api.call('POST', path, { as: dan, body: { subject: 'sub-amy' } });
    const other = await api.call('POST', '/api/v1/accounts/ben/identity-links', { as: dan, body: { subject: 'sub-amy' } });
    const second = await api.call('POST', path, { as: dan, body: { subject: 'sub-2' } });
    const nobody = await api.call('POST', '/api/v1/accounts/nobody/identity-links', { as: dan, body: { subject: 'sub-3' } });
    expect([again, other, second, nobody].map((reply) => reply.status)).toEqual([409, 409, 409, 404]);
  });

  test('taking it away ends the person’s sessions', async () => {
    await begin({});
    const dan = await api.token('dan');
    await api.call('POST', path, { as: dan, body: { subject: 'sub-amy' } });
    const { cookie } = await signIn();
    const [link] = (await api.call('GET', path, { as: dan })).body.items as [{ linkId: string }];
    expect((await api.call('DELETE', `${path}/${link.linkId}`, { as: dan })).status).toBe(204);
    expect((await whoIs(cookie)).status).toBe(401);
    expect((await signIn()).cookie).toBeNull();
    expect((await api.call('DELETE', `${path}/${link.linkId}`, { as: dan })).status).toBe(404);
  });

  test('is for admins alone', async () => {
    await begin({});
    for (const name of ['amy', 'carol', 'eve']) {
      expect((await api.call('POST', path, { as: await api.token(name), body: { subject: 'x' } })).status).toBe(403);
    }
  });
});
