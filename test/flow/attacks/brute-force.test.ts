import { jest } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { auditEntry } from '../../../src/ports/audit-trail.js';
import { type Api, PASSWORD, type Reply, startApi } from '../api-fixture.js';

// CK-S18: guessing and stuffing, without locking out anybody who belongs there.

// Each guess that is looked at costs an Argon2 hash.
jest.setTimeout(60_000);

let api: Api;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.end());

const attempt = (username: string, password: string, headers: Record<string, string> = {}): Promise<Reply> =>
  api.call('POST', '/api/v1/session', { body: { username, password }, headers: { origin: api.url, ...headers } });
const deviceOf = ({ headers }: Reply): string =>
  headers
    .getSetCookie()
    .map((each) => each.split(';')[0]!)
    .find((each) => each.startsWith('vigil_device=')) ?? '';

/** How many of these were looked at, rather than told to wait. */
async function lookedAt(count: number, one: (n: number) => Promise<Reply>): Promise<number> {
  let seen = 0;
  for (let n = 0; n < count; n += 1) if ((await one(n)).status === 401) seen += 1;
  return seen;
}

test('a thousand tries at one account from one address: ten are looked at', async () => {
  expect(await lookedAt(1_000, (n) => attempt('amy', `guess ${n}`))).toBe(10);
  expect((await attempt('amy', PASSWORD)).status).toBe(429);
  await api.clock.advance(15 * 60_000);
  expect((await attempt('amy', PASSWORD)).status).toBe(200);
});

test('ten in any quarter of an hour, not twenty around its edge', async () => {
  expect(await lookedAt(1, () => attempt('amy', 'wrong'))).toBe(1);
  await api.clock.advance(14 * 60_000);
  expect(await lookedAt(20, () => attempt('amy', 'wrong'))).toBe(9);
  await api.clock.advance(60_000);
  expect(await lookedAt(20, () => attempt('amy', 'wrong'))).toBe(1);
});

test('tries side by side are counted like those one after the other', async () => {
  const replies = await Promise.all(Array.from({ length: 40 }, () => attempt('amy', 'wrong')));
  expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
});

test('one try at each of a thousand accounts from one address: a hundred are looked at', async () => {
  expect(await lookedAt(1_000, (n) => attempt(`person${n}`, 'Summer2026!'))).toBe(100);
});

test('another spelling of the name is the same account, and a header is no address', async () => {
  const spellings = ['amy', 'AMY', 'Amy', 'ａｍｙ'];
  const seen = await lookedAt(40, (n) =>
    attempt(spellings[n % 4]!, 'wrong', {
      'x-forwarded-for': `10.0.0.${n}`,
      forwarded: `for=10.0.0.${n}`,
      'x-real-ip': `10.0.0.${n}`,
    }),
  );
  expect(seen).toBe(10);
});

test('a browser that the person signed in with before is held up by nobody else’s guesses', async () => {
  const device = deviceOf(await attempt('amy', PASSWORD));
  expect(device).toMatch(/^vigil_device=.{40,}/);
  expect(await lookedAt(200, () => attempt('amy', 'wrong'))).toBe(10);
  expect(await lookedAt(200, (n) => attempt(`stuffed${n}`, 'wrong'))).toBe(90);
  expect((await attempt('amy', PASSWORD)).status).toBe(429);
  // At the workstation, and beside somebody else's cookie there.
  expect((await attempt('amy', PASSWORD, { cookie: device })).status).toBe(200);
  // The browser is known to amy, not to ben.
  expect((await attempt('ben', PASSWORD, { cookie: device })).status).toBe(429);
  // And it is no way around: it has ten tries of its own.
  expect(await lookedAt(20, () => attempt('amy', 'wrong', { cookie: device }))).toBe(10);
});

test('made-up passkeys hold up no browser that people sign in with', async () => {
  const device = deviceOf(await attempt('amy', PASSWORD));
  const credential = {
    id: 'AAAA',
    rawId: 'AAAA',
    type: 'public-key',
    response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
  };
  const answer = (headers: Record<string, string> = {}) =>
    api.call('POST', '/api/v1/session/passkey/verify', {
      body: { ticket: 'A'.repeat(43), credential },
      headers: { origin: api.url, ...headers },
    });
  const statuses: number[] = [];
  for (let n = 0; n < 101; n += 1) statuses.push((await answer()).status);
  expect([statuses[0], statuses.at(-1)]).toEqual([410, 429]);
  const atTheWorkstation = [];
  for (let n = 0; n < 101; n += 1) atTheWorkstation.push((await answer({ cookie: device })).status);
  expect([atTheWorkstation[0], atTheWorkstation.at(-1)]).toEqual([410, 429]);
  const forged = { cookie: `${device.slice(0, -1)}${device.endsWith('A') ? 'B' : 'A'}` };
  expect((await answer(forged)).status).toBe(429);
});

test('nobody makes a device cookie or gives one to another account', async () => {
  const device = deviceOf(await attempt('amy', PASSWORD));
  expect(await lookedAt(20, () => attempt('carol', 'wrong'))).toBe(10);
  const [deviceId, until, , mac] = device.split('=')[1]!.split('.') as [string, string, string, string];
  const forged = [
    device.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    `vigil_device=${deviceId}.${until}.${'A'.repeat(12)}.${mac}`,
    `vigil_device=${deviceId}.zzzzzzz.${'A'.repeat(12)}.${mac}`,
    'vigil_device=x',
    `vigil_device=${'A'.repeat(5_000)}`,
  ];
  for (const cookie of forged) expect((await attempt('carol', PASSWORD, { cookie })).status).toBe(429);
});

test('a password that is locked stops nobody who is signed in: not their alarms, not their emergency', async () => {
  const token = await api.token('amy');
  await lookedAt(20, () => attempt('amy', 'wrong'));
  expect((await attempt('amy', PASSWORD)).status).toBe(429);
  expect((await api.call('GET', '/api/v1/alarms', { as: token })).status).toBe(200);
  const body = { bedId: 'icu-1', reason: 'emergency' };
  expect((await api.call('POST', '/api/v1/break-glass', { as: token, body })).status).toBe(201);
});

test('what was refused is in the audit trail, bounded, and says no password', async () => {
  const rows = await api.audited(() => lookedAt(30, () => attempt('amy', 'my-secret-guess')));
  expect(rows.every((row) => row.action === 'session.login' && row.outcome === 'refused')).toBe(true);
  expect(JSON.stringify(rows)).not.toContain('my-secret-guess');
  expect(rows.length).toBe(30);
});

/** Median time of an answer, in ms, of calls that take turns, so that what else runs falls on all of them alike. */
async function medians(kinds: readonly (() => Promise<unknown>)[], rounds: number): Promise<number[]> {
  const times = kinds.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, kind] of kinds.entries()) {
      const startMs = performance.now();
      await kind();
      times[at]!.push(performance.now() - startMs);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!);
}

test('no account, a disabled one, one without a password and a wrong password take the same time', async () => {
  const { accounts } = api.stores;
  const change = {
    audit: auditEntry({ actor: 'dan', action: 'account.disable', object: 'staff:ben', outcome: 'allowed' }),
    wallMs: api.clock.wallMs(),
  };
  await accounts.setDisabled('ben' as never, true, change);
  await accounts.create({ staffId: 'sso' as never, username: 'sso', name: 'Single Sign On', roles: [], password: null }, change);
  let n = 0;
  const { clock } = api;
  const startMs = clock.wallMs();
  // Each try in a quarter of an hour of its own.
  clock.wallMs = () => startMs + (n += 1) * 16 * 60_000;
  const kinds = ['amy', 'nobody-here', 'ben', 'sso'].map((name) => () => attempt(name, 'wrong password'));
  await medians(kinds, 3);
  const [wrong, ...others] = await medians(kinds, 25);
  // CK-S18 asks for less than 5 ms. A busy machine gets five times that, or a quarter of what one check of a password takes it:
  // an answer without that check would be faster by nearly all of it.
  for (const other of others) expect(Math.abs(other - wrong!)).toBeLessThan(Math.max(25, wrong! / 4));
});
