import { jest } from '@jest/globals';
import { StaffId } from '@vigil/contracts';
import { Secret, TOTP } from 'otpauth';
import { hashPassword } from '../../src/access/password.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { SoftwarePasskey } from '../support/authenticator.js';
import { type Api, PASSWORD, type Reply, startApi } from './api-fixture.js';

const ORIGIN = 'https://vigil.hospital.test';
const NEW_PASSWORD = 'seven green kettles dance';

// Each sign-in costs an Argon2 hash, on a machine that may be busy.
jest.setTimeout(30_000);

let api: Api;
beforeEach(async () => void (api = await startApi({ env: { VIGIL_PUBLIC_URL: ORIGIN } })));
afterEach(() => api.end());

const page = { origin: ORIGIN };
const post = (path: string, body: unknown, as?: string | { cookie: string }): Promise<Reply> =>
  api.call('POST', `/api/v1${path}`, { body, headers: page, ...(as === undefined ? {} : { as }) });
const get = (path: string, as: string | { cookie: string }): Promise<Reply> => api.call('GET', `/api/v1${path}`, { as });
const signIn = (username: string, password = PASSWORD): Promise<Reply> => post('/session', { username, password });
const withToken = (path: string): string => `${path}?token=true`;

/** Cookies that an answer set, by name. */
function cookies({ headers }: Reply): ReadonlyMap<string, string> {
  return new Map(headers.getSetCookie().map((each) => each.split(';')[0]!.split('=', 2) as [string, string]));
}
const jar = (reply: Reply, ...names: string[]): { cookie: string } => ({
  cookie: names.map((name) => `${name}=${cookies(reply).get(name) ?? ''}`).join('; '),
});

const codeOf = (secret: string, offMs = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: api.clock.wallMs() + offMs });

/** Gives amy an authenticator app. */
async function enrolTotp(token: string): Promise<{ secret: string; recoveryCodes: string[]; token: string }> {
  const { body } = await api.call('POST', '/api/v1/account/totp', { as: token });
  const done = await post('/account/totp/confirm', { ticket: body.ticket, code: codeOf(body.secret) }, token);
  expect(done.status).toBe(200);
  return { secret: body.secret, recoveryCodes: done.body.recoveryCodes, token: done.body.session.token };
}

async function addPasskey(token: string, passkey = new SoftwarePasskey()): Promise<SoftwarePasskey> {
  const begun = await api.call('POST', '/api/v1/account/passkeys/options', { as: token });
  expect(begun.status).toBe(200);
  const credential = passkey.create(begun.body.options, { origin: ORIGIN });
  const added = await post('/account/passkeys', { ticket: begun.body.ticket, name: 'badge', credential }, token);
  expect(added.status).toBe(201);
  return passkey;
}

async function byPasskey(passkey: SoftwarePasskey, more: Partial<Parameters<SoftwarePasskey['get']>[1]> = {}): Promise<Reply> {
  const { body } = await post('/session/passkey/options', {});
  return post('/session/passkey/verify', {
    ticket: body.ticket,
    credential: passkey.get(body.options, { origin: ORIGIN, ...more }),
  });
}

describe('sessions (CK-S15)', () => {
  test('a session that the browser brought along is never the one after sign-in, and it ends', async () => {
    const first = jar(await signIn('amy'), 'vigil_session');
    const second = await api.call('POST', '/api/v1/session', {
      as: first,
      headers: page,
      body: { username: 'amy', password: PASSWORD },
    });
    expect(cookies(second).get('vigil_session')).not.toBe(first.cookie.split('=')[1]);
    expect((await get('/session', first)).status).toBe(401);
    expect((await get('/session', jar(second, 'vigil_session'))).status).toBe(200);
    // Whatever somebody planted is never taken up.
    const planted = { cookie: 'vigil_session=planted-by-somebody-else-0123456789' };
    const after = await api.call('POST', '/api/v1/session', {
      as: planted,
      headers: page,
      body: { username: 'ben', password: PASSWORD },
    });
    expect(cookies(after).get('vigil_session')).not.toContain('planted');
    expect((await get('/session', planted)).status).toBe(401);
  });

  test('a second factor and a password change give a new token, and the old one is dead', async () => {
    const token = await api.token('amy');
    const enrolled = await enrolTotp(token);
    expect((await get('/session', token)).status).toBe(401);
    expect((await get('/session', enrolled.token)).body.methods).toEqual(['password', 'totp']);
    const changed = await post('/account/password', { oldPassword: PASSWORD, newPassword: NEW_PASSWORD }, enrolled.token);
    expect(changed.status).toBe(200);
    expect((await get('/session', enrolled.token)).status).toBe(401);
    expect((await get('/session', changed.body.token)).status).toBe(200);
  });

  test('a person sees where they are signed in, and ends one session or all others', async () => {
    const [here, there, elsewhere] = [await api.token('amy'), await api.token('amy'), await api.token('amy')];
    const { items } = (await get('/sessions', here)).body;
    expect(items).toHaveLength(3);
    expect(items.filter((each: { current: boolean }) => each.current)).toHaveLength(1);
    const { sessionRef } = (await get('/session', there)).body;
    expect((await api.call('DELETE', `/api/v1/sessions/${sessionRef}`, { as: await api.token('ben') })).status).toBe(404);
    expect((await api.call('DELETE', `/api/v1/sessions/${sessionRef}`, { as: here })).status).toBe(204);
    expect((await get('/session', there)).status).toBe(401);
    expect((await api.call('DELETE', '/api/v1/sessions', { as: here })).status).toBe(204);
    expect((await get('/session', elsewhere)).status).toBe(401);
    expect((await get('/session', here)).status).toBe(200);
  });

  test('idle time ends a session; a page that looks by itself does not keep it', async () => {
    const token = await api.token('amy');
    await api.clock.advance(10 * 60_000);
    const looked = await api.call('GET', '/api/v1/session', { as: token, headers: { 'vigil-background': '1' } });
    expect(looked.status).toBe(200);
    await api.clock.advance(5 * 60_000);
    expect((await get('/session', token)).status).toBe(401);
  });

  test('a session that is used all the time ends all the same', async () => {
    await api.end();
    api = await startApi({ env: { VIGIL_SESSION_HOURS: '1' } });
    const token = await api.token('amy');
    for (let minutes = 0; minutes < 60; minutes += 10) {
      expect((await get('/session', token)).status).toBe(200);
      await api.clock.advance(10 * 60_000);
    }
    expect((await get('/session', token)).status).toBe(401);
  });
});

describe('authenticator apps', () => {
  test('the password alone is not enough any more, and each code and ticket works once', async () => {
    const { secret } = await enrolTotp(await api.token('amy'));
    const first = await signIn('amy');
    expect(first).toMatchObject({ status: 401, body: { code: 'second-factor-required', methods: ['totp', 'recovery-code'] } });
    expect(cookies(first).size).toBe(0);
    // The code that set the app up is used up.
    const { ticket } = first.body;
    expect((await post('/session/second-factor', { ticket, code: codeOf(secret) })).body.code).toBe('wrong-code');
    await api.clock.advance(30_000);
    const code = codeOf(secret);
    const done = await post('/session/second-factor', { ticket, code });
    expect(done).toMatchObject({ status: 200, body: { methods: ['password', 'totp'] } });
    expect((await post('/session/second-factor', { ticket, code: codeOf(secret, 30_000) })).body.code).toBe('ticket-expired');
    const again = (await signIn('amy')).body.ticket;
    expect((await post('/session/second-factor', { ticket: again, code })).body.code).toBe('wrong-code');
    expect((await post('/session/second-factor', { ticket: again, code: codeOf(secret, 30_000) })).status).toBe(200);
  });

  test('codes of a minute ago and of a minute ahead are none', async () => {
    const { secret } = await enrolTotp(await api.token('amy'));
    await api.clock.advance(10 * 60_000);
    const { ticket } = (await signIn('amy')).body;
    for (const offMs of [-60_000, 60_000]) {
      expect((await post('/session/second-factor', { ticket, code: codeOf(secret, offMs) })).body.code).toBe('wrong-code');
    }
  });

  test('five wrong codes end the ticket, ten the guessing, and the right code then waits too', async () => {
    const { secret } = await enrolTotp(await api.token('amy'));
    await api.clock.advance(60_000);
    for (let round = 0; round < 2; round += 1) {
      const { ticket } = (await signIn('amy')).body;
      const codes: string[] = [];
      for (let n = 0; n < 5; n += 1) codes.push((await post('/session/second-factor', { ticket, code: '000000' })).body.code);
      expect(codes).toEqual(['wrong-code', 'wrong-code', 'wrong-code', 'wrong-code', 'ticket-expired']);
      expect((await post('/session/second-factor', { ticket, code: codeOf(secret) })).body.code).toBe('ticket-expired');
    }
    const { ticket } = (await signIn('amy')).body;
    expect((await post('/session/second-factor', { ticket, code: codeOf(secret) })).status).toBe(429);
    await api.clock.advance(15 * 60_000);
    const later = (await signIn('amy')).body.ticket;
    expect((await post('/session/second-factor', { ticket: later, code: codeOf(secret) })).status).toBe(200);
  });

  test('a recovery code works once, typed in any form, and new ones make the old worthless', async () => {
    const { recoveryCodes } = await enrolTotp(await api.token('amy'));
    expect(new Set(recoveryCodes).size).toBe(10);
    const sloppy = ` ${recoveryCodes[0]!.toUpperCase().replaceAll('-', ' ')} `;
    const done = await post(withToken('/session/second-factor'), { ticket: (await signIn('amy')).body.ticket, code: sloppy });
    expect(done.status).toBe(200);
    const again = await post('/session/second-factor', { ticket: (await signIn('amy')).body.ticket, code: recoveryCodes[0] });
    expect(again.body.code).toBe('wrong-code');
    expect((await get('/account', done.body.token)).body).toMatchObject({ totp: true, recoveryCodesLeft: 9 });
    const fresh = await api.call('POST', '/api/v1/account/recovery-codes', { as: done.body.token });
    expect(fresh.body.recoveryCodes).toHaveLength(10);
    const old = await post('/session/second-factor', { ticket: (await signIn('amy')).body.ticket, code: recoveryCodes[1] });
    expect(old.body.code).toBe('wrong-code');
  });

  test('a ticket ends after five minutes and with the password that it was given for', async () => {
    const { secret } = await enrolTotp(await api.token('amy'));
    await api.clock.advance(60_000);
    const { ticket } = (await signIn('amy')).body;
    await api.clock.advance(5 * 60_000);
    expect((await post('/session/second-factor', { ticket, code: codeOf(secret) })).body.code).toBe('ticket-expired');
    const next = (await signIn('amy')).body.ticket;
    await post('/accounts/amy/reset', {}, await api.token('dan'));
    expect((await post('/session/second-factor', { ticket: next, code: codeOf(secret) })).body.code).toBe('ticket-expired');
  });

  test('a sign-in long ago does not change how somebody signs in', async () => {
    const token = await api.token('amy');
    await api.clock.advance(11 * 60_000);
    for (const path of ['/account/totp', '/account/recovery-codes', '/account/passkeys/options']) {
      expect((await api.call('POST', `/api/v1${path}`, { as: token })).body.code).toBe('reauthentication-required');
    }
    expect((await api.call('DELETE', '/api/v1/account/totp', { as: token })).status).toBe(403);
  });
});

describe('passkeys', () => {
  test('sign in without a name or a password; several per person, named, removable', async () => {
    const token = await api.token('amy');
    const [badge, phone] = [await addPasskey(token), await addPasskey(token)];
    const signedIn = await byPasskey(badge);
    expect(signedIn).toMatchObject({ status: 200, body: { user: { staffId: 'amy' }, methods: ['passkey'] } });
    expect((await byPasskey(phone)).status).toBe(200);
    const { passkeys } = (await get('/account', token)).body;
    expect(passkeys).toMatchObject([{ name: 'badge' }, { name: 'badge' }]);
    const { passkeyId } = passkeys.find((each: { lastUsedMs: number }) => each.lastUsedMs !== null);
    expect((await api.call('DELETE', `/api/v1/account/passkeys/${passkeyId}`, { as: await api.token('ben') })).status).toBe(404);
    for (const { passkeyId: id } of passkeys) {
      expect((await api.call('DELETE', `/api/v1/account/passkeys/${id}`, { as: token })).status).toBe(204);
    }
    expect((await byPasskey(badge)).status).toBe(401);
  });

  test.each([
    ['another site asked', { origin: 'https://vigi1.hospital.test' }],
    ['nobody unlocked it', { verified: false }],
    ['another challenge was answered', { challenge: Buffer.from('another challenge').toString('base64url') }],
  ])('an answer is refused when %s', async (_why, behaviour) => {
    const passkey = await addPasskey(await api.token('amy'));
    expect((await byPasskey(passkey, behaviour)).status).toBe(401);
    expect((await byPasskey(passkey)).status).toBe(200);
  });

  test('a challenge is answered once, and a copied passkey counts back', async () => {
    const passkey = await addPasskey(await api.token('amy'));
    const { body } = await post('/session/passkey/options', {});
    const answer = { ticket: body.ticket, credential: passkey.get(body.options, { origin: ORIGIN }) };
    expect((await post('/session/passkey/verify', answer)).status).toBe(200);
    expect((await post('/session/passkey/verify', answer)).body.code).toBe('ticket-expired');
    expect((await byPasskey(passkey, { signCount: 1 })).status).toBe(401);
    expect((await byPasskey(passkey, { signCount: 7 })).status).toBe(200);
  });

  test('a name that was typed is not signed in by the passkey of somebody else, nor a disabled person', async () => {
    const passkey = await addPasskey(await api.token('amy'));
    const { body } = await post('/session/passkey/options', { username: 'ben' });
    const credential = passkey.get(body.options, { origin: ORIGIN });
    expect((await post('/session/passkey/verify', { ticket: body.ticket, credential })).status).toBe(401);
    await post('/accounts/amy/disable', {}, await api.token('dan'));
    expect((await byPasskey(passkey)).status).toBe(401);
  });

  test('a password that is locked does not lock the passkey', async () => {
    const passkey = await addPasskey(await api.token('amy'));
    for (let n = 0; n < 20; n += 1) await signIn('amy', 'wrong');
    expect((await signIn('amy')).status).toBe(429);
    expect((await byPasskey(passkey)).status).toBe(200);
  });

  test('a passkey of somebody else’s ticket is not added', async () => {
    const [amy, ben] = [await api.token('amy'), await api.token('ben')];
    const { body } = await api.call('POST', '/api/v1/account/passkeys/options', { as: amy });
    const credential = new SoftwarePasskey().create(body.options, { origin: ORIGIN });
    expect((await post('/account/passkeys', { ticket: body.ticket, name: 'x', credential }, ben)).body.code).toBe(
      'ticket-expired',
    );
  });
});

describe('accounts', () => {
  test('an admin makes an account; its password is temporary and the first thing to change', async () => {
    const dan = await api.token('dan');
    const made = await post('/accounts', { staffId: 'zoe', username: 'zoe', name: 'Zoe Nurse', roles: ['nurse'] }, dan);
    expect(made).toMatchObject({ status: 201, body: { account: { staffId: 'zoe', passwordTemporary: true, roles: ['nurse'] } } });
    const { temporaryPassword } = made.body;
    const first = await signIn('zoe', temporaryPassword);
    expect(first).toMatchObject({ status: 401, body: { code: 'password-change-required' } });
    const { ticket } = first.body;
    for (const newPassword of ['short', 'zoe-zoe-zoe-zoe', 'vigil vigil vigil', temporaryPassword]) {
      expect((await post('/session/password', { ticket, newPassword })).body.code).toBe('invalid-request');
    }
    const done = await post(withToken('/session/password'), { ticket, newPassword: NEW_PASSWORD });
    expect(done.status).toBe(200);
    expect((await post('/session/password', { ticket, newPassword: 'yet another good one' })).body.code).toBe('ticket-expired');
    expect((await signIn('zoe', temporaryPassword)).status).toBe(401);
    expect((await signIn('zoe', NEW_PASSWORD)).status).toBe(200);
  });

  test('a temporary password is of no use after its time', async () => {
    const hash = await hashPassword(NEW_PASSWORD);
    const audit = auditEntry({ actor: 'dan', action: 'account.reset', object: 'staff:amy', outcome: 'allowed' });
    const wallMs = api.clock.wallMs();
    const reset = { password: { hash, untilMs: wallMs + 60_000 }, secondFactors: false };
    await api.stores.accounts.reset(StaffId.parse('amy'), reset, { audit, wallMs });
    expect((await signIn('amy', NEW_PASSWORD)).body.code).toBe('password-change-required');
    await api.clock.advance(60_000);
    expect((await signIn('amy', NEW_PASSWORD)).body.code).toBe('unauthenticated');
  });

  test.each([
    ['roles', 'PUT', '/roles', { roles: ['charge-nurse'] }],
    ['disabling', 'POST', '/disable', {}],
    ['a reset', 'POST', '/reset', { secondFactors: true }],
    ['signing out everywhere', 'DELETE', '/sessions', undefined],
  ])('%s ends the person’s sessions and is one audit row of a configuration change', async (_what, method, path, body) => {
    const [amy, dan] = [await api.token('amy'), await api.token('dan')];
    const rows = await api.audited(() => api.call(method, `/api/v1/accounts/amy${path}`, { as: dan, body }));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ actor: 'dan', object: 'staff:amy', outcome: 'allowed' });
    expect(rows[0]!.action).toMatch(/^account\./);
    expect((await get('/session', amy)).status).toBe(401);
  });

  test('nobody changes their own roles or account, and somebody who can is always left', async () => {
    const dan = await api.token('dan');
    for (const [method, path, body] of [
      ['PUT', '/roles', { roles: ['admin', 'security-officer'] }],
      ['POST', '/disable', {}],
      ['POST', '/reset', {}],
    ] as const) {
      expect((await api.call(method, `/api/v1/accounts/dan${path}`, { as: dan, body })).status).toBe(409);
    }
    await post('/accounts', { staffId: 'ann', username: 'ann', name: 'Ann Admin', roles: ['admin'] }, dan);
    expect((await post('/accounts/ann/disable', {}, dan)).status).toBe(200);
    // Dan is the last one now; a second admin who comes back may take it from him, but not leave nobody.
    await post('/accounts/ann/enable', {}, dan);
    const { temporaryPassword } = (await post('/accounts/ann/reset', {}, dan)).body;
    const { ticket } = (await signIn('ann', temporaryPassword)).body;
    const ann = (await post(withToken('/session/password'), { ticket, newPassword: NEW_PASSWORD })).body.token;
    expect((await api.call('PUT', '/api/v1/accounts/dan/roles', { as: ann, body: { roles: ['nurse'] } })).status).toBe(200);
    expect((await api.call('PUT', '/api/v1/accounts/ann/roles', { as: ann, body: { roles: [] } })).status).toBe(409);
    expect((await post('/accounts/amy/reset', {}, await api.token('carol'))).status).toBe(403);
    expect((await post('/accounts', { staffId: 'x', username: 'x', name: 'X', roles: ['service'] }, ann)).status).toBe(400);
  });

  test('where a role needs a second factor, the first sign-in sets one up', async () => {
    await api.end();
    api = await startApi({ env: { VIGIL_PUBLIC_URL: ORIGIN, VIGIL_SECOND_FACTOR_ROLES: 'admin' } });
    const first = await signIn('dan');
    expect(first).toMatchObject({ status: 401, body: { code: 'second-factor-enrolment-required' } });
    const setup = await post('/session/second-factor/enrolment', { ticket: first.body.ticket });
    expect(setup.body.uri).toMatch(/^otpauth:\/\/totp\/Vigil:dan\?/);
    expect((await post('/session/second-factor/enrolment', { ticket: first.body.ticket })).body.code).toBe('ticket-expired');
    const confirm = { ticket: setup.body.ticket, code: codeOf(setup.body.secret) };
    const done = await post('/session/second-factor/enrolment/confirm', confirm);
    expect(done.status).toBe(200);
    expect(done.body.recoveryCodes).toHaveLength(10);
    expect(done.body.session.methods).toEqual(['password', 'totp']);
    expect((await get('/accounts', jar(done, 'vigil_session'))).status).toBe(200);
    expect((await signIn('dan')).body.code).toBe('second-factor-required');
    expect((await signIn('amy')).status).toBe(200);
  });
});
