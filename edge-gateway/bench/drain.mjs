/**
 * How fast a backlog goes up: `node edge-gateway/bench/drain.mjs [--messages 100000] [--live 64] [--per-second 100000]
 * [--profile <folder>]`.
 *
 * The spool is written by the gateway's own `Spool`; then the gateway's process starts beside a local hub, and meanwhile
 * `--live` devices publish once a second, whose acknowledgements and way to the log are timed. Messages have eight readings.
 * One JSON line. Build first.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SystemClock } from '@vigil/clock';
import { GatewayMetrics, NodeDisk } from '@vigil/edge-gateway';
import { openKeyFile } from '@vigil/sealed-records';
import { loadReadings, startLoad } from '@vigil/simulator';
import { Spool } from '../dist/spool/spool.js';
import { cpuS, memoryOf, metricsOf, READINGS, round, Site, sleep } from './lib/processes.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    live: { type: 'string', default: '64' },
    'per-second': { type: 'string', default: '100000' },
    profile: { type: 'string' },
  },
});
const [messages, live, perSecond] = [values.messages, values.live, values['per-second']].map(Number);
const GROUP = 500;
const site = new Site();

/** One message a second of each device, ending now. */
async function fillSpool(devices) {
  const dataDir = join(site.dir, 'gateway');
  mkdirSync(dataDir, { mode: 0o700 });
  const disk = await NodeDisk.open(join(dataDir, 'spool'));
  const keys = await openKeyFile(join(dataDir, 'kek.json'), { create: 'if-missing' });
  const log = { info: () => undefined, warn: console.error, error: console.error };
  const options = { gatewayId: 'gw-1', clock: new SystemClock(), metrics: new GatewayMetrics(), bytesMax: 8 * 1024 ** 3, log };
  const spool = await Spool.open({ disk, keys, ...options });
  const bootId = randomUUID();
  const fromMs = Date.now() - Math.ceil(messages / devices.length) * 1_000;
  const variants = Array.from({ length: 16 }, (_, i) => loadReadings(READINGS, i));
  const record = (n) => {
    const seq = Math.floor(n / devices.length);
    const { deviceId } = devices[n % devices.length];
    const atMs = fromMs + seq * 1_000;
    const ids = {
      id: `${deviceId}/${bootId}/${seq}`,
      key: `device:${deviceId}`,
      origin: 'simulated',
      atMs,
      bedId: null,
      deviceId,
    };
    const times = { bootId, seq, deviceAtMs: atMs, gatewayAtMs: atMs };
    const event = { v: 1, kind: 'deviceMessage', ...ids, gatewayId: 'gw-1', ...times, readings: variants[seq % 16] };
    return { lane: 'numerics', key: event.key, body: Buffer.from(JSON.stringify(event)) };
  };
  for (let from = 0; from < messages; from += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, messages - from) }, (_, i) => record(from + i));
    await new Promise((resolve, reject) => spool.append(group, (outage) => (outage === undefined ? resolve() : reject(outage))));
  }
  await spool.close(5_000);
}

try {
  const devices = site.devices(Math.max(8, live));
  await fillSpool(devices.list);
  // Past the ten seconds within which the newest would still count as live.
  await sleep(11_000);
  const hub = await site.hub();
  const args = ['--backlog-per-second', perSecond];
  const connectionString = hub.connectionString('gateway');
  const gateway = await site.gateway({ devicesFile: devices.file, connectionString, args, profile: values.profile });
  const startedMs = performance.now();
  const before = [cpuS(gateway.child.pid), cpuS(hub.child.pid)];
  const pubacks = [];
  const load =
    live === 0
      ? null
      : startLoad({
          mqttUrl: `mqtt://127.0.0.1:${gateway.mqttPort}`,
          devices: devices.list.slice(0, live),
          messagesPerSecond: live,
          metrics: READINGS,
          onPuback: ({ publishedMs, ackedMs }) => pubacks.push(ackedMs - publishedMs),
        });
  let sent = 0;
  let peak = 0;
  const waiting = 'vigil_gateway_sent_total{lane="backlog"}'.replaceAll(/[{}"]/g, (c) => `\\${c}`);
  while (sent < messages) {
    await sleep(50);
    const value = await metricsOf(gateway.httpPort);
    sent = value(waiting) || 0;
    peak = Math.max(peak, memoryOf(gateway.child.pid).rssMiB);
  }
  const elapsedS = (performance.now() - startedMs) / 1_000;
  const after = [cpuS(gateway.child.pid), cpuS(hub.child.pid)];
  await load?.stop(2_000);
  pubacks.sort((a, b) => a - b);
  const at = (q) => round(pubacks[Math.floor(pubacks.length * q)] ?? NaN);
  console.log(
    JSON.stringify({
      what: 'drain',
      readingsPerSecond: Math.round((sent * READINGS.length) / elapsedS),
      messagesPerSecond: Math.round(sent / elapsedS),
      cpuUsPerMessage: round(((after[0] - before[0]) * 1e6) / sent, 1),
      hubUsPerMessage: round(((after[1] - before[1]) * 1e6) / sent, 1),
      elapsedS: round(elapsedS),
      ...{ messages, live, perSecond, rssMiB: peak },
      ...(live === 0 ? {} : { livePubackMs: { p50: at(0.5), p99: at(0.99) } }),
    }),
  );
} finally {
  await site.end();
}
