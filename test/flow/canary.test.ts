import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { CareUnitId, LogEvent } from '@vigil/contracts';
import { EscalationModule } from '../../src/escalation/escalation.module.js';
import { CANARY_KEPT_MS } from '../../src/status/canaries.js';
import { batch, transition } from '../contract/alarm-fixtures.js';
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
  const at = { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs(), rate: 1 };
  while ((await api.stores.alarmSnapshots.follow(at, 100)) > 0);
  const range = `from=${at.nowMs - 3_600_000}&to=${at.nowMs + 3_600_000}`;
  const report = await api.call('GET', `/api/v1/reports/alarm-load?careUnit=icu&${range}`, { as: amy });
  expect(report.body).toMatchObject({ alarms: 0, escalations: { begun: 0 }, pagesPerPerson: null });
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

test('nor does one that is set back: the newest is the newest, whatever it says', async () => {
  await both();
  await api.clock.advance(20_000);
  api.clock.jumpWall(-7_200_000);
  for (let i = 0; i < 4; i++) {
    await both();
    await api.clock.advance(INTERVAL_MS);
  }
  expect(await api.stores.onCallTroubles.holding()).toEqual([]);
  expect((await status()).canary.gateways[0].lastAtMs).toBeLessThan(api.clock.wallMs());
});

test('they are kept for two weeks, and the newest of each gateway for as long as there is none after it', async () => {
  const count = (table: string): unknown => {
    const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
    const row = db.prepare(`select count(*) as n from ${table}`).get()!;
    db.close();
    return row['n'];
  };
  for (let i = 0; i < 3; i++) {
    await both();
    await api.clock.advance(1_000);
  }
  await api.stores.alarmState.commit(batch([transition()]));
  const all = (): unknown[] => ['alarm', 'alarm_transition', 'escalation'].map(count);
  expect(all()).toEqual([7, 11, 7]);
  expect(await api.stores.onCallTroubles.forgetCanaries(api.clock.wallMs() - CANARY_KEPT_MS)).toBe(false);
  expect(all()).toEqual([7, 11, 7]);
  await api.stores.onCallTroubles.forgetCanaries(api.clock.wallMs() + 1);
  expect([...all(), count("page where channel = 'canary'")]).toEqual([3, 3, 3, 2]);
  expect((await status()).canary.gateways.map((trip: { lastAtMs: number | null }) => trip.lastAtMs)).not.toContain(null);
});

test('a gateway that comes back has its time again: that it was away was told by itself', async () => {
  const event = (kind: string) => {
    const envelope = {
      v: 1,
      id: `${kind}/1`,
      key: 'gateway:gw-1',
      origin: 'simulated',
      atMs: api.clock.wallMs(),
      gatewayId: 'gw-1',
    };
    return LogEvent.parse({ ...envelope, kind, ...(kind === 'gatewayLost' ? { bedIds: [] } : { lostId: 'gatewayLost/1' }) });
  };
  await both();
  await engine.take([event('gatewayLost')]);
  for (let i = 0; i < 4; i++) {
    await engine.take([canary('gw-2')]);
    await api.clock.advance(INTERVAL_MS);
  }
  // Nor does the watchdog mail of it.
  expect((await api.call('GET', '/health/escalation')).body).toMatchObject({ canary: 'ok' });
  await engine.take([event('gatewayRestored')]);
  await api.clock.advance(20_000);
  expect(await api.stores.onCallTroubles.holding()).toEqual([]);
  await engine.take([canary('gw-2')]);
  await api.clock.advance(2 * INTERVAL_MS);
  await engine.take([canary('gw-2')]);
  await api.clock.advance(INTERVAL_MS);
  const late = (await api.stores.onCallTroubles.holding()).map((each) => each.subject);
  expect(new Set(late)).toEqual(new Set(['gateway:gw-1']));
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
  await api.stores.alarmState.commit(batch([transition({ origin: 'canary' })]));
  expect((await api.stores.alarms.open(CareUnitId.parse('icu'))).alarms).toHaveLength(1);
});
