import { ScaledClock } from '@vigil/clock';
import { BedId } from '@vigil/contracts';
import { eventually, TestBroker } from '../testing/broker.js';
import { testDevices, testSite } from '../testing/site.js';
import { RecordingsMissing, type Simulator, startSimulator } from './index.js';

/** Event time 20 times as fast, so that a second of wall time holds 20 messages a device. */
const clock = () => new ScaledClock({ wallMs: Date.now(), eventMs: Date.UTC(2026, 0, 1), rate: 20 });
let broker: TestBroker;
let simulator: Simulator | null = null;

const start = (devices = 2, more = {}): Promise<Simulator> =>
  startSimulator({
    source: 'simulator',
    mqttUrl: broker.url,
    devices: testDevices(devices),
    site: testSite(devices),
    clock: clock(),
    ...more,
  });

beforeEach(async () => {
  broker = await new TestBroker((deviceId, token) => token === `token-${deviceId.slice('sim-icu-'.length)}`).start();
});
afterEach(async () => {
  await simulator?.stop();
  simulator = null;
  await broker.kill();
});

test('devices send messages by the contracts, numbered from 0, one second apart, marked simulated', async () => {
  simulator = await start();
  await simulator.ready;
  await eventually('ten messages of each', () => broker.seqs('sim-icu-1').length >= 10 && broker.seqs('sim-icu-2').length >= 10);
  const first = broker.received.filter((r) => r.deviceId === 'sim-icu-1').slice(0, 10);
  expect(first.map((r) => r.message.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(first.map((r, i) => r.message.atMs - i * 1000)).size).toBe(1);
  expect(new Set(broker.received.map((r) => r.message.origin))).toEqual(new Set(['simulated']));
  expect(broker.bad).toBe(0);
});

test('each start is a boot of its own', async () => {
  simulator = await start(1);
  await eventually('a message', () => broker.received.length > 0);
  await simulator.stop();
  const before = broker.received.length;
  simulator = await start(1);
  await eventually('another', () => broker.received.length > before);
  expect(broker.received.at(-1)?.message.bootId).not.toBe(broker.received[0]?.message.bootId);
});

test('a gateway that dies and comes back misses nothing that a minute can hold, in order', async () => {
  simulator = await start(1);
  await eventually('some messages', () => broker.seqs('sim-icu-1').length >= 5);
  await broker.kill();
  await eventually('ten more made', () => (simulator?.stats().made ?? 0) >= broker.seqs('sim-icu-1').length + 10);
  await broker.start();
  const target = simulator.stats().made + 5;
  await eventually('all of them', () => broker.seqs('sim-icu-1').includes(target));
  const seqs = [...new Set(broker.seqs('sim-icu-1'))];
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i));
  expect(simulator.stats().dropped).toBe(0);
});

test('what was sent without an acknowledgement is sent again after the reconnect', async () => {
  simulator = await start(1);
  await eventually('some messages', () => broker.seqs('sim-icu-1').length >= 3);
  broker.withholding = true;
  const from = broker.seqs('sim-icu-1').length;
  await eventually('five unacknowledged', () => (simulator?.stats().made ?? 0) >= from + 5);
  await broker.kill();
  broker.withholding = false;
  await broker.start();
  await eventually('those five', () => new Set(broker.seqs('sim-icu-1')).size >= from + 5);
  const seqs = [...new Set(broker.seqs('sim-icu-1'))];
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i));
});

test('status is online while connected, and offline after a stop', async () => {
  simulator = await start(1);
  await eventually('online', () => broker.statuses.get('sim-icu-1') === 'online');
  await simulator.stop();
  await eventually('offline', () => broker.statuses.get('sim-icu-1') === 'offline');
});

test('a refused token is said once and never keeps the other devices from working', async () => {
  const warnings: string[] = [];
  const devices = testDevices(2).map((d) => (d.deviceId === 'sim-icu-2' ? { ...d, token: 'wrong' } : d));
  simulator = await start(2, {
    devices,
    log: { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) },
  });
  await eventually('the refusal', () => warnings.length > 0);
  await eventually('data of the other', () => broker.seqs('sim-icu-1').length >= 20);
  expect(warnings).toEqual(['the gateway refuses the token of this device']);
  expect(broker.seqs('sim-icu-2')).toEqual([]);
});

test('a device without a bed is left alone', async () => {
  simulator = await startSimulator({
    source: 'simulator',
    mqttUrl: broker.url,
    devices: testDevices(3),
    site: testSite(1),
    clock: clock(),
  });
  await simulator.ready;
  expect(simulator.stats().devices).toBe(1);
});

test('a bed with a device for each source gets data from one of them', async () => {
  const site = testSite(2);
  const both = { ...site, devices: site.devices.map((d, i) => (i === 1 ? { ...d, recording: 'mimic2' as const } : d)) };
  const sameBed = { ...both, deviceAssignments: both.deviceAssignments.map((a) => ({ ...a, bedId: BedId.parse('icu-1') })) };
  simulator = await start(2, { site: sameBed });
  await simulator.ready;
  expect(simulator.stats().devices).toBe(1);
});

test('missing recordings are one clear error that says what to do', async () => {
  const recordings = start(1, { source: 'recordings', site: testSite(1, 'physionet2012'), recordingsDir: '/nowhere' });
  await expect(recordings).rejects.toThrow(RecordingsMissing);
  await expect(recordings).rejects.toThrow(/Challenge 2012.*README\.md/);
});
