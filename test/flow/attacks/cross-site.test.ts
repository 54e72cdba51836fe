import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { io } from 'socket.io-client';
import { type ApiRoute, apiRoutes, isUnsafe } from '../../support/api-routes.js';
import { type Api, PASSWORD, startApi } from '../api-fixture.js';

/** CK-S16 and CK-S17: what a page of another site can make a browser send. */

let api: Api;
let routes: readonly ApiRoute[];
const cookies = new Map<string, string>();

async function cookieOf(username: string): Promise<string> {
  const { headers } = await api.call('POST', '/api/v1/session', { body: { username, password: PASSWORD } });
  return headers
    .getSetCookie()
    .map((line) => line.split(';')[0]!)
    .join('; ');
}

beforeAll(async () => {
  api = await startApi();
  routes = (await apiRoutes(api)).filter(isUnsafe);
  for (const name of ['amy', 'carol', 'dan', 'eve']) cookies.set(name, await cookieOf(name));
});
afterAll(() => api.end());

/** Tables that every request touches, refused or not. */
const MOVES = /^(audit|session|meta|counter|sqlite_|kysely_|throttle|attempt)/;

/** What the database holds, as a hash per table. */
function contents(): Readonly<Record<string, string>> {
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'), { readOnly: true });
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as { name: string }[];
  const hashes = names
    .filter(({ name }) => !MOVES.test(name))
    .map(({ name }) => [
      name,
      createHash('sha256')
        .update(JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all()))
        .digest('hex'),
    ]);
  db.close();
  return Object.fromEntries(hashes) as Record<string, string>;
}

const BODY = JSON.stringify({ username: 'amy', password: PASSWORD, subject: 'x', reason: 'because of an emergency here' });

/** As a page elsewhere can have a browser send it. */
const FORMS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    'fetch with JSON',
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
    BODY,
  ],
  ['a form as text', { origin: 'https://evil.example', 'content-type': 'text/plain' }, BODY],
  [
    'a form',
    { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    'logout_token=x&username=amy',
  ],
  ['a form with files', { origin: 'https://evil.example', 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
  ['a sandboxed page', { origin: 'null', 'content-type': 'application/json' }, BODY],
  ['a page without Origin', { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }, BODY],
  ['a page of a sister site', { 'sec-fetch-site': 'same-site', 'content-type': 'application/json' }, BODY],
  ['our name on another port', { origin: 'http://127.0.0.1:1', 'content-type': 'application/json' }, BODY],
  ['our name with more behind it', { origin: 'http://127.0.0.1.evil.example', 'content-type': 'application/json' }, BODY],
  ['a beacon', { origin: 'https://evil.example', 'content-type': 'application/csp-report' }, '{"csp-report":{}}'],
];

test.each(FORMS)('%s has no effect on any route that changes something, whoever is signed in', async (_name, headers, body) => {
  const before = contents();
  const taken: string[] = [];
  for (const cookie of cookies.values()) {
    for (const { method, filled } of routes) {
      const reply = await api.call(method, filled, { as: { cookie }, headers, body });
      const isRefused = reply.status === 403 || reply.status === 415;
      if (!isRefused || reply.headers.getSetCookie().length > 0) taken.push(`${method} ${filled}: ${reply.status}`);
    }
    await api.clock.advance(1_000);
  }
  expect(routes.length).toBeGreaterThan(10);
  expect(taken).toEqual([]);
  expect(contents()).toEqual(before);
});

test('a cookie without a word of where the page comes from is not enough', async () => {
  const before = contents();
  const taken: string[] = [];
  for (const { method, filled } of routes) {
    const { status } = await api.call(method, filled, { as: { cookie: cookies.get('carol')! }, body: '{}' });
    if (status !== 403) taken.push(`${method} ${filled}: ${status}`);
  }
  expect(taken).toEqual([]);
  expect(contents()).toEqual(before);
});

test('a sign-in that another site sends signs nobody in', async () => {
  const body = { username: 'amy', password: PASSWORD };
  const { status, headers } = await api.call('POST', '/api/v1/session', { body, headers: { origin: 'https://evil.example' } });
  expect([status, headers.getSetCookie()]).toEqual([403, []]);
});

describe('sockets of other sites', () => {
  const opened = (transport: 'websocket' | 'polling', headers: Record<string, string>): Promise<string> => {
    const options = { transports: [transport], reconnection: false, forceNew: true, extraHeaders: headers };
    const socket = io(`${api.url}/alarms`, options);
    return new Promise<string>((resolve) => {
      socket.on('connect', () => resolve('connected'));
      socket.on('connect_error', (error) => resolve(error.message));
    }).finally(() => socket.disconnect());
  };

  test.each(['websocket', 'polling'] as const)('a page of ours opens one (%s)', async (transport) => {
    expect(await opened(transport, { cookie: cookies.get('amy')!, origin: api.url })).toBe('connected');
  });

  const FOREIGN: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['another site', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['no origin, but our cookie', {}],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['our name with more behind it', { origin: 'http://127.0.0.1.evil.example' }],
    ['a name that ends like ours', { origin: 'http://evil-127.0.0.1' }],
    ['a file', { origin: 'file://' }],
    ['an extension', { origin: 'chrome-extension://abcdefghijklmnop' }],
    ['a page that hides where it is from', { 'sec-fetch-site': 'cross-site' }],
    ['no origin that can be read', { origin: 'http://' }],
  ];
  const cases = FOREIGN.flatMap(([name, headers]) => [
    [name, 'websocket', headers] as const,
    [name, 'polling', headers] as const,
  ]);

  test.each(cases)('%s does not (%s)', async (_name, transport, headers) => {
    expect(await opened(transport, { ...headers, cookie: cookies.get('amy')! })).not.toBe('connected');
  });
});

describe('what a socket may say', () => {
  const connected = async () => {
    const auth = { token: await api.token('amy') };
    const socket = io(`${api.url}/alarms`, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    await new Promise<void>((resolve) => void socket.on('connect', resolve));
    const closed = new Promise<string>((resolve) => void socket.on('disconnect', resolve));
    return { socket, closed };
  };

  test.each<[string, (socket: Awaited<ReturnType<typeof connected>>['socket']) => void]>([
    ['what nobody listens for', (socket) => void socket.emit('admin.everything', {})],
    ['a name of the prototype', (socket) => void socket.emit('__proto__', {})],
    ['a message of 100 KB', (socket) => void socket.emit('join', { careUnitId: 'x'.repeat(100_000) })],
    ['more than a screen ever says', (socket) => [...Array(500)].forEach(() => socket.emit('join', {}))],
  ])('%s ends it', async (_name, say) => {
    const { socket, closed } = await connected();
    say(socket);
    expect(await closed).toBeTruthy();
  });

  test.each([
    [null],
    [undefined],
    [[]],
    ['icu'],
    [{ careUnitId: { $ne: '' } }],
    [{ careUnitId: 'icu', since: -1 }],
    [{ __proto__: 1 }],
  ])('a join of %j is answered, and nothing is shown', async (message) => {
    const { socket } = await connected();
    expect(await socket.timeout(4_000).emitWithAck('join', message)).toMatchObject({ ok: false });
    socket.disconnect();
  });
});
