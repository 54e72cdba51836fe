import { CareUnitId, LogEvent } from '@vigil/contracts';
import { EscalationModule } from '../../src/escalation/escalation.module.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, startApi } from './api-fixture.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const INTERVAL_MS = 60_000;
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
/** A test message of the gateway, as it comes from the log. */
function canary(gatewayId: string): LogEvent {
  const sentWallMs = api.clock.wallMs();
  return LogEvent.parse({
    ...{ v: 1, kind: 'canary', id: `canary/${gatewayId}/${++seq}`, key: `gateway:${gatewayId}`, origin: 'canary' },
    ...{ atMs: sentWallMs, gatewayId, bootId: 'boot', seq, sentWallMs },
  });
}
const status = async () => (await api.call('GET', '/api/v1/status', { as: amy })).body;
const both = () => engine.take([canary('gw-1'), canary('gw-2')]);

test('a test message goes the whole way to its page, and how long it took is on the status page', async () => {
  expect((await status()).canary).toMatchObject({ state: 'waiting', intervalMs: INTERVAL_MS });
  await both();
  await api.clock.advance(1_000);
  const { canary: seen, paging, channels } = await status();
  expect(seen.state).toBe('ok');
  expect(seen.gateways.map((trip: { gatewayId: string }) => trip.gatewayId)).toEqual(['gw-1', 'gw-2']);
  expect(seen.gateways[0].tookMs).toBeLessThanOrEqual(750);
  expect(seen.gateways[0].hops.map((hop: { at: string }) => hop.at)).toEqual(['queued', 'sent']);
  expect(paging).toMatchObject({ problem: null, canary: 'ok' });
  expect(channels).toMatchObject([{ channel: 'canary', sent: 2, failed: 0 }]);
});

test('nobody sees it, and nothing counts it', async () => {
  const rows = await api.audited(async () => {
    for (let i = 0; i < 3; i++) {
      await both();
      await api.clock.advance(INTERVAL_MS);
    }
  });
  expect(rows).toEqual([]);
  for (const unit of ['icu', 'imc']) {
    const { alarms, cursor } = await api.stores.alarms.open(CareUnitId.parse(unit));
    expect([alarms, cursor]).toEqual([[], 0]);
  }
  expect((await api.call('GET', '/api/v1/alarms', { as: amy })).body.items).toEqual([]);
  expect(JSON.stringify((await api.call('GET', '/api/v1/staff', { as: await api.token('dan') })).body)).not.toContain('canary');
  const relayed = await engine.relay();
  expect(relayed).toEqual([]);
});

test('two and a half intervals without one is an alarm of the care units of its gateway, until one comes through', async () => {
  await both();
  await api.clock.advance(2.5 * INTERVAL_MS);
  await engine.take([canary('gw-2')]);
  await engine.relay();
  const codes = async () => (await api.stores.alarms.open(CareUnitId.parse('icu'))).alarms.map((alarm) => alarm.conditionCode);
  expect(await codes()).toEqual([]);
  await api.clock.advance(20_000);
  await engine.relay();
  expect(await codes()).toEqual(['onCall.canaryLate']);
  expect((await status()).canary.gateways.map((trip: { late: boolean }) => trip.late)).toEqual([true, false]);
  expect((await api.call('GET', '/health/escalation')).body).toMatchObject({ canary: 'late' });
  await both();
  await api.clock.advance(20_000);
  await engine.relay();
  expect(await codes()).toEqual([]);
});

test('a wall clock that somebody sets by two hours makes no test alarm late', async () => {
  await both();
  await api.clock.advance(20_000);
  api.clock.jumpWall(7_200_000);
  await api.clock.advance(20_000);
  expect((await api.call('GET', '/health/escalation')).body).toMatchObject({ canary: 'ok' });
  expect(await api.stores.onCallTroubles.holding()).toEqual([]);
});

test('of a gateway that is known to be away no test alarm is missed: one cause, one alarm', async () => {
  const lost = { v: 1, kind: 'gatewayLost', id: 'lost/1', key: 'gateway:gw-1', origin: 'simulated', atMs: api.clock.wallMs() };
  await both();
  await engine.take([LogEvent.parse({ ...lost, gatewayId: 'gw-1', bedIds: [] })]);
  await api.clock.advance(3 * INTERVAL_MS);
  await engine.relay();
  const late = (await api.stores.onCallTroubles.holding()).filter((each) => each.trouble === 'canaryLate');
  // The other gateway has no beds, so its being late concerns every care unit.
  expect(late.map((each) => `${each.careUnitId} ${each.subject}`).sort()).toEqual(['icu gateway:gw-2', 'imc gateway:gw-2']);
});

test('a device that says of itself to be a canary has its alarms shown like those of every other', async () => {
  const { batch, transition } = await import('../contract/alarm-fixtures.js');
  await api.stores.alarmState.commit(batch([transition({ origin: 'canary' })]));
  expect((await api.stores.alarms.open(CareUnitId.parse('icu'))).alarms).toHaveLength(1);
});
