/** What a whole gateway makes of its devices: alarms passed on, gaps declared, the fleet told, also through a restart. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { LogEvent, type LogEventOf } from '@vigil/contracts';
import { GRACE_MS } from './intake/numbering.js';
import { FakeDisk } from './test-support/fake-disk.js';
import { BOOT, device, gateway, type GatewayFixture, until } from './test-support/gateway-fixture.js';
import { testKeys } from './test-support/spool-fixture.js';

const open: GatewayFixture[] = [];
afterEach(async () => {
  for (const at of open.splice(0)) await at.stop();
});

async function start(more: Parameters<typeof gateway>[0] = {}): Promise<GatewayFixture> {
  const at = await gateway({ clock: new FakeClock(Date.UTC(2026, 5, 1)), ...more });
  open.push(at);
  return at;
}

const body = (at: GatewayFixture, seq: number, content: object): string =>
  JSON.stringify({ bootId: BOOT, seq, atMs: at.clock.nowMs(), ...content });
const observations = [{ metric: 147842, value: 72, unit: 'bpm', quality: 'valid' }];
const apnoea = { code: 'mdc-196650', kind: 'physiological', priority: 'high', active: true };

/** Lets time pass in seconds, as the ticker sees it, until something is on the log. */
async function passUntil(at: GatewayFixture, what: string, holds: () => boolean): Promise<void> {
  await until(what, async () => {
    await (at.clock as FakeClock).advance(1_000);
    return holds();
  });
}

const told = <K extends LogEvent['kind']>(at: GatewayFixture, kind: K): LogEventOf<K>[] =>
  at.log
    .events<unknown>()
    .map((e) => LogEvent.parse(e))
    .filter((e) => e.kind === kind) as LogEventOf<K>[];

test('an alarm of a device, a reading in MDC codes and a gap between them reach the log', async () => {
  const at = await start();
  const client = await device(at, 'mon-1');
  await client.publishAsync('vigil/v1/mon-1/observations', body(at, 1, { observations }), { qos: 1 });
  await client.publishAsync('vigil/v1/mon-1/alarms', body(at, 4, { alarms: [apnoea] }), { qos: 1 });
  await (at.clock as FakeClock).advance(GRACE_MS);
  await passUntil(at, 'the gap', () => told(at, 'gap').length > 0);
  expect(told(at, 'deviceMessage')).toMatchObject([{ readings: [{ metric: 'heartRate', value: 72, unit: '/min' }] }]);
  expect(told(at, 'deviceAlarm')).toMatchObject([{ key: 'bed:icu-1', seq: 4, alarms: [apnoea] }]);
  expect(told(at, 'gap')).toMatchObject([{ fromSeq: 2, toSeq: 3, count: 2, reason: 'neverArrived', deviceId: 'mon-1' }]);
  await client.endAsync();
});

test('the fleet hears of a device that connects, of what it says, and at once of its last will', async () => {
  const at = await start();
  const topic = 'vigil/v1/mon-1/status';
  const will = { topic, payload: Buffer.from('{"state":"offline"}'), qos: 1 as const, retain: false };
  const client = await device(at, 'mon-1', { will });
  await client.publishAsync(topic, JSON.stringify({ state: 'online', batteryPercent: 9 }), { qos: 1 });
  const states = (): LogEventOf<'deviceState'>[] => told(at, 'deviceState');
  await passUntil(at, 'what it said', () => states().at(-1)?.said.batteryPercent === 9);
  expect(states().at(-1)).toMatchObject({ deviceId: 'mon-1', connected: true, key: 'gateway:gw-1' });
  client.stream.destroy();
  await passUntil(at, 'its end', () => states().at(-1)!.connected === false);
  expect(states().at(-1)!.said.batteryPercent).toBe(9);
});

test('after a clean restart the numbering goes on; after a kill nothing false is declared', async () => {
  const [keys, dataDir] = [await testKeys(), await mkdtemp(join(tmpdir(), 'vigil-restart-'))];
  const first = await start({ keys, dataDir });
  const before = await device(first, 'mon-1');
  for (const seq of [1, 2]) {
    await before.publishAsync('vigil/v1/mon-1/observations', body(first, seq, { observations }), { qos: 1 });
  }
  await before.endAsync();
  await open.pop()!.stop();

  const [disk, anchor] = [first.disk.afterKill(), new FakeDisk()];
  const second = await start({ keys, dataDir, anchor, disk });
  const after = await device(second, 'mon-1');
  await after.publishAsync('vigil/v1/mon-1/observations', body(second, 5, { observations }), { qos: 1 });
  await (second.clock as FakeClock).advance(GRACE_MS);
  await passUntil(second, 'the gap', () => told(second, 'gap').length > 0);
  expect(told(second, 'gap')).toMatchObject([{ fromSeq: 3, toSeq: 4 }]);
  await after.publishAsync('vigil/v1/mon-1/observations', body(second, 6, { observations }), { qos: 1 });
  const third = await start({ keys, dataDir, anchor: anchor.afterKill(), disk: disk.afterKill() });
  const last = await device(third, 'mon-1');
  await last.publishAsync('vigil/v1/mon-1/observations', body(third, 8, { observations }), { qos: 1 });
  await (third.clock as FakeClock).advance(GRACE_MS + 5_000);
  expect(told(third, 'gap')).toEqual([]);
  await last.endAsync();
});
