/**
 * MQTT publish to log, through real processes: `node edge-gateway/bench/throughput.mjs [devices] [messages/s] [seconds] [kills]`.
 *
 * Starts a hub and a gateway of their own in a temporary folder on free ports, publishes messages of 8 readings, reads
 * them back from the hub and compares with the generator's ledger: what has a PUBACK must be on the log. With `kills`,
 * the gateway is killed (-9) that often on the way. Prints one JSON line. Build first.
 */
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { readLedger, startLoad } from '@vigil/simulator';
import { cpuS, freePort, READINGS, root, sleep } from './lib/processes.mjs';

const [devices = 100, rate = 4000, seconds = 10, kills = 0] = process.argv.slice(2).map(Number);
const dir = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
const children = [];

function start(script, args, env, ready) {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const said = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => chunk.includes(ready) && resolve(child));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return said;
}

const rssMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const list = Array.from({ length: devices }, (_, i) => ({ deviceId: `bench-${i + 1}`, token: `token-of-bench-device-${i + 1}` }));
const config = {
  v: 1,
  gatewayId: 'gw-1',
  rate: 1,
  devices: list.map((d, i) => ({ deviceId: d.deviceId, bedId: `bed-${i + 1}` })),
};
const signed = Buffer.from(JSON.stringify({ ...config, issuedAtMs: Date.now() }));
const configKey = generateKeyPairSync('ed25519');
const spki = configKey.publicKey.export({ format: 'der', type: 'spki' });
const keyId = createHash('sha256').update(spki).digest('hex').slice(0, 16);
const signature = `keyid=${keyId};sig=${sign(null, signed, configKey.privateKey).toString('base64')}`;
const platform = createServer((_request, response) =>
  response.setHeader('etag', '"1"').setHeader('x-vigil-signature', signature).end(signed),
);
await new Promise((resolve) => platform.listen(0, '127.0.0.1', resolve));

const [hubPort, hubHttp, mqttPort, httpPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
mkdirSync(join(dir, 'gateway'));
writeFileSync(join(dir, 'gateway', 'config-keys.pem'), configKey.publicKey.export({ format: 'pem', type: 'spki' }));
const devicesFile = join(dir, 'devices.json');
writeFileSync(devicesFile, JSON.stringify(list), { mode: 0o600 });
const hub = await start(
  'packages/event-hub/dist/main.js',
  ['--data-dir', join(dir, 'hub'), '--port', hubPort, '--http-port', hubHttp],
  {},
  'hub ready',
);
const keys = JSON.parse(readFileSync(join(dir, 'hub', 'keys.json'), 'utf8')).keys;
const connectionString = (name) =>
  `Endpoint=sb://127.0.0.1:${hubPort}/;SharedAccessKeyName=${name};SharedAccessKey=${keys.find((k) => k.name === name).primary};UseDevelopmentEmulator=true`;
const startGateway = () =>
  start(
    'edge-gateway/dist/main.js',
    [
      '--data-dir',
      join(dir, 'gateway'),
      '--mqtt-port',
      mqttPort,
      '--http-port',
      httpPort,
      '--watch-port',
      0,
      '--devices',
      devicesFile,
    ]
      .concat(['--device-messages-per-second', 100_000])
      .concat(['--config-url', `http://127.0.0.1:${platform.address().port}/`])
      .map(String),
    { EVENT_HUBS_CONNECTION_STRING: connectionString('gateway'), VIGIL_GATEWAY_TOKEN: 'bench' },
    'gateway ready',
  );
let gateway = await startGateway();

const arrived = new Map();
const delays = [];
let doubled = 0;
let ticks = 0;
const consumer = new EventHubConsumerClient('live', connectionString('platform'), 'vigil');
const subscription = consumer.subscribe(
  {
    processEvents: async (events) => {
      const nowMs = Date.now();
      for (const { body } of events) {
        if (body.kind === 'tick') ticks++;
        if (body.kind !== 'deviceMessage') continue;
        if (arrived.has(body.id)) doubled++;
        else {
          arrived.set(body.id, body.seq);
          if (arrived.size % 16 === 0) delays.push(nowMs - body.deviceAtMs);
        }
      }
    },
    processError: async (error) => console.error(error.name),
  },
  { startPosition: earliestEventPosition, maxBatchSize: 500, maxWaitTimeInSeconds: 30 },
);

const pubacks = [];
const ledgerFile = join(dir, 'ledger');
const load = startLoad({
  mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
  devices: list,
  messagesPerSecond: rate,
  metrics: READINGS,
  ledgerFile,
  onPuback: (p) => pubacks.length < 1e6 && pubacks.push(p.ackedMs - p.publishedMs),
});
await load.ready;
const startedMs = Date.now();
let [gatewayCpu, hubCpu] = [cpuS(gateway.pid), cpuS(hub.pid)];
let gatewayRan = 0;
for (let i = 0; i < kills; i++) {
  await sleep((seconds * 1000) / (kills + 1));
  gatewayRan += cpuS(gateway.pid) - gatewayCpu;
  gateway.kill('SIGKILL');
  gateway = await startGateway();
  gatewayCpu = 0;
}
await sleep((seconds * 1000) / (kills + 1));
gatewayRan += cpuS(gateway.pid) - gatewayCpu;
hubCpu = cpuS(hub.pid) - hubCpu;
const elapsedS = (Date.now() - startedMs) / 1000;
const totals = await load.stop(10_000);
const rss = rssMb(gateway.pid);
const metricsText = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
const value = (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metricsText)?.[1]);
for (let i = 0; i < 100 && arrived.size < totals.acked; i++) await sleep(100);

const { header, entries } = readLedger(ledgerFile);
const acked = entries.filter((e) => e.ackedMs !== null);
const lost = acked.filter((e) => !arrived.has(`${e.deviceId}/${header.bootId}/${e.seq}`)).length;
const at = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const round = (x) => Math.round(x * 100) / 100;
console.log(
  JSON.stringify({
    bench: 'edge-gateway',
    devices,
    rate,
    seconds: round(elapsedS),
    kills,
    acked: acked.length,
    ackedPerSecond: Math.round(totals.acked / elapsedS),
    heldBack: totals.heldBack,
    lost,
    doubledOnLog: doubled,
    ticks,
    pubackMs: { p50: round(at(pubacks, 0.5)), p99: round(at(pubacks, 0.99)) },
    publishToConsumerMs: { p50: at(delays, 0.5), p99: at(delays, 0.99) },
    gatewayCores: round(gatewayRan / elapsedS),
    gatewayUsPerMessage: Math.round((gatewayRan * 1e6) / totals.acked),
    hubCores: round(hubCpu / elapsedS),
    gatewayRssMb: Math.round(rss),
    recordsPerSync: round(value('vigil_gateway_spool_group_records_sum') / value('vigil_gateway_spool_group_records_count')),
    syncMs: round((1000 * value('vigil_gateway_spool_sync_seconds_sum')) / value('vigil_gateway_spool_sync_seconds_count')),
    pendingAfter: value('vigil_gateway_spool_pending'),
  }),
);
await subscription.close();
await consumer.close();
for (const child of children) {
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
}
platform.closeAllConnections();
platform.close();
await sleep(1500);
rmSync(dir, { recursive: true, force: true });
process.exit(lost === 0 ? 0 : 1);
