import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Hello, JoinReply, SessionEnded } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { io, type Socket } from 'socket.io-client';
import { sessionRef } from '../../src/access/caller.js';
import { tokenHash } from '../../src/access/tokens.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { type Api, PASSWORD, type Reply, startApi } from './api-fixture.js';

let api: Api;
const open: Socket[] = [];
beforeEach(async () => void (api = await startApi()));
afterEach(async () => {
  for (const socket of open.splice(0)) socket.disconnect();
  await api.end();
});

const cookieOf = ({ headers }: Reply, name: string): string =>
  headers
    .getSetCookie()
    .map((each) => each.split(';')[0]!)
    .find((each) => each.startsWith(`${name}=`)) ?? '';

/** A screen of `icu`: its cookie, its id, and what enrolling it answered. */
async function enrolled(): Promise<{ cookie: string; stationId: string; code: string; reply: Reply }> {
  const carol = await api.token('carol');
  const made = await api.call('POST', '/api/v1/stations', { as: carol, body: { careUnitId: 'icu', label: 'Desk 2' } });
  expect(made.status).toBe(201);
  const code = made.body.enrolmentCode as string;
  const reply = await api.call('POST', '/api/v1/station-session', { body: { code: code.toUpperCase() } });
  expect(reply.status).toBe(200);
  return { cookie: cookieOf(reply, 'vigil_station'), stationId: made.body.station.stationId, code, reply };
}

async function signedIn(as: { cookie: string }, username = 'amy'): Promise<string> {
  const reply = await api.call('POST', '/api/v1/session', {
    as,
    headers: { origin: api.url },
    body: { username, password: PASSWORD },
  });
  expect(reply.status).toBe(200);
  return cookieOf(reply, 'vigil_session');
}

function socket(cookie: string, namespace = '/alarms') {
  const opened = io(`${api.url}${namespace}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie, origin: api.url },
  });
  open.push(opened);
  return {
    hello: new Promise<Hello>((resolve) => void opened.on('hello', resolve)),
    ended: new Promise<SessionEnded>((resolve) => void opened.on('session.ended', resolve)),
    closed: new Promise<string>((resolve) => void opened.on('disconnect', resolve)),
    refused: new Promise<string>((resolve) => void opened.on('connect_error', (error) => resolve(error.message))),
    join: (careUnitId: string) => opened.timeout(4_000).emitWithAck('join', { careUnitId }) as Promise<JoinReply>,
  };
}

/** Time goes by second by second, and what it sets off is done each time. */
async function seconds(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await api.clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a station', () => {
  test('sees the beds and alarms of its care unit, and may do nothing', async () => {
    const { cookie, stationId } = await enrolled();
    const as = { cookie };
    expect((await api.call('GET', '/api/v1/station-session', { as })).body).toMatchObject({ stationId, careUnitId: 'icu' });
    const beds = (await api.call('GET', '/api/v1/beds', { as })).body.items as { careUnitId: string }[];
    expect(new Set(beds.map((bed) => bed.careUnitId))).toEqual(new Set(['icu']));
    expect((await api.call('GET', '/api/v1/alarms', { as })).status).toBe(200);
    for (const [method, path] of [
      ['GET', '/session'],
      ['GET', '/account'],
      ['GET', '/patients'],
      ['GET', '/beds/icu-1/history?metric=heartRate&from=0&to=1'],
      ['GET', '/audit'],
      ['POST', '/encounters'],
      ['POST', '/stations'],
      ['POST', '/break-glass'],
    ] as const) {
      const { status } = await api.call(method, `/api/v1${path}`, {
        as,
        headers: { origin: api.url },
        ...(method === 'POST' ? { body: {} } : {}),
      });
      expect([path, status]).toEqual([path, 401]);
    }
    const screen = socket(cookie);
    expect((await screen.hello).roles).toEqual([]);
    expect(await screen.join('icu')).toEqual({ ok: true });
    expect(await screen.join('imc')).toMatchObject({ ok: false, reason: 'forbidden' });
  });

  test('a screen that is none is told so, and no row says that it was refused', async () => {
    const rows = await api.audited(async () => {
      expect((await api.call('GET', '/api/v1/station-session')).status).toBe(204);
      expect((await api.call('GET', '/api/v1/station-session', { as: await api.token('amy') })).status).toBe(204);
      expect((await api.call('GET', '/api/v1/session')).status).toBe(401);
      const { cookie } = await enrolled();
      expect((await api.call('GET', '/api/v1/session', { as: { cookie } })).status).toBe(401);
    });
    expect(rows.filter((row) => row.outcome !== 'allowed')).toEqual([]);
  });

  test.each([
    ['GET', '/api/v1/station-session', { cookie: 'vigil_station=made-up' }],
    ['GET', '/api/v1/station-session', { cookie: `vigil_station=${'x'.repeat(300)}` }],
    ['GET', '/api/v1/session', { cookie: 'vigil_session=made-up' }],
    ['GET', '/api/v1/session', 'made-up'],
    ['GET', '/api/v1/account', undefined],
  ] as const)('%s %s by what is made up, or without being asked who, is a refusal with its row: %j', async (method, path, as) => {
    const rows = await api.audited(async () => {
      const reply = await api.call(method, path, as === undefined ? {} : { as });
      expect(reply.status).toBe(401);
      if (path.endsWith('station-session')) expect(cookieOf(reply, 'vigil_station')).toBe('vigil_station=');
    });
    expect(rows.map((row) => [row.outcome, row.actor])).toEqual([['refused', 'anonymous']]);
  });

  test('leaves audit rows of its own', async () => {
    const { cookie, stationId } = await enrolled();
    const rows = await api.audited(() => api.call('GET', '/api/v1/beds', { as: { cookie } }));
    expect(rows.map((row) => [row.actor, row.action, row.outcome])).toEqual([[`station:${stationId}`, 'bed.read', 'allowed']]);
  });

  test('its code works once and for fifteen minutes; guessing it ends', async () => {
    const { code } = await enrolled();
    const enrol = (tried: string) => api.call('POST', '/api/v1/station-session', { body: { code: tried } });
    expect((await enrol(code)).body.code).toBe('wrong-code');
    const carol = await api.token('carol');
    const made = await api.call('POST', '/api/v1/stations', { as: carol, body: { careUnitId: 'icu', label: 'Desk 3' } });
    await api.clock.advance(15 * 60_000);
    expect((await enrol(made.body.enrolmentCode)).body.code).toBe('wrong-code');
    const statuses: number[] = [];
    for (let n = 0; n < 101; n += 1) statuses.push((await enrol('abcd-efgh-jkmn')).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test('is made by whoever runs the care unit, and by nobody else', async () => {
    const body = { careUnitId: 'imc', label: 'x' };
    expect((await api.call('POST', '/api/v1/stations', { as: await api.token('carol'), body })).status).toBe(404);
    expect((await api.call('POST', '/api/v1/stations', { as: await api.token('amy'), body })).status).toBe(403);
    expect((await api.call('POST', '/api/v1/stations', { as: await api.token('dan'), body })).status).toBe(201);
    expect((await api.call('GET', '/api/v1/stations', { as: await api.token('carol') })).body.items).toEqual([]);
    expect((await api.call('GET', '/api/v1/stations', { as: await api.token('dan') })).body.items).toHaveLength(1);
  });

  test('its token is made anew once a day, and a copy of the old one is worth nothing a minute later', async () => {
    const { cookie } = await enrolled();
    // Its clock stands still for a day at once: nothing else happens in it.
    const { clock } = api;
    const wallMs = clock.wallMs();
    clock.wallMs = () => wallMs + 86_400_000;
    const shown = await api.call('GET', '/api/v1/station-session', { as: { cookie } });
    const next = cookieOf(shown, 'vigil_station');
    expect(next).not.toBe('');
    expect(next).not.toBe(cookie);
    expect((await api.call('GET', '/api/v1/beds', { as: { cookie } })).status).toBe(200);
    clock.wallMs = () => wallMs + 86_400_000 + 60_000;
    expect((await api.call('GET', '/api/v1/beds', { as: { cookie } })).status).toBe(401);
    expect((await api.call('GET', '/api/v1/beds', { as: { cookie: next } })).status).toBe(200);
  });
});

describe('the person on top of a station', () => {
  test('decides what may be done; when they sign out the screen goes on as the station', async () => {
    const { cookie, stationId } = await enrolled();
    const both = `${cookie}; ${await signedIn({ cookie })}`;
    const rows = await api.audited(() => api.call('GET', '/api/v1/beds', { as: { cookie: both } }));
    expect(rows[0]).toMatchObject({ actor: 'amy' });
    const screen = socket(both);
    expect((await screen.hello).staffId).toBe('amy');
    expect((await api.call('DELETE', '/api/v1/session', { as: { cookie: both }, headers: { origin: api.url } })).status).toBe(
      204,
    );
    expect(await screen.ended).toEqual({ reason: 'session-ended' });
    expect(await screen.closed).toBe('io server disconnect');
    const again = socket(both);
    expect((await again.hello).name).toBe(`station:${stationId}`);
    expect(await again.join('icu')).toEqual({ ok: true });
  });

  test('who does nothing for fifteen minutes is signed out, however long the socket hears', async () => {
    const { cookie } = await enrolled();
    const both = `${cookie}; ${await signedIn({ cookie })}`;
    const screen = socket(both);
    await screen.hello;
    await screen.join('icu');
    await api.clock.advance(8 * 60_000);
    const second = socket(both, '/vitals');
    await second.hello;
    await api.clock.advance(7 * 60_000 + 1_000);
    expect(await screen.ended).toEqual({ reason: 'session-ended' });
    expect((await api.call('GET', '/api/v1/session', { as: { cookie: both } })).status).toBe(401);
    expect((await api.call('GET', '/api/v1/beds', { as: { cookie: both } })).status).toBe(200);
  });
});

describe('within five seconds, in every process', () => {
  test.each(['logout', 'disabling', 'roles', 'reset'])('%s reaches sockets of a process that was not told', async (what) => {
    const token = await api.token('amy');
    const screen = io(`${api.url}/alarms`, { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } });
    open.push(screen);
    const ended = new Promise((resolve) => void screen.on('session.ended', resolve));
    await new Promise((resolve) => void screen.on('hello', resolve));
    await seconds(1);
    // What another process does to the store: this one's sessions are not told.
    const { sessionStore, accounts } = api.stores;
    const staffId = 'amy' as never;
    const change = { audit: rowOf(what), wallMs: api.clock.wallMs() };
    if (what === 'logout') await sessionStore.end(tokenHash(token));
    if (what === 'disabling') await accounts.setDisabled(staffId, true, change);
    if (what === 'roles') await accounts.setRoles(staffId, ['physician'], change);
    if (what === 'reset') {
      await accounts.reset(staffId, { password: { hash: 'x', untilMs: 0 }, secondFactors: true }, change);
    }
    await seconds(3);
    expect(await ended).toEqual({ reason: 'session-ended' });
    expect((await api.call('GET', '/api/v1/session', { as: token })).status).toBe(401);
  });

  test('revoking a station darkens its screens, and whoever has its cookie is nobody', async () => {
    const { cookie, stationId } = await enrolled();
    const screen = socket(cookie);
    await screen.hello;
    await api.stores.stations.revoke(stationId, { audit: rowOf('revoke'), wallMs: api.clock.wallMs() });
    await seconds(3);
    expect(await screen.ended).toEqual({ reason: 'session-ended' });
    expect(await socket(cookie).refused).toBe('unauthenticated');
    const shown = await api.call('GET', '/api/v1/station-session', { as: { cookie } });
    expect(shown.status).toBe(401);
    expect(cookieOf(shown, 'vigil_station')).toBe('vigil_station=');
  });

  test('a store that is away ends no socket', async () => {
    const token = await api.token('amy');
    const screen = io(`${api.url}/alarms`, { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } });
    open.push(screen);
    const ended: unknown[] = [];
    screen.on('session.ended', (message) => ended.push(message));
    await new Promise((resolve) => void screen.on('hello', resolve));
    api.stores.sessionStore.alive = () => Promise.reject(new PlatformError('store-unavailable', {}, true));
    await seconds(5);
    expect(ended).toEqual([]);
    expect(screen.connected).toBe(true);
  });
});

test('the name of a session in audit rows is not its token and does not open it', async () => {
  const token = await api.token('amy');
  const { body } = await api.call('GET', '/api/v1/session', { as: token });
  expect(body.sessionRef).toBe(sessionRef({ tokenHash: tokenHash(token) }));
  expect((await api.call('GET', '/api/v1/session', { as: body.sessionRef })).status).toBe(401);
});

function rowOf(what: string) {
  return auditEntry({ actor: 'dan', action: 'account.test', object: 'staff:amy', outcome: 'allowed', detail: what });
}

test('a screen becomes no station while the audit trail takes no rows, and its code still holds', async () => {
  const carol = await api.token('carol');
  const made = await api.call('POST', '/api/v1/stations', { as: carol, body: { careUnitId: 'icu', label: 'Desk 3' } });
  const enrol = () => api.call('POST', '/api/v1/station-session', { body: { code: made.body.enrolmentCode } });
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  db.exec("create trigger broken before insert on audit begin select raise(abort, 'broken'); end");
  api.breakAudit(true);
  const refused = await enrol();
  expect([refused.status >= 500, refused.headers.getSetCookie()]).toEqual([true, []]);
  api.breakAudit(false);
  db.exec('drop trigger broken');
  db.close();
  const rows = await api.audited(async () => expect((await enrol()).status).toBe(200));
  expect(rows.map((row) => [row.action, row.object, row.outcome])).toEqual([
    ['station.enrol', `station:${made.body.station.stationId}`, 'allowed'],
  ]);
});
