import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { CLIENT_SECRET, TestBrowser, type TestOidcProvider } from '../../support/oidc-provider.js';
import type { Stack } from '../../support/stack.js';
import type { Probe } from './probe.js';

/** Typed by people who take one field of the form for the other. */
export const TYPED_NAME = 'Typed-Into-Name-8842-Quillon';
export const TYPED_PASSWORD = 'Typed-Into-Password-3391-Farrago';
const PASSWORD = 'Vexillology-Parsnip-7719-Ombre';
/** A physician of no care unit: whatever she opens, she opens in an emergency. */
export const PHYSICIAN = 'quirin';

/** Signs in with a password alone; its token is a canary from now on. */
export async function signIn(probe: Probe, stack: Stack, username: string): Promise<string> {
  const body = { username, password: stack.password(username) };
  const { token } = await probe.done(stack, 'POST', '/api/v1/session?token=true', { body });
  probe.canaries.add('session token', token as string);
  return token as string;
}

/**
 * A new account from its first password to its second factor, and everything that may go wrong on the way.
 *
 * @returns the token of the physician
 */
export async function becomePhysician(probe: Probe, stack: Stack): Promise<string> {
  const said = stack.cli('accounts', 'create', PHYSICIAN, '--name', 'Quirin Quast', '--roles', 'physician');
  const temporary = /password\s+(\S+)/.exec(said)![1]!;
  for (const [name, value] of Object.entries({ 'temporary password': temporary, password: PASSWORD })) {
    probe.canaries.add(name, value);
  }
  const login = (password: string) =>
    probe.ask(stack, 'POST', '/api/v1/session?token=true', { body: { username: PHYSICIAN, password } });
  const first = await login(temporary);
  const { ticket } = first.body as { ticket: string };
  const change = { ticket, newPassword: PASSWORD };
  const opened = await probe.done(stack, 'POST', '/api/v1/session/password?token=true', { body: change });
  await probe.ask(stack, 'POST', '/api/v1/account/password', {
    as: opened.token,
    body: { oldPassword: TYPED_PASSWORD, newPassword: `${PASSWORD}!` },
  });
  const { token, totp } = await enrol(probe, stack, opened.token as string);
  await probe.done(stack, 'DELETE', '/api/v1/session', { as: token });
  const second = await login(PASSWORD);
  const code = totp.generate({ timestamp: Date.now() + 30_000 });
  const body = { ticket: second.body.ticket as string, code };
  await probe.ask(stack, 'POST', '/api/v1/session/second-factor?token=true', { body: { ...body, code: '000000' } });
  const session = await probe.done(stack, 'POST', '/api/v1/session/second-factor?token=true', { body });
  probe.canaries.add('session token', session.token as string);
  return session.token as string;
}

async function enrol(probe: Probe, stack: Stack, as: string): Promise<{ readonly token: string; readonly totp: TOTP }> {
  const begun = await probe.done(stack, 'POST', '/api/v1/account/totp', { as });
  probe.canaries.add('one-time code secret', begun.secret as string);
  probe.canaries.add('one-time code secret', Buffer.from(Secret.fromBase32(begun.secret as string).bytes));
  const totp = new TOTP({ secret: Secret.fromBase32(begun.secret as string) });
  const body = { ticket: begun.ticket, code: totp.generate() };
  const done = await probe.done(stack, 'POST', '/api/v1/account/totp/confirm', { as, body });
  for (const code of done.recoveryCodes as string[]) probe.canaries.add('recovery code', code);
  probe.canaries.add('session token', done.session.token as string);
  return { token: done.session.token as string, totp };
}

/** Names and passwords in the wrong field, made-up tokens, cookies and links. */
export async function failToSignIn(probe: Probe, stack: Stack): Promise<void> {
  for (const typed of [TYPED_NAME, TYPED_PASSWORD, PASSWORD]) {
    for (const username of [typed, 'amy']) {
      await probe.ask(stack, 'POST', '/api/v1/session', { body: { username, password: typed } });
    }
    await probe.ask(stack, 'POST', '/api/v1/session/passkey/options', { body: { username: typed } });
    await probe.ask(stack, 'POST', '/api/v1/session/second-factor', { body: { ticket: typed, code: typed } });
    await probe.ask(stack, 'POST', '/api/v1/station-session', { body: { code: typed } });
    await probe.ask(stack, 'GET', '/api/v1/session', { as: typed });
    await probe.ask(stack, 'GET', '/api/v1/session', { headers: { cookie: `vigil_session=${typed}; vigil_device=${typed}` } });
    await probe.ask(stack, 'GET', `/api/v1/pages/${typed}`);
    await probe.ask(stack, 'GET', `/api/v1/session/oidc/callback?code=${typed}&state=${typed}`);
  }
}

/** A station, and a sign-in at the identity provider with its code, tokens and cookies. */
export async function signOn(probe: Probe, stack: Stack, provider: TestOidcProvider, as: string): Promise<void> {
  probe.canaries.add('secret of the identity provider', CLIENT_SECRET);
  const made = await probe.done(stack, 'POST', '/api/v1/stations', { as, body: { careUnitId: 'icu', label: 'Desk' } });
  probe.canaries.add('station code', made.enrolmentCode as string);
  const station = new TestBrowser();
  const answer = await fetch(`${stack.url}/api/v1/station-session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: made.enrolmentCode }),
  });
  probe.canaries.add('station token', /vigil_station=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')![1]!);

  provider.person = { subject: `sub-${randomBytes(6).toString('hex')}`, preferred_username: 'ben' };
  const back = await station.follow(`${stack.url}/api/v1/session/oidc/start`, (url) => url.pathname.endsWith('/oidc/callback'));
  for (const name of ['code', 'state']) probe.canaries.add(`sign-on ${name}`, back.searchParams.get(name)!);
  probe.canaries.add('sign-on cookie', station.cookie('vigil_sign_on')!);
  await station.get(back.href);
  probe.canaries.add('session token', station.cookie('vigil_session')!);
  probe.canaries.add('device cookie', station.cookie('vigil_device') ?? 'no device cookie here');
  // The same code once more.
  probe.keep('refusals of GET', await (await station.get(back.href)).text());
}
