/** MQTT publish to socket.io event, through every process of the product, with a full ward. */
import { join } from 'node:path';
import { readLedger, startLoad } from '@vigil/simulator';
import { watchCpu } from './lib/machine.mjs';
import { startProbe } from './lib/probe.mjs';
import { progress, quantile, report, round, sleep } from './lib/report.mjs';
import { openScreen } from './lib/screen.mjs';
import { EIGHT_METRICS, startStack } from './lib/stack.mjs';

const PROBE_PER_SECOND = 4;
const DRAIN_MS = 2_000;

export const about = 'latency: publish to careUnit.delta and to alarm.event, p50 and p99, at 100 and 500 beds x 8 metrics x 1 Hz';

export async function run({ quick, profileDir, beds: only }) {
  const times = quick ? { warmUpS: 5, seconds: 10 } : { warmUpS: 15, seconds: 60 };
  const wards = only === undefined ? (quick ? [100] : [100, 500]) : [only];
  for (const beds of wards) await measure({ beds, ...times, profileDir });
}

/** The last bed is the probe's; the others send eight metrics once a second, spread evenly over it. */
async function measure({ beds, warmUpS, seconds, profileDir }) {
  progress(`latency: ${beds} beds, ${warmUpS} s to warm up, ${seconds} s measured`);
  const { stack, end } = await startStack({ beds, profileDir });
  const devices = stack.devices;
  const shown = [];
  const alarms = [];
  await openScreen({
    app: stack.app,
    token: await stack.token(),
    onDelta: ({ beds: changed }, atMs) => {
      for (const { bedId, readings } of changed) if (readings.length > 0) shown.push({ bedId, ofMs: readings[0].atMs, atMs });
    },
    onAlarm: ({ alarm }, atMs) => void (alarm.metric === 'temperature' && alarms.push({ ofMs: alarm.atMs, atMs })),
  });
  const ledgerFile = join(stack.dir, 'ledger');
  const load = startLoad({
    mqttUrl: stack.mqttUrl,
    devices: devices.slice(0, -1),
    messagesPerSecond: beds - 1,
    metrics: EIGHT_METRICS,
    ledgerFile,
  });
  await load.ready;
  const probe = await startProbe({ mqttUrl: stack.mqttUrl, device: devices.at(-1), perSecond: PROBE_PER_SECOND });
  await sleep(warmUpS * 1000);
  const cores = watchCpu({ ...stack.pids(), bench: process.pid });
  const fromMs = Date.now();
  await sleep(seconds * 1000);
  const within = { fromMs, toMs: Date.now() };
  const cpu = cores();
  const { heldBack } = await load.stop();
  await probe.stop();
  await sleep(DRAIN_MS);
  stack.pids();
  const parameters = { beds, metrics: EIGHT_METRICS.length, hz: 1, seconds, heldBack, cpu };
  reportDelays('delta', shownDelays(shown, readLedger(ledgerFile).entries, within), parameters);
  reportDelays('alarm', alarmDelays(alarms, probe.publishedMs, within), { ...parameters, probeHz: PROBE_PER_SECOND });
  await end();
}

function reportDelays(what, { delays, expected }, parameters) {
  const counts = { events: delays.length, published: expected };
  report(`latency.${what}.p50`, round(quantile(delays, 0.5)), 'ms', { ...parameters, ...counts });
  report(`latency.${what}.p99`, round(quantile(delays, 0.99)), 'ms', {
    ...parameters,
    ...counts,
    aim: 250,
    max: round(delays.at(-1)),
  });
}

const isWithin = (atMs, { fromMs, toMs }) => atMs >= fromMs && atMs < toMs;

function shownDelays(shown, entries, within) {
  const first = new Map();
  for (const { bedId, ofMs, atMs } of shown) {
    const key = `${bedId}/${ofMs}`;
    if (!first.has(key)) first.set(key, atMs);
  }
  const asked = entries.filter((entry) => isWithin(entry.publishedMs, within));
  const delays = asked.flatMap(({ deviceId, atMs, publishedMs }) => {
    const shownMs = first.get(`${deviceId.replace('sim-', '')}/${atMs}`);
    return shownMs === undefined ? [] : [shownMs - publishedMs];
  });
  return { delays, expected: asked.length };
}

function alarmDelays(alarms, publishedMs, within) {
  const first = new Map();
  for (const { ofMs, atMs } of alarms) if (!first.has(ofMs)) first.set(ofMs, atMs);
  const asked = [...publishedMs].filter(([, atMs]) => isWithin(atMs, within));
  const delays = asked.flatMap(([ofMs, atMs]) => (first.has(ofMs) ? [first.get(ofMs) - atMs] : []));
  return { delays, expected: asked.length };
}
