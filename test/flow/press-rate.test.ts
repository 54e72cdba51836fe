import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
let amy: string;
let carol: string;
beforeEach(async () => {
  api = await startApi();
  amy = await api.token('amy');
  carol = await api.token('carol');
  const of = Array.from({ length: 12 }, (_, n) => transition({ alarmId: alarmIdNo(n), onsetMs: 1_000 + n, atMs: 1_000 + n }));
  await api.stores.alarmState.commit(batch(of));
});
afterEach(() => api.end());

const press = (n: number, verb: 'accept' | 'acknowledge' = 'acknowledge', as = amy, key = newKey()) =>
  api.call('POST', `/api/v1/alarms/${alarmIdNo(n)}/${verb}`, {
    ...{ as, body: {}, headers: { 'if-match': '"1"', 'idempotency-key': key } },
  });
const pending = async (n: number) => (await api.stores.alarms.get(alarmIdNo(n)))!.acknowledgePending;

test('a screen that presses two alarms in the same instant silences one and no more, says why, and is held for five seconds', async () => {
  const rows = await api.audited(async () => {
    expect((await press(1)).status).toBe(200);
    const refused = await press(2);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([429, 'impossible-rate', '5']);
  });
  expect(rows.map((row) => [row.action, row.outcome, row.detail?.replace(/command.*/, '')])).toMatchObject([
    ['alarm.acknowledge', 'allowed', expect.anything()],
    ['alarm.acknowledge', 'refused', 'impossible-rate'],
  ]);
  expect(await pending(2)).toBe(false);
  await api.clock.advance(3_000);
  expect((await press(2)).status).toBe(429);
  await api.clock.advance(2_100);
  expect((await press(2)).status).toBe(200);
  expect((await api.call('GET', '/metrics')).body).toMatch(
    /vigil_impossible_presses_total\{kind="acknowledge",why="same-instant"\} 1/,
  );
});

test('a screen that presses by itself does not pause its sound for good either', async () => {
  const pause = () =>
    api.call('POST', '/api/v1/care-units/icu/audio-pauses', {
      ...{ as: amy, body: { seconds: 60 }, headers: { 'idempotency-key': newKey() } },
    });
  expect((await pause()).status).toBe(201);
  expect((await press(1)).status).toBe(429);
  await api.clock.advance(1_000);
  expect((await pause()).body.code).toBe('impossible-rate');
  await api.clock.advance(5_000);
  expect((await pause()).status).toBe(201);
});

test('another session is not held for it', async () => {
  await press(1);
  expect((await press(2)).status).toBe(429);
  expect((await press(3, 'acknowledge', carol)).status).toBe(200);
});

test('a nurse who goes from alarm to alarm, and whose line repeats what it sent, is never refused', async () => {
  for (let n = 0; n < 12; n++) {
    const key = newKey();
    for (let tries = 0; tries < 3; tries++) expect((await press(n, 'acknowledge', amy, key)).status).toBe(200);
    await api.clock.advance(700);
  }
});

test('nobody is kept from saying that they come by what was refused before; two at once is nobody who comes', async () => {
  await press(1);
  expect((await press(2)).status).toBe(429);
  await api.clock.advance(300);
  expect((await press(3, 'accept')).status).toBe(200);
  expect((await press(4, 'accept')).status).toBe(429);
  // The escalation that was not accepted runs on.
  expect((await api.stores.alarms.get(alarmIdNo(4)))!.escalation.state).toBe('running');
});

test('no route takes several alarms: each is acknowledged by itself', async () => {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, unknown>>);
  const posts = paths.filter(([path, of]) => /acknowledge|accept/.test(path) && of['post'] !== undefined).map(([path]) => path);
  expect(posts.filter((path) => !/\{(alarmId|token)\}/.test(path))).toEqual([]);
  expect(posts.length).toBeGreaterThanOrEqual(3);
  const bulk = await api.call('POST', '/api/v1/alarms/acknowledge', {
    as: amy,
    body: { alarmIds: [alarmIdNo(1), alarmIdNo(2)] },
  });
  expect(bulk.status).toBeGreaterThanOrEqual(400);
  expect([await pending(1), await pending(2)]).toEqual([false, false]);
});
