import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askPaging } from '../../src/adapters/watchdog/ask-paging.js';
import { EscalationModule } from '../../src/escalation/escalation.module.js';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, SERVICE_TOKEN, startApi, WATCHDOG_TOKEN } from './api-fixture.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let api: Api;
beforeEach(async () => {
  api = await startApi({ workers: [EscalationModule.from({ publicUrl: 'http://127.0.0.1:3000', log })] });
  await api.clock.advance(1_000);
});
afterEach(() => api.end());

const health = async () => {
  const { status, body } = await api.call('GET', '/health/escalation');
  return [status, body.problem];
};

test('while people are told, the watchdog hears so, and the care units that there are', async () => {
  expect(await health()).toEqual([200, null]);
  expect(await askPaging([api.url])).toEqual({
    ok: true,
    careUnitIds: ['icu', 'imc'],
    isCanaryLate: false,
    areScreensUntold: false,
  });
});

test('whoever comes through a proxy hears nothing of it and is no watchdog; a service may ask', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'vigil-watchdog' };
  expect((await api.call('GET', '/health/escalation', { headers })).body).toMatchObject({ code: 'forbidden' });
  expect((await api.call('GET', '/health/escalation', { headers: { via: '1.1 proxy' } })).status).toBe(403);
  expect((await api.call('GET', '/health/escalation', { headers, as: SERVICE_TOKEN })).body.problem).toBeNull();
  expect((await api.call('GET', '/api/v1/status', { as: await api.token('amy') })).body.watchdogAgeMs).toBeNull();
});

test('a watchdog on another machine shows its token, and is believed; one that the platform does not know is told by loopback as before', async () => {
  const age = async () => (await api.call('GET', '/api/v1/status', { as: await api.token('amy') })).body.watchdogAgeMs;
  const headers = { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'vigil-watchdog' };
  expect((await api.call('GET', '/health/escalation', { headers, as: WATCHDOG_TOKEN })).status).toBe(200);
  expect(await age()).toBe(0);
  // A token that was made after the platform had started.
  expect(await askPaging([api.url], 'a'.repeat(43))).toMatchObject({ ok: true });
});

test('of several APIs one that is away or can not see it takes nothing from those that say that people are told', async () => {
  const nobody = 'http://127.0.0.1:9';
  const blind = createServer((_, response) => {
    response.writeHead(503).end(JSON.stringify({ problem: 'store-away', careUnitIds: [] }));
  }).listen(0, '127.0.0.1');
  await once(blind, 'listening');
  const blindUrl = `http://127.0.0.1:${(blind.address() as AddressInfo).port}`;
  expect(await askPaging([nobody, blindUrl, api.url])).toMatchObject({ ok: true });
  expect(await askPaging([nobody, blindUrl])).toMatchObject({ ok: false });
  expect(await askPaging([nobody])).toBeNull();
  blind.close();
});

test('that nobody watches is named by readiness after half a minute, and does not make the platform unready', async () => {
  const watchdog = async () => {
    const { body } = await api.call('GET', '/health/ready');
    return body.parts.find((part: { name: string }) => part.name === 'watchdog');
  };
  expect(await watchdog()).toMatchObject({ ready: false });
  await askPaging([api.url]);
  expect(await watchdog()).toMatchObject({ ready: true });
  // Somebody else who asks is no watchdog.
  await api.clock.advance(31_000);
  await health();
  expect(await watchdog()).toMatchObject({ ready: false });
});

test('a round that never ends is told like one that fails, ten seconds later', async () => {
  const { escalations } = api.stores;
  const due = escalations.due.bind(escalations);
  let goOn = (): void => undefined;
  escalations.due = () => new Promise((resolve) => (goOn = () => resolve([])));
  await api.clock.advance(10_000);
  expect(await health()).toEqual([200, null]);
  await api.clock.advance(1_000);
  expect(await health()).toEqual([503, 'escalator-silent']);
  expect(await askPaging([api.url])).toMatchObject({ ok: false });
  escalations.due = () => Promise.reject(new Error('away'));
  goOn();
  await api.clock.advance(15_000);
  expect(await health()).toEqual([503, 'escalator-silent']);
  escalations.due = due;
  await api.clock.advance(1_000);
  expect(await health()).toEqual([200, null]);
});

test('a wall clock that somebody sets by two hours stops nothing and hides nothing', async () => {
  const { escalations } = api.stores;
  const due = escalations.due.bind(escalations);
  for (const byMs of [7_200_000, -7_200_000]) {
    api.clock.jumpWall(byMs);
    await api.clock.advance(1_000);
    expect(await health()).toEqual([200, null]);
  }
  let goOn = (): void => undefined;
  escalations.due = () => new Promise((resolve) => (goOn = () => resolve([])));
  await api.clock.advance(6_000);
  api.clock.jumpWall(-7_200_000);
  await api.clock.advance(5_000);
  expect(await health()).toEqual([503, 'escalator-silent']);
  escalations.due = due;
  goOn();
});

test('an escalation that is due and stands still is told although every round ends', async () => {
  const { escalations, alarmState } = api.stores;
  escalations.due = () => Promise.resolve([]);
  await alarmState.commit(batch([transition()]));
  await api.clock.advance(10_000);
  expect(await health()).toEqual([200, null]);
  await api.clock.advance(1_000);
  expect(await health()).toEqual([503, 'escalations-late']);
});

test('the status page says all of it in one answer, to whoever may look, and names no patient', async () => {
  await api.stores.alarmState.commit(batch([transition()]));
  await api.clock.advance(2_000);
  const { status, body } = await api.call('GET', '/api/v1/status', { as: await api.token('amy') });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    paging: { problem: null, loops: { escalator: { okMs: expect.any(Number) } }, canary: 'off' },
    canary: { state: 'off', intervalMs: 0, gateways: [] },
    watchdogAgeMs: null,
    channels: [{ channel: 'smtp' }],
  });
  expect(JSON.stringify(body)).not.toMatch(/TESTMAN|Tim|pat-1|enc-1/);
});

test('paging has metrics without names', async () => {
  const text = String((await api.call('GET', '/metrics')).body);
  expect(text).toMatch(/vigil_paging_round_age_seconds\{loop="escalator"\} 0\.?\d*/);
  expect(text).toMatch(/vigil_watchdog_look_age_seconds \+Inf|vigil_watchdog_look_age_seconds Infinity/);
});
