import { FakeClock } from '@vigil/clock';
import { type BedId, type DeviceId, type GatewayConfig, type GatewayId, LogEvent } from '@vigil/contracts';
import { BedTable } from './devices/bed-table.js';
import { DeviceStates } from './intake/device-states.js';
import { Intake } from './intake/intake.js';
import { SILENT } from './log.js';
import { FakeLog } from './test-support/fake-log.js';
import { openSpool, testKeys } from './test-support/spool-fixture.js';
import { startTicker } from './ticker.js';
import { Uplink } from './uplink/uplink.js';

const gatewayId = 'gw-1' as GatewayId;
const BOOT = '7d4c1e7e-57a1-4f7c-9d9f-0f8f5f0f7f11';

async function ward(rate = 1) {
  const clock = new FakeClock(Date.UTC(2026, 0, 1), rate);
  const { spool, metrics } = await openSpool(await testKeys(), undefined, { clock });
  const log = new FakeLog();
  const uplink = new Uplink({ spool, log, clock, metrics, logger: SILENT });
  await uplink.start();
  const beds = new BedTable();
  const devices = ['mon-1', 'mon-2'].map((deviceId, i) => ({ deviceId, bedId: `icu-${i + 1}` as BedId }));
  beds.replace({ v: 1, gatewayId, devices, rate } satisfies GatewayConfig);
  const states = new DeviceStates();
  const intake = new Intake({ gatewayId, spool, beds, states, clock, metrics });
  const stop = startTicker({
    gatewayId,
    beds,
    states,
    intake,
    faults: { takeEphemeral: () => [] },
    spool,
    uplink,
    clock,
    metrics,
  });
  const sends = (deviceId: string, seq: number): void => {
    const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];
    const message = { bootId: BOOT, seq, atMs: clock.nowMs(), origin: 'simulated', observations };
    intake.observations(deviceId as DeviceId, Buffer.from(JSON.stringify(message)), () => undefined);
  };
  const events = (): LogEvent[] => log.events<unknown>().map((e) => LogEvent.parse(e));
  return { clock, log, sends, events, stop };
}

test('a bed that sent nothing in a second gets a tick, behind the data of the others, with the gateway’s state', async () => {
  const { clock, sends, events } = await ward();
  sends('mon-1', 1);
  await clock.advance(1_000);
  expect(events().map((e) => [e.kind, e.key])).toEqual([
    ['deviceMessage', 'bed:icu-1'],
    ['tick', 'bed:icu-2'],
    ['gatewayStatus', 'gateway:gw-1'],
  ]);
  expect(events()[1]).toMatchObject({ id: `tick/gw-1/icu-2/${clock.nowMs()}`, atMs: clock.nowMs(), gatewayId: 'gw-1' });
  expect(events()[2]).toMatchObject({ bedIds: ['icu-1', 'icu-2'], pending: 0, accepted: 1, rejected: 0 });
  await clock.advance(1_000);
  expect(
    events()
      .filter((e) => e.kind === 'tick')
      .map((e) => e.key),
  ).toEqual(['bed:icu-2', 'bed:icu-1', 'bed:icu-2']);
});

test('the tick of a simulated bed is simulated', async () => {
  const { clock, sends, events } = await ward();
  sends('mon-1', 1);
  await clock.advance(2_000);
  expect(events().findLast((e) => e.key === 'bed:icu-1')).toMatchObject({ kind: 'tick', origin: 'simulated' });
});

test('ticks come once a wall second and carry event time', async () => {
  const { clock, events } = await ward(60);
  await clock.advance(3_000);
  const times = events()
    .filter((e) => e.kind === 'gatewayStatus')
    .map((e) => e.atMs);
  expect(times.map((t) => t - times[0]!)).toEqual([0, 60_000, 120_000]);
});

test('the status says what the fleet page shows of the gateway', async () => {
  const { clock, events } = await ward();
  await clock.advance(1_000);
  const status = events().findLast((e) => e.kind === 'gatewayStatus');
  expect(status).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), configIssuedAtMs: null });
  expect(status).toHaveProperty('spoolBytes', expect.any(Number));
});

test('while the log is away there are no ticks, and none come late', async () => {
  const { clock, log, sends, events } = await ward();
  log.away = true;
  sends('mon-1', 1);
  await clock.advance(30_000);
  log.away = false;
  await clock.advance(5_000);
  const oldest = Math.min(
    ...events()
      .filter((e) => e.kind === 'tick')
      .map((e) => e.atMs),
  );
  expect(clock.nowMs() - oldest).toBeLessThan(8_000);
});

test('stopped means no more ticks', async () => {
  const { clock, events, stop } = await ward();
  stop();
  await clock.advance(5_000);
  expect(events()).toEqual([]);
});
