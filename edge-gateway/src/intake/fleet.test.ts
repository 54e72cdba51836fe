import { FakeClock } from '@vigil/clock';
import { type GatewayId, LogEvent, type LogEventOf } from '@vigil/contracts';
import { Registry } from 'prom-client';
import { registerDeviceMetrics } from './device-metrics.js';
import { DeviceStates } from './device-states.js';
import { Numbering } from './numbering.js';
import { Fleet, NEWS_EVERY_MS, REPEAT_MS } from './fleet.js';

type State = LogEventOf<'deviceState'>;

function fleet() {
  const clock = new FakeClock();
  const states = new DeviceStates();
  const certificateNotAfterMs = (deviceId: string): number | null => (deviceId === 'mon-1' ? 2_000_000_000_000 : null);
  const made = new Fleet({ gatewayId: 'gw-1' as GatewayId, states, clock, certificateNotAfterMs });
  const told = (): State[] => made.takeEphemeral().map((r) => LogEvent.parse(JSON.parse(r.body.toString())) as State);
  return { clock, states, told };
}

test('a device is told at once, then each minute, with all that is known of it', async () => {
  const { clock, states, told } = fleet();
  Object.assign(states.of('mon-1'), { said: { batteryPercent: 12, udi: '(01)1' }, lastSeenMs: 7, accepted: 3, sessions: 1 });
  expect(told()).toMatchObject([
    {
      ...{ kind: 'deviceState', key: 'gateway:gw-1', deviceId: 'mon-1', connected: true, lastSeenMs: 7, skewMs: null },
      ...{ clockSuspect: false, said: { batteryPercent: 12, udi: '(01)1' }, accepted: 3, rejected: 0, duplicates: 0 },
      certificateNotAfterMs: 2_000_000_000_000,
    },
  ]);
  await clock.advance(REPEAT_MS - 1);
  expect(told()).toEqual([]);
  await clock.advance(1);
  expect(told()).toHaveLength(1);
});

test('news of a device that changes all the time go out every five seconds, the newest only', async () => {
  const { clock, states, told } = fleet();
  const state = states.of('mon-2');
  told();
  let count = 0;
  for (let second = 0; second < 20; second++) {
    state.said = { batteryPercent: second };
    state.isNews = true;
    await clock.advance(1_000);
    const [event] = told();
    if (event === undefined) continue;
    count++;
    expect(event.said.batteryPercent).toBe(second);
  }
  expect(count).toBe(20_000 / NEWS_EVERY_MS);
});

test('a large fleet is told over several seconds, and every device has its turn', async () => {
  const { clock, states, told } = fleet();
  for (let i = 0; i < 450; i++) states.of(`mon-${i}`);
  const seen = new Set<string>();
  for (let second = 0; second < 3; second++) {
    const events = told();
    expect(events.length).toBeLessThanOrEqual(200);
    for (const { deviceId } of events) seen.add(deviceId);
    await clock.advance(1_000);
  }
  expect(seen.size).toBe(450);
});

test('metrics name a device by the id of the site and never by what identifies it elsewhere', async () => {
  const { clock, states } = fleet();
  const registry = new Registry();
  registerDeviceMetrics(registry, states, new Numbering(), clock);
  Object.assign(states.of('mon-1'), {
    said: { serial: 'SN-4711', udi: 'UDI-4711' },
    lastSeenMs: clock.nowMs() - 5_000,
    rejected: 2,
  });
  const text = await registry.metrics();
  expect(text).toContain('vigil_gateway_device_last_seen_seconds{device="mon-1"} 5');
  expect(text).toContain('vigil_gateway_device_rejected{device="mon-1"} 2');
  expect(text).not.toMatch(/4711|skew_seconds\{/);
});

test('each session after the first is a reconnection, whatever the device says of itself meanwhile', async () => {
  const { clock, states, told } = fleet();
  const state = states.of('mon-3');
  for (const connects of [0, 1, 4]) {
    state.connects = connects;
    await clock.advance(REPEAT_MS);
    expect(told()).toMatchObject([{ deviceId: 'mon-3', reconnects: Math.max(0, connects - 1) }]);
  }
});
