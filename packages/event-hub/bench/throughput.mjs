/**
 * Throughput of the hub with the official client, by hand: `node packages/event-hub/bench/throughput.mjs`.
 *
 * The hub runs in a process of its own, producers and consumers in this one. One JSON line for each measurement; `cpu`
 * is the hub's processor time, which tells more than the rate: the client is usually what is busy.
 *
 * Settings by environment: EVENTS (20000), BYTES (600), BATCH (100), GROUPS (3), IN_FLIGHT (8), RATE (events/s, 0 = as fast as can be).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';

const setting = (name, fallback) => Number(process.env[name] ?? fallback);
const events = setting('EVENTS', 20_000);
const bytes = setting('BYTES', 600);
const batchSize = setting('BATCH', 100);
const groups = ['alarms', 'history', 'live', 'fhir'].slice(0, setting('GROUPS', 3));
const inFlight = setting('IN_FLIGHT', 8);
const rate = setting('RATE', 0);

const dir = mkdtempSync(join(tmpdir(), 'vigil-hub-bench-'));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const hub = spawn(process.execPath, [main, '--data-dir', dir, '--port', '0', '--http-port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ready = await new Promise((resolve, reject) => {
  hub.once('exit', () => reject(new Error('the hub did not start')));
  createInterface({ input: hub.stdout }).on('line', (line) => {
    const entry = JSON.parse(line);
    if (entry.msg === 'hub ready') resolve(entry);
  });
});
const key = JSON.parse(readFileSync(join(dir, 'keys.json'), 'utf8')).keys.find((k) => k.name === 'platform').primary;
const connection = `Endpoint=sb://127.0.0.1:${ready.port}/;SharedAccessKeyName=platform;SharedAccessKey=${key};UseDevelopmentEmulator=true`;

/** Processor seconds of the hub, from the kernel (100 ticks a second). */
const hubCpuSeconds = () => {
  const fields = readFileSync(`/proc/${hub.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const percentile = (values, p) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];
const report = (what, fields) => console.log(JSON.stringify({ what, events, bytes, batchSize, ...fields }));

const closed = [];
const producer = new EventHubProducerClient(connection, 'vigil');
const body = Buffer.alloc(bytes, 'x');

async function produce(stamp) {
  const ackMs = [];
  let sent = 0;
  const startMs = performance.now();
  const lane = async (partition) => {
    while (sent < events) {
      const from = sent;
      sent += batchSize;
      if (rate > 0) {
        const dueMs = startMs + (from / rate) * 1000;
        const earlyMs = dueMs - performance.now();
        if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
      }
      const properties = stamp ? { sentMs: Date.now() } : {};
      const batch = Array.from({ length: batchSize }, () => ({ body, properties }));
      const atMs = performance.now();
      await producer.sendBatch(batch, { partitionId: String(partition % 8) });
      ackMs.push(performance.now() - atMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, i) => lane(i)));
  return { sent, seconds: (performance.now() - startMs) / 1000, ackMs };
}

function consume(group, startPosition, until) {
  const delaysMs = [];
  let got = 0;
  const client = new EventHubConsumerClient(group, connection, 'vigil');
  return new Promise((resolve) => {
    const subscription = client.subscribe(
      {
        processEvents: async (batch) => {
          got += batch.length;
          const nowMs = Date.now();
          for (const { properties } of batch) if (properties?.sentMs !== undefined) delaysMs.push(nowMs - properties.sentMs);
          if (got >= until) {
            resolve(delaysMs);
            setImmediate(() => closed.push(subscription.close().then(() => client.close())));
          }
        },
        processError: async (error) => console.error(error),
      },
      { startPosition, maxBatchSize: 300, maxWaitTimeInSeconds: 30, prefetchCount: 900 },
    );
  });
}

await produce(false);
let cpu = hubCpuSeconds();
const produced = await produce(false);
report('produce', {
  perSecond: Math.round(produced.sent / produced.seconds),
  ackMsP50: percentile(produced.ackMs, 0.5),
  ackMsP99: percentile(produced.ackMs, 0.99),
  hubMicrosPerEvent: ((hubCpuSeconds() - cpu) / produced.sent) * 1e6,
});

cpu = hubCpuSeconds();
let startMs = performance.now();
await consume('fhir', { offset: '-1' }, produced.sent * 2);
report('catch up', {
  perSecond: Math.round((produced.sent * 2) / ((performance.now() - startMs) / 1000)),
  hubMicrosPerEvent: ((hubCpuSeconds() - cpu) / (produced.sent * 2)) * 1e6,
});

const consumers = groups.map((group) => consume(group, { enqueuedOn: Date.now() + 86_400_000 }, produced.sent));
await new Promise((resolve) => setTimeout(resolve, 2000));
cpu = hubCpuSeconds();
startMs = performance.now();
const live = await produce(true);
const delays = (await Promise.all(consumers)).flat();
report('live', {
  groups: groups.length,
  rateAsked: rate,
  inPerSecond: Math.round(live.sent / live.seconds),
  outPerSecond: Math.round((live.sent * groups.length) / ((performance.now() - startMs) / 1000)),
  endToEndMsP50: percentile(delays, 0.5),
  endToEndMsP99: percentile(delays, 0.99),
  hubMicrosPerEventInAndOut: ((hubCpuSeconds() - cpu) / live.sent) * 1e6,
});

await new Promise((resolve) => setImmediate(resolve));
await Promise.all(closed);
await producer.close();
hub.kill('SIGTERM');
await new Promise((resolve) => hub.once('exit', resolve));
rmSync(dir, { recursive: true });
process.exit(0);
