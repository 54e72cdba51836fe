import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { decode } from '../../../edge-gateway/src/decode/decode.js';
import * as contracts from '@vigil/contracts';
import { z } from 'zod';
import { sameOrigin } from '../../../src/access/same-origin.js';
import { credentialsOf } from '../../../src/access/tokens.js';
import { readSettings } from '../../../src/config.js';
import { isPlainPath } from '../../../src/http/plain-path.js';
import { networkOf } from '../../../src/http/request-limits.js';
import { SCHEMAS } from '../../../src/http/schemas.js';
import { parseStrictJson } from '../../../src/http/strict-json.js';
import { type ApiRoute, apiRoutes, isUnsafe } from '../../support/api-routes.js';
import { rawRequest } from '../../support/raw-http.js';
import { type Api, startApi } from '../api-fixture.js';

/** CK-S22, CK-S24, CK-S25: what a body, a query or a header can do to the program that reads it. */

let api: Api;
let routes: readonly ApiRoute[];
let token: string;

beforeAll(async () => {
  api = await startApi();
  routes = await apiRoutes(api);
  token = await api.token('carol');
});
afterAll(() => api.end());
beforeEach(() => api.clock.advance(10_000));

/** The longest that the event loop stood still while `run` ran, in ms. */
async function longestStall(run: () => unknown): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await new Promise((resolve) => setImmediate(resolve));
  await run();
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  return delay.max / 1e6;
}
/** The aim is 100 ms on a quiet machine; tests allow five times as much. */
const STALL_MS_MAX = 500;

const isPolluted = (): boolean => 'x' in {} || 'polluted' in {};

describe('prototype pollution', () => {
  const PAYLOADS = [
    '{"__proto__":{"x":1}}',
    '{"__proto__":null}',
    '{"a":{"__proto__":{"x":1}}}',
    '[{"__proto__":{"x":1}}]',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"a":[{"constructor":{"prototype":{"x":1}}}]}',
    '{"\\u005f_proto__":{"x":1}}',
    '{"__proto__":{"__proto__":{"x":1}}}',
    '{"__proto__\\u0000":1,"__proto__":{"x":1}}',
  ];

  test.each(PAYLOADS)('%s is refused as a body of every route', async (body) => {
    const taken: string[] = [];
    for (const { method, filled } of routes.filter((route) => isUnsafe(route) && route.hasBody)) {
      const headers = filled.endsWith('/backchannel-logout') ? {} : { 'content-type': 'application/json' };
      const reply = await api.call(method, filled, { as: token, headers, body });
      if (reply.status !== 400) taken.push(`${method} ${filled}: ${reply.status}`);
    }
    expect(taken).toEqual([]);
    expect(isPolluted()).toBe(false);
  });

  test.each([
    '__proto__[x]=1',
    '__proto__.x=1',
    'constructor[prototype][x]=1',
    'constructor.prototype.x=1',
    '__proto__=1&__proto__=2',
  ])('the query %s changes nothing', async (query) => {
    const failed: string[] = [];
    for (const { method, filled } of routes.filter((route) => !isUnsafe(route))) {
      const { status } = await api.call(method, `${filled}?${query}`, { as: token });
      if (status >= 500 && !filled.startsWith('/health')) failed.push(`${filled}: ${status}`);
    }
    expect(failed).toEqual([]);
    expect(isPolluted()).toBe(false);
  });

  test('headers and cookies change nothing', async () => {
    const headers = { __proto__x: '1', constructor: 'x', 'idempotency-key': '__proto__', 'if-match': '"__proto__"' };
    const { status } = await api.call('GET', '/api/v1/beds', {
      as: { cookie: '__proto__=x; constructor=1; vigil_session=__proto__' },
      headers,
    });
    expect([status, isPolluted()]).toEqual([401, false]);
  });

  test('settings, device messages and events of the log change nothing', () => {
    const env = JSON.parse('{"__proto__":{"x":"1"},"constructor":{"prototype":{"x":1}}}') as Record<string, string>;
    expect(readSettings(env).port).toBe(3000);
    for (const payload of PAYLOADS) {
      expect(decode(Buffer.from(payload)).message).toBeNull();
      expect(contracts.LogEvent.safeParse(JSON.parse(payload)).success).toBe(false);
    }
    expect(isPolluted()).toBe(false);
  });
});

describe('JSON that no contract takes', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const CASES: readonly (readonly [string, string | Buffer, Readonly<Record<string, string>>, number])[] = [
    ['two thousand objects deep', nested(2_000), {}, 400],
    ['ten thousand arrays deep', '['.repeat(10_000), {}, 400],
    ['33 deep', nested(33), {}, 400],
    ['with a key twice', '{"username":"amy","username":"ben","password":"x"}', {}, 400],
    ['with a number that would be rounded', '{"a":12345678901234567890}', {}, 400],
    ['with a number beyond all', '{"a":1e400}', {}, 400],
    ['with 30,000 keys', `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join(',')}}`, {}, 413],
    ['in no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), {}, 400],
    ['in UTF-16 by name', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['in gzip', '{}', { 'content-encoding': 'gzip' }, 415],
    ['as XML', '<a/>', { 'content-type': 'application/xml' }, 415],
    ['as YAML', 'a: 1', { 'content-type': 'application/yaml' }, 415],
    ['too large', JSON.stringify({ a: 'x'.repeat(70_000) }), {}, 413],
    ['empty', '', { 'content-length': '0' }, 400],
  ];

  test.each(CASES)('%s is refused as problem+json, quickly', async (_name, body, headers, status) => {
    let reply: Response | undefined;
    const stallMs = await longestStall(async () => {
      const more = { 'content-type': 'application/json', ...headers };
      reply = await fetch(`${api.url}/api/v1/session`, { method: 'POST', headers: more, body: body as string });
    });
    expect(reply!.status).toBe(status);
    expect(reply!.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await reply!.text()).not.toMatch(/\bat |node_modules|SyntaxError|fastify/i);
    expect(stallMs).toBeLessThan(STALL_MS_MAX);
  });

  test('nobody else waits while ten thousand levels are refused a hundred times', async () => {
    const body = nested(10_000);
    const stallMs = await longestStall(async () => {
      const ask = () => api.call('POST', '/api/v1/patients', { as: token, body });
      const replies = await Promise.all(Array.from({ length: 100 }, ask));
      expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([400]));
    });
    expect(stallMs).toBeLessThan(STALL_MS_MAX);
  });
});

describe('texts of 100 KB', () => {
  const N = 100_000;
  const TEXTS = [
    'a'.repeat(N),
    '-'.repeat(N),
    ' '.repeat(N),
    '0'.repeat(N),
    '.'.repeat(N),
    '@'.repeat(N),
    'a@'.repeat(N / 2),
    'a.'.repeat(N / 2),
    'a-'.repeat(N / 2),
    `${'a'.repeat(N)}!`,
    `${' '.repeat(N)}x`,
    `a@${'a.'.repeat(N / 2)}`,
    `http://${'a'.repeat(N)}`,
    `http://${'a.'.repeat(N / 2)}!`,
    `Bearer ${'a'.repeat(N)}!`,
    `"${'\\'.repeat(N)}`,
    '=;'.repeat(N / 2),
    '%'.repeat(N),
    '%2e/'.repeat(N / 4),
    ':'.repeat(N),
    `::${'f:'.repeat(N / 2)}`,
    '\u0301'.repeat(N),
    '1'.repeat(N) + 'e',
    `-${'9'.repeat(N)}.`,
  ];

  /** Values of the schema's shape with this text wherever a text can stand. */
  function filled(schema: unknown, text: string, depth = 0): unknown {
    const node = (schema ?? {}) as {
      type?: string;
      properties?: Record<string, unknown>;
      items?: unknown;
      anyOf?: unknown[];
      oneOf?: unknown[];
    };
    if (depth > 5) return text;
    const choice = node.anyOf?.[0] ?? node.oneOf?.[0];
    if (choice !== undefined) return filled(choice, text, depth + 1);
    if (node.type === 'object') {
      return Object.fromEntries(
        Object.entries(node.properties ?? {}).map(([key, value]) => [key, filled(value, text, depth + 1)]),
      );
    }
    return node.type === 'array' ? [filled(node.items, text, depth + 1)] : text;
  }

  test.each(Object.entries(SCHEMAS))('no validator of %s stalls on them', async (_name, schema) => {
    const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const values = TEXTS.flatMap((text) => [text, filled(shape, text)]);
    let slowestMs = 0;
    await longestStall(() => {
      for (const value of values) {
        const startMs = performance.now();
        (schema as z.ZodType).safeParse(value);
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
      }
    });
    expect(slowestMs).toBeLessThan(STALL_MS_MAX);
  });

  test.each<[string, (text: string) => unknown]>([
    ['an Authorization header', (text) => credentialsOf({ authorization: text })],
    ['a Cookie header', (text) => credentialsOf({ cookie: text })],
    ['an Origin', (text) => sameOrigin({ origin: text, host: text }, 'https://a')],
    ['a path', (text) => isPlainPath(text)],
    ['a path within its length', (text) => isPlainPath(`/${text.slice(0, 4_000)}`)],
    ['an address', (text) => networkOf(text)],
    ['a device message', (text) => decode(Buffer.from(text))],
    [
      'JSON',
      (text) =>
        (() => {
          try {
            return parseStrictJson(text);
          } catch {
            return null;
          }
        })(),
    ],
    ['JSON with it as text', (text) => parseStrictJson(JSON.stringify({ a: text }))],
  ])('%s that is one does not stall', (_name, read) => {
    for (const text of TEXTS) {
      const startMs = performance.now();
      read(text);
      expect(performance.now() - startMs).toBeLessThan(STALL_MS_MAX);
    }
  });
});

describe('what is no proper request', () => {
  const host = (): string => `host: ${new URL(api.url).host}\r\n`;

  test.each<[string, (host: string) => string, number]>([
    [
      'two lengths and a chunked body',
      (h) => `POST /api/v1/session HTTP/1.1\r\n${h}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'two lengths that differ',
      (h) => `POST /api/v1/session HTTP/1.1\r\n${h}content-length: 4\r\ncontent-length: 5\r\n\r\n{}{}`,
      400,
    ],
    ['20 KiB of headers', (h) => `GET /health/live HTTP/1.1\r\n${h}x: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a header with a bare CR', (h) => `GET /health/live HTTP/1.1\r\n${h}x: a\rb\r\n\r\n`, 400],
    ['no HTTP', () => 'hello\r\n\r\n', 400],
  ])('%s', async (_name, request, status) => {
    const answer = await rawRequest(api.url, request(host()));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain('application/problem+json');
    expect(answer.text).not.toMatch(/^(server|x-powered-by):/im);
  });

  test('a request that never ends is cut off', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET /health/live HTTP/1.1\r\n${host()}`);
    const drip = setInterval(() => socket.writable && socket.write('x-drop: 1\r\n'), 1_000);
    const startMs = performance.now();
    await new Promise((resolve) => void socket.on('close', resolve));
    clearInterval(drip);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect((await api.call('GET', '/health/live')).status).toBe(200);
  }, 30_000);

  test('no answer names a version or a framework', async () => {
    for (const path of ['/health/live', '/api/v1/beds', '/nothing', '/openapi.json']) {
      const { headers } = await api.call('GET', path);
      for (const name of ['server', 'x-powered-by', 'via']) expect(headers.get(name)).toBeNull();
    }
  });
});
