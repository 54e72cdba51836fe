import { readFileSync } from 'node:fs';
import type { JoinReply } from '@vigil/contracts';
import type { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { LiveService } from '../../src/live/live.service.js';
import { routesOf } from '../support/routes.js';
import { type Parts, REQUESTS } from './access-requests.js';
import { accessTables, type Answer, ROWS } from './access-table.js';
import { ACTORS, type ActorName, type Situation, WARD, Ward } from './access-ward.js';

let ward: Ward;
const sockets: Socket[] = [];
beforeAll(async () => void (ward = await Ward.open()), 60_000);
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await ward.api.end();
});

let requests = 0;

/** What the real app answers one caller. */
async function ask(route: string, actor: ActorName, situation: Situation): Promise<string> {
  const [method, template] = route.split(' ') as [string, string];
  if (method === 'LIVE') return join(template.replace('.join', ''), actor, situation);
  const parts: Parts = await REQUESTS[route]!({ ward, actor, situation, n: ++requests });
  const known = { ...WARD[situation], ...parts.params } as Readonly<Record<string, string>>;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? `{${name}}`);
  const { as, headers } = parts.endsSession === true ? await ward.fresh(actor) : ward.credentials(actor);
  const { status, body } = await ward.api.call(method, `${path}${parts.query ?? ''}`, {
    ...(as === undefined ? {} : { as }),
    headers: { ...headers, ...parts.headers },
    ...(parts.body === undefined ? {} : { body: parts.body }),
  });
  const isDone = parts.done === undefined ? status < 400 : parts.done.includes(status) || parts.done.includes(body.code);
  if (isDone) return 'yes';
  return [401, 403, 404, 410].includes(status) ? String(status) : `${status} ${JSON.stringify(body).slice(0, 300)}`;
}

/** Opens a socket as the caller and asks for the care unit of the situation. */
async function join(namespace: string, actor: ActorName, situation: Situation): Promise<string> {
  const { as, headers } = ward.credentials(actor);
  const { careUnitId } = WARD[situation];
  const socket = io(`${ward.api.url}${namespace}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...(typeof as === 'string' ? { auth: { token: as } } : { extraHeaders: { ...headers, ...as } }),
  });
  sockets.push(socket);
  const refused = await new Promise<string | null>((resolve) => {
    socket.once('connect', () => resolve(null));
    socket.once('connect_error', (error) => resolve(error.message));
  });
  if (refused !== null) return refused === 'unauthenticated' ? '401' : refused;
  const reply = (await socket.timeout(4_000).emitWithAck('join', { careUnitId })) as JoinReply;
  socket.disconnect();
  if (reply.ok) return 'yes';
  return reply.reason === 'forbidden' ? '403' : reply.reason;
}

test('every route has its rows, and every row its route', async () => {
  const { body: document } = await ward.api.call('GET', '/openapi.json');
  const named = Object.entries(document.paths as Record<string, object>).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  const all = new Set([...named, ...routesOf(ward.api.app).map(({ verb, path }) => `${verb.toUpperCase()} ${path}`)]);
  const rows = new Set(ROWS.flatMap(({ route }) => (route.startsWith('LIVE') ? [] : [route])));
  const advice = 'say who may call it in test/flow/access-table.ts, and how it is asked for in test/flow/access-requests.ts';
  const silent = [...all].filter((route) => !rows.has(route) || REQUESTS[route] === undefined);
  expect(silent.map((route) => `${route}: ${advice}`)).toEqual([]);
  expect([...rows].filter((route) => !all.has(route))).toEqual([]);
});

/** What a page says of itself: nothing is answered or shown by it, and it counts only for care units that its line has joined. */
const SAID_OF_ITSELF = ['/alarms.client.health'];

test('every message that a screen can send has its rows', async () => {
  const live = new Set(ROWS.flatMap(({ route }) => (route.startsWith('LIVE') ? [route.replace('LIVE ', '')] : [])));
  const heard = new Set<string>();
  const server = (ward.api.app.get(LiveService) as unknown as { readonly server: { readonly io: Server } }).server.io;
  for (const namespace of ['/alarms', '/vitals']) {
    const here = new Promise<string[]>((resolve) => {
      server.of(namespace).once('connection', (socket) => setImmediate(() => resolve(socket.eventNames().map(String))));
    });
    const { as } = ward.credentials('nurse');
    sockets.push(io(`${ward.api.url}${namespace}`, { transports: ['websocket'], forceNew: true, auth: { token: as } }));
    for (const name of await here)
      if (!['disconnect', 'disconnecting', 'error'].includes(name)) heard.add(`${namespace}.${name}`);
  }
  expect([...heard].sort()).toEqual([...live, ...SAID_OF_ITSELF].sort());
});

describe.each(ROWS.map((row) => [row.route, row.situation, row.answers] as const))('%s, %s', (route, situation, answers) => {
  test('answers everybody as the table says', async () => {
    const got: Partial<Record<ActorName, string>> = {};
    for (const actor of ACTORS) got[actor] = await ask(route, actor, situation);
    const expected: Partial<Record<ActorName, Answer>> = {};
    ACTORS.forEach((actor, i) => (expected[actor] = answers[i]!));
    expect(got).toEqual(expected);
  }, 20_000);
});

test('docs/access.md shows these tables', () => {
  const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');
  const shown = page.slice(page.indexOf('### Care'), page.indexOf('<!-- end of the tables -->')).trim();
  expect(shown).toBe(accessTables());
});
