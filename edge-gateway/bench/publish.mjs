/**
 * What publishing costs: `node edge-gateway/bench/publish.mjs --broker sink|hub|mosquitto [--tls] [--devices 64] [--rate 0]
 * [--window 64] [--seconds 10] [--profile <folder>]`.
 *
 * `sink`: the gateway with a log that takes everything; `hub`: the gateway's own process and a local hub; `mosquitto`: that
 * broker, which keeps messages in memory and writes them to disk now and then, without fsync. `--rate 0`: as many as it takes.
 * One JSON line. CPU per message is what compares on a machine that is shared. Build first.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withCertificates } from './lib/certificates.mjs';
import { cpuS, freePort, memoryOf, metricsOf, root, round, Site } from './lib/processes.mjs';

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'sink' },
    devices: { type: 'string', default: '64' },
    rate: { type: 'string', default: '0' },
    window: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '10' },
    profile: { type: 'string' },
    tls: { type: 'boolean', default: false },
  },
});
const { broker, profile } = values;
const [count, rate, window, seconds] = [values.devices, values.rate, values.window, values.seconds].map(Number);
const site = new Site();

const targets = {
  async sink(devices) {
    const dataDir = join(site.dir, 'gateway');
    mkdirSync(dataDir, { mode: 0o700 });
    const script = join(root, 'edge-gateway/bench/lib/sink-gateway.mjs');
    const { child, said } = await site.start(
      script,
      [dataDir, devices.file, '-', ...(devices.tls === undefined ? [] : [JSON.stringify(devices.tls)])],
      { ready: '}\n', profile },
    );
    return { child, ...JSON.parse(said) };
  },
  async hub(devices) {
    const hub = await site.hub();
    const connectionString = hub.connectionString('gateway');
    const gateway = await site.gateway({ devicesFile: devices.file, connectionString, profile });
    return { ...gateway, hub: hub.child };
  },
  async mosquitto() {
    const port = await freePort();
    const file = join(site.dir, 'mosquitto.conf');
    const folder = join(site.dir, 'mosquitto');
    mkdirSync(folder, { mode: 0o777 });
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence true', `persistence_location ${folder}/`];
    writeFileSync(file, `${[...lines, `user ${process.env.USER ?? 'root'}`, 'max_inflight_messages 0'].join('\n')}\n`);
    const { child } = await site.start('sh', ['-c', `exec mosquitto -c ${file} 2>&1`], { ready: 'running' });
    return { child, mqttPort: port };
  },
};

try {
  const devices = site.devices(count);
  const tls = values.tls ? join(site.dir, 'tls') : null;
  if (tls !== null) {
    if (broker !== 'sink') throw new Error('--tls goes with --broker sink');
    const { list, files } = await withCertificates(tls, devices.list);
    Object.assign(devices, { list, tls: files });
    writeFileSync(devices.file, JSON.stringify(list), { mode: 0o600 });
  }
  const target = await targets[broker](devices);
  const port = tls === null ? target.mqttPort : target.mqttsPort;
  const wanted = JSON.stringify({ port, tls, devices: devices.list, seconds, rate, window });
  const script = join(root, 'edge-gateway/bench/lib/generator.mjs');
  const { child } = await site.start(script, [wanted], { ready: '"measuring"' });
  const before = [cpuS(target.child.pid), target.hub === undefined ? 0 : cpuS(target.hub.pid)];
  const line = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => text.includes('"done"') && resolve(JSON.parse(text)));
    child.once('exit', (code) => reject(new Error(`generator: ${code}`)));
  });
  const after = [cpuS(target.child.pid), target.hub === undefined ? 0 : cpuS(target.hub.pid)];
  const { acked, elapsedS, ...rest } = line;
  const value = target.httpPort === undefined ? null : await metricsOf(target.httpPort);
  const per = (sum, n) => round(value(sum) / value(n));
  console.log(
    JSON.stringify({
      what: broker,
      messagesPerSecond: Math.round(acked / elapsedS),
      cpuUsPerMessage: round(((after[0] - before[0]) * 1e6) / acked, 1),
      brokerCores: round((after[0] - before[0]) / elapsedS),
      ...(target.hub === undefined ? {} : { hubUsPerMessage: round(((after[1] - before[1]) * 1e6) / acked, 1) }),
      ...rest,
      ...{ tls: tls !== null, devices: count, rate, window, seconds },
      ...memoryOf(target.child.pid),
      ...(value === null
        ? { durable: false }
        : {
            durable: true,
            accepted: value('vigil_gateway_messages_accepted_total'),
            recordsPerSync: per('vigil_gateway_spool_group_records_sum', 'vigil_gateway_spool_group_records_count'),
            syncMs: round(
              (1_000 * value('vigil_gateway_spool_sync_seconds_sum')) / value('vigil_gateway_spool_sync_seconds_count'),
            ),
          }),
    }),
  );
} finally {
  await site.end();
}
