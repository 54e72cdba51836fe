import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EdgeReading, METRIC_NAMES } from '@vigil/contracts';
import { eventually, TestBroker } from '../../testing/broker.js';
import { testDevices } from '../../testing/site.js';
import { type Load, loadReadings, type Puback, readLedger, startLoad } from '../index.js';

let broker: TestBroker;
let load: Load | null = null;
let ledgerFile: string;
const metrics = ['heartRate', 'spo2'] as const;
const start = (more = {}): Load =>
  startLoad({ mqttUrl: broker.url, devices: testDevices(3), messagesPerSecond: 300, metrics, ledgerFile, ...more });

beforeEach(async () => {
  broker = await new TestBroker().start();
  ledgerFile = join(mkdtempSync(join(tmpdir(), 'vigil-load-')), 'ledger');
});
afterEach(async () => {
  await load?.stop(0);
  load = null;
  await broker.kill();
});

test('every acknowledged message is in the ledger with its times, and arrived as the ledger says', async () => {
  const acks: Puback[] = [];
  load = start({ onPuback: (puback: Puback) => acks.push(puback) });
  await load.ready;
  await eventually('messages', () => acks.length >= 60);
  const publishedMs = load.publishedMs('sim-icu-1', 3);
  const totals = await load.stop();
  load = null;
  const { header, entries } = readLedger(ledgerFile);
  expect(totals.acked).toBe(totals.published);
  expect(entries.filter((e) => e.ackedMs !== null)).toHaveLength(totals.acked);
  expect(entries.find((e) => e.deviceId === 'sim-icu-1' && e.seq === 3)?.publishedMs).toBe(publishedMs);
  expect(broker.bad).toBe(0);
  expect(broker.received).toHaveLength(totals.published);
  for (const { deviceId, message } of broker.received.slice(0, 50)) {
    expect(entries.find((e) => e.deviceId === deviceId && e.seq === message.seq)?.atMs).toBe(message.atMs);
    expect(message.observations).toEqual(loadReadings(metrics, message.seq));
    expect(message.bootId).toBe(header.bootId);
  }
});

test('unacknowledged messages are bounded, and sent again in order when the gateway comes back', async () => {
  load = start({ unackedPerDeviceMax: 8 });
  await load.ready;
  await eventually('messages', () => broker.received.length >= 9);
  broker.withholding = true;
  await eventually('full windows', () => (load?.totals().heldBack ?? 0) > 20);
  const { published, acked } = load.totals();
  expect(published - acked).toBeLessThanOrEqual(24);
  await broker.kill();
  broker.withholding = false;
  await broker.start();
  await eventually('acknowledgements again', () => (load?.totals().acked ?? 0) > published);
  const totals = await load.stop();
  load = null;
  expect(totals.acked).toBe(totals.published);
  expect(totals.reconnects).toBe(3);
  const seqs = [...new Set(broker.seqs('sim-icu-2'))];
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i));
});

test('its readings are plausible for every metric and every variant', () => {
  for (let seq = 0; seq < 32; seq++) {
    for (const reading of loadReadings(METRIC_NAMES, seq)) expect(EdgeReading.safeParse(reading).success).toBe(true);
  }
});
