/** What costs much is made a few at a time: a person presses five times, and five persons do. */
import { type Api, startApi } from './api-fixture.js';

let api: Api;
const tokens = new Map<string, string>();
let goOn: () => void;
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'ben', 'carol', 'eve', 'dan']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const get = (path: string, who = 'amy') => api.call('GET', `/api/v1${path}`, { as: tokens.get(who)! });
const HISTORY = '/beds/icu-1/history/export?metric=heartRate&from=0&to=1000&reason=transfer';
const ALARMS = '/alarms/export?careUnit=icu&from=0&to=1000&reason=other';
const running = async (kind: string) => {
  const { body } = await api.call('GET', '/metrics');
  return Number(new RegExp(`vigil_heavy_requests\\{kind="${kind}"\\} (\\d+)`).exec(String(body))![1]);
};

/** What the store is asked for waits until `goOn`. */
function hold<K extends string>(store: Record<K, (...given: never[]) => Promise<unknown>>, method: K): () => void {
  const real = store[method];
  const held = new Promise<void>((resolve) => (goOn = resolve));
  store[method] = async (...given) => {
    await held;
    return Reflect.apply(real, store, given);
  };
  return () => (store[method] = real);
}
const soon = async (kind: string, count: number) => {
  while ((await running(kind)) !== count) await new Promise((resolve) => setTimeout(resolve, 10));
};

test.each([
  ['history-export', HISTORY, () => api.observations, 'gaps'],
  ['alarm-export', ALARMS, () => api.stores.alarms, 'list'],
] as const)(
  '%s: a person who presses five times has one made, and the others are told to wait',
  async (kind, path, store, method) => {
    const release = hold(store() as never, method as never);
    const first = get(path);
    await soon(kind, 1);
    const again = await Promise.all([1, 2, 3, 4].map(() => get(path)));
    expect(again.map(({ status, body, headers }) => [status, body.code, headers.get('retry-after')])).toEqual(
      again.map(() => [429, 'too-many-attempts', '5']),
    );
    goOn();
    expect((await first).status).toBe(200);
    release();
    await soon(kind, 0);
    expect((await get(path)).status).toBe(200);
  },
);

test('many persons have a few made at a time, and an outage frees the place', async () => {
  const release = hold(api.stores.alarms as never, 'list' as never);
  const two = [get(ALARMS, 'amy'), get(ALARMS, 'ben')];
  await soon('alarm-export', 2);
  expect((await get(ALARMS, 'carol')).status).toBe(429);
  release();
  goOn();
  expect((await Promise.all(two)).map(({ status }) => status)).toEqual([200, 200]);
  api.stores.alarms.list = () => Promise.reject(new Error('away'));
  for (let n = 0; n < 4; n += 1) expect((await get(ALARMS)).status).toBe(500);
  delete (api.stores.alarms as { list?: unknown }).list;
  expect((await get(ALARMS)).status).toBe(200);
  expect(String((await api.call('GET', '/metrics')).body)).toMatch(
    /vigil_heavy_requests_refused_total\{kind="alarm-export",why="all"\} 1/,
  );
});

test('a count of the audit trail waits for its turn; a filter that is changed twice is no refusal, a fourth one at once is', async () => {
  const release = hold(api.stores.auditTrail as never, 'list' as never);
  const path = '/audit/summary?from=0&to=1';
  const three = [1, 2, 3].map(() => get(path, 'eve'));
  await soon('audit-summary', 3);
  expect((await get(path, 'eve')).status).toBe(429);
  goOn();
  expect((await Promise.all(three)).map(({ status }) => status)).toEqual([200, 200, 200]);
  release();
  await soon('audit-summary', 0);
});

test.each([
  ['history-export', HISTORY, 'amy'],
  ['audit-export', '/audit/export?from=0&to=1', 'eve'],
])('%s: a file that is not sent because the audit trail is away frees its place at once', async (kind, path, who) => {
  for (let n = 0; n < 2; n += 1) {
    api.breakAudit(true);
    expect(await get(path, who)).toMatchObject({ status: 503, body: { code: 'audit-unavailable' } });
    api.breakAudit(false);
    await soon(kind, 0);
  }
  expect((await get(path, who)).status).toBe(200);
});

test('a person is one in all their sessions, and the refusal in the trail says of which bed the file was asked for', async () => {
  const release = hold(api.observations as never, 'gaps' as never);
  const first = get(HISTORY);
  await soon('history-export', 1);
  const rows = await api.audited(async () => {
    expect((await api.call('GET', `/api/v1${HISTORY}`, { as: await api.token('amy') })).status).toBe(429);
  });
  expect(rows.find(({ outcome }) => outcome === 'refused')).toMatchObject({ object: 'bed:icu-1', detail: 'too-many-attempts' });
  goOn();
  expect((await first).status).toBe(200);
  release();
});

test('a file that nobody takes any more frees its place', async () => {
  const samples = Array.from({ length: 60_000 }, (_, i) => ({
    ...{ bedId: 'icu-1', metric: 'heartRate', deviceId: 'sim-icu-1', value: 60 + (i % 9) },
    ...{ atMs: i, quality: 'valid' },
  }));
  await api.clock.advance(120_000);
  await api.observations.write(0, { samples } as never, '1');
  const leaving = new AbortController();
  const answer = await fetch(`${api.url}/api/v1/beds/icu-1/history/export?metric=heartRate&from=0&to=60000&reason=transfer`, {
    headers: { authorization: `Bearer ${tokens.get('amy')}` },
    signal: leaving.signal,
  });
  expect(answer.status).toBe(200);
  await answer.body!.getReader().read();
  await soon('history-export', 1);
  leaving.abort();
  await soon('history-export', 0);
});
