/** A test alarm that somebody asks for, from the real gateway's question for its configuration to the page. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { LogEvent, type SelfTest } from '@vigil/contracts';
import { BedTable, ConfigPoller, GatewayMetrics } from '@vigil/edge-gateway';
import { EscalationModule } from '../../src/escalation/escalation.module.js';
import { CONFIG_PUBLIC_FILE } from '../../src/site/config-key.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, GATEWAY_TOKEN, startApi } from './api-fixture.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let api: Api;
let engine: ReturnType<typeof engineOf>;
let amy: string;
beforeEach(async () => {
  api = await startApi({
    env: { VIGIL_CANARY_S: '60' },
    pagers: 'as set up',
    workers: [EscalationModule.from({ publicUrl: 'http://127.0.0.1:3000', log })],
  });
  engine = engineOf(api.stores);
  await engine.relay();
  amy = await api.token('amy');
});
afterEach(() => api.end());

let seq = 0;
function canary(gatewayId: string): LogEvent {
  const sentWallMs = api.clock.wallMs();
  return LogEvent.parse({
    ...{ v: 1, kind: 'canary', id: `canary/${gatewayId}/${++seq}`, key: `gateway:${gatewayId}`, origin: 'canary' },
    ...{ atMs: sentWallMs, gatewayId, bootId: 'boot', seq, sentWallMs },
  });
}

const start = async (): Promise<SelfTest> => (await api.call('POST', '/api/v1/self-tests', { as: amy })).body as SelfTest;
const newest = async (): Promise<SelfTest> => (await api.call('GET', '/api/v1/self-tests/newest', { as: amy })).body as SelfTest;
/** The configuration of gw-1 as that gateway asks for it. */
const asked = () => api.call('GET', '/api/v1/gateways/gw-1/config', { as: GATEWAY_TOKEN });

test('each gateway is told once that one is wanted, and what comes through passes', async () => {
  expect((await asked()).headers.get('x-vigil-test-alarm')).toBeNull();
  const rows = await api.audited(async () => void (await start()));
  expect(rows).toMatchObject([{ actor: 'amy', action: 'self-test.run', outcome: 'allowed' }]);
  const test = await newest();
  expect(test).toMatchObject({ state: 'running', startedBy: 'amy' });
  expect(test.gateways.map(({ gatewayId }) => gatewayId)).toEqual(['gw-1', 'gw-2']);
  await api.clock.advance(2_000);
  expect((await asked()).headers.get('x-vigil-test-alarm')).toBe(test.testId);
  await engine.take([canary('gw-1')]);
  await api.clock.advance(1_000);
  const [first, second] = (await newest()).gateways;
  expect(first).toMatchObject({ state: 'passed', missing: null });
  expect(first!.hops[0]).toEqual({ at: 'gateway', afterMs: 2_000 });
  expect(first!.hops.at(-1)!.at).toBe('sent');
  expect((await asked()).headers.get('x-vigil-test-alarm')).toBeNull();
  // The other one never asked: it is away, or is no gateway of this platform.
  expect(second).toMatchObject({ state: 'running', hops: [] });
  await api.clock.advance(30_000);
  const over = await newest();
  expect(over).toMatchObject({ state: 'failed', endedAtMs: expect.any(Number) });
  expect(over.gateways[1]).toMatchObject({ gatewayId: 'gw-2', state: 'failed', missing: 'gateway' });
});

test('a test alarm that left by itself before the gateway heard of it proves nothing', async () => {
  await engine.take([canary('gw-1')]);
  await api.clock.advance(1_000);
  await start();
  await api.clock.advance(1_000);
  await asked();
  expect((await newest()).gateways[0]).toMatchObject({ state: 'running' });
  await api.clock.advance(30_000);
  expect((await newest()).gateways[0]).toMatchObject({ state: 'failed', missing: 'hub' });
});

test('what came after the limit did not come in time, however late somebody looks', async () => {
  await start();
  await api.clock.advance(1_000);
  await asked();
  await api.clock.advance(40_000);
  // By itself, as one does every minute.
  await engine.take([canary('gw-1')]);
  await api.clock.advance(1_000);
  expect((await asked()).headers.get('x-vigil-test-alarm')).toBeNull();
  expect((await newest()).gateways[0]).toMatchObject({ state: 'failed', missing: 'hub' });
});

test('what came in time has come, though another left by itself before somebody looked', async () => {
  await start();
  await api.clock.advance(1_000);
  await asked();
  await engine.take([canary('gw-1')]);
  await api.clock.advance(60_000);
  await engine.take([canary('gw-1')]);
  await api.clock.advance(1_000);
  const { state, hops } = (await newest()).gateways[0]!;
  expect(state).toBe('passed');
  expect(Math.max(...hops.map(({ afterMs }) => afterMs))).toBeLessThan(30_000);
});

test('one at a time, and not one right after the other; a nurse may, an auditor may not', async () => {
  const first = await start();
  expect((await start()).testId).toBe(first.testId);
  await api.clock.advance(31_000);
  expect((await newest()).state).toBe('failed');
  const soon = await api.call('POST', '/api/v1/self-tests', { as: amy });
  expect([soon.status, soon.body.code]).toEqual([429, 'too-many-attempts']);
  await api.clock.advance(10_000);
  expect((await start()).testId).not.toBe(first.testId);
  expect((await api.call('POST', '/api/v1/self-tests', { as: await api.token('eve') })).status).toBe(403);
});

test('a store that does not answer is said, and ends nothing', async () => {
  await start();
  const { onCallTroubles } = api.stores;
  const known = onCallTroubles.canaryIn.bind(onCallTroubles);
  await api.clock.advance(1_000);
  await asked();
  onCallTroubles.canaryIn = () => Promise.reject(Object.assign(new Error('away')));
  expect((await api.call('GET', '/api/v1/self-tests/newest', { as: amy })).status).toBe(500);
  onCallTroubles.canaryIn = known;
  expect((await newest()).state).toBe('running');
});

test("the gateway's own poller hears of it, with a new configuration and with none", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigil-self-test-'));
  const keyFile = join(api.dataDir, CONFIG_PUBLIC_FILE);
  const clock = new FakeClock();
  const source = { url: `${api.url}/api/v1/gateways/gw-1/config`, token: GATEWAY_TOKEN, gatewayId: 'gw-1', dataDir, keyFile };
  const poller = new ConfigPoller(source, new BedTable(), clock, new GatewayMetrics(), log);
  const heard: string[] = [];
  poller.tellOfTests((testId) => heard.push(testId));
  await poller.start();
  try {
    const wait = async (n: number): Promise<void> => {
      for (let i = 0; i < 200 && heard.length < n; i++) {
        await clock.advance(4_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const { testId } = await start();
    // The bytes are the same as before, so that the platform answers 304.
    await wait(2);
    expect(new Set(heard)).toEqual(new Set([testId]));
  } finally {
    await poller.stop();
  }
});
