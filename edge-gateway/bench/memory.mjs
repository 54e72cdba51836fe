/**
 * Resident memory of the gateway's process with 64 devices of eight readings a second beside a local hub:
 * `node edge-gateway/bench/memory.mjs [--devices 64] [--seconds 120] [--rate 64]`. One JSON line. Build first.
 */
import { parseArgs } from 'node:util';
import { startLoad } from '@vigil/simulator';
import { cpuS, memoryOf, READINGS, round, Site, sleep } from './lib/processes.mjs';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '120' },
    rate: { type: 'string', default: '64' },
  },
});
const [count, seconds, rate] = [values.devices, values.seconds, values.rate].map(Number);
const site = new Site();
try {
  const devices = site.devices(count);
  const hub = await site.hub();
  const gateway = await site.gateway({ devicesFile: devices.file, connectionString: hub.connectionString('gateway') });
  const { pid } = gateway.child;
  const idle = memoryOf(pid).rssMiB;
  const mqttUrl = `mqtt://127.0.0.1:${gateway.mqttPort}`;
  const load = startLoad({ mqttUrl, devices: devices.list, messagesPerSecond: rate, metrics: READINGS });
  await load.ready;
  await sleep((seconds * 1_000) / 2);
  const half = cpuS(pid);
  await sleep((seconds * 1_000) / 2);
  const cores = (cpuS(pid) - half) / (seconds / 2);
  console.log(
    JSON.stringify({ what: 'memory', ...memoryOf(pid), startMiB: idle, cores: round(cores, 3), devices: count, rate, seconds }),
  );
  await load.stop(1_000);
} finally {
  await site.end();
}
