/**
 * History in a real InfluxDB (`VIGIL_TEST_INFLUXD`): observations a second that are stored and answered for, with each counted
 * afterwards; bytes a point on its disk; a day of one metric by the minute.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SystemClock } from '@vigil/clock';
import { InfluxObservationStore } from '../../dist/adapters/influx/influx-store.js';
import { progress, quantile, report, round } from './lib/report.mjs';

export const about =
  'history-influx: observations/s stored in InfluxDB, bytes a point, a day by the minute (needs VIGIL_TEST_INFLUXD)';

const METRICS = ['heartRate', 'spo2', 'respirationRate', 'temperature', 'pulseRate'];
const PARTITIONS = 4;
const DAY_S = 86_400;

export async function run({ quick }) {
  const program = process.env.VIGIL_TEST_INFLUXD ?? '';
  if (program === '') {
    progress('history-influx is skipped: it needs VIGIL_TEST_INFLUXD (node scripts/influxd.mjs build)');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-influx-'));
  const child = spawn(process.execPath, ['scripts/influxd.mjs', 'run', program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port, token] = await new Promise((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => resolve(line.split(' ').slice(1)));
      child.on('close', () => reject(new Error('InfluxDB did not start')));
    });
    const retention = { rawDays: 0, minuteDays: 0, hourDays: 0 };
    const server = { url: `http://127.0.0.1:${port}`, token, org: 'vigil', bucket: 'bench' };
    const store = new InfluxObservationStore({ ...server, retention, clock: new SystemClock(), timeoutMs: 60_000 });
    await writes(store, quick ? 200_000 : 2_000_000);
    await day(store, folder, quick ? 20 : 200);
    store.close();
  } finally {
    const ended = new Promise((done) => child.on('close', done));
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As four partitions bring them: five seconds of 1 Hz at once. */
async function writes(store, total) {
  const startMs = Date.now() - 3_600_000;
  const perPartition = total / PARTITIONS;
  const beds = 200;
  const perSecond = beds * METRICS.length;
  const seconds = Math.ceil(perPartition / perSecond);
  const batch = (partition, fromS) =>
    Array.from({ length: 5 }, (_, s) => fromS + s).flatMap((second) =>
      Array.from({ length: beds }, (_, bed) =>
        METRICS.map((metric, n) => ({
          ...{ bedId: `b-${partition}-${bed}`, deviceId: `m-${partition}-${bed}`, metric, quality: 'valid' },
          ...{ atMs: startMs + second * 1_000, value: 60 + ((second * 7 + bed + n) % 40) },
        })),
      ).flat(),
    );
  await store.write(0, { samples: [] }, '0');
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      for (let s = 0; s < seconds; s += 5) await store.write(partition, { samples: batch(partition, s) }, String(s + 1));
    }),
  );
  const tookS = (performance.now() - beganMs) / 1_000;
  const sent = PARTITIONS * Math.ceil(seconds / 5) * 5 * perSecond;
  let stored = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let bed = 0; bed < beds; bed++) {
      const range = { bedId: `b-${partition}-${bed}`, fromMs: 0, toMs: 2 ** 42, devices: [] };
      for (const { count } of await store.counts(range)) stored += count;
    }
  }
  report('history-influx.stored', Math.round(sent / tookS), 'observations/s', {
    sent,
    missing: sent - stored,
    partitions: PARTITIONS,
  });
}

async function day(store, folder, times) {
  const toMs = Math.floor(Date.now() / 60_000) * 60_000;
  const fromMs = toMs - DAY_S * 1_000;
  const before = bytesOf(join(folder, 'engine'));
  for (let s = 0; s < DAY_S; s += 20_000) {
    const samples = Array.from({ length: Math.min(20_000, DAY_S - s) }, (_, n) => ({
      ...{ bedId: 'day', deviceId: 'mon', metric: 'heartRate', quality: 'valid' },
      ...{ atMs: fromMs + (s + n) * 1_000, value: 60 + ((s + n) % 40) },
    }));
    await store.write(9, { samples }, null);
  }
  const took = [];
  for (let n = 0; n < times; n++) {
    const startMs = performance.now();
    const points = await store.read({ bedId: 'day', metric: 'heartRate', fromMs, toMs, everyMs: 60_000, limit: 2_000 });
    took.push(performance.now() - startMs);
    if (points.length !== 1_440) throw new Error(`a day has 1440 minutes, not ${points.length}`);
  }
  report('history-influx.day-by-minute', round(quantile(took, 0.5)), 'ms', { p99: round(quantile(took, 0.99)), times });
  report(
    'history-influx.write-ahead',
    round((bytesOf(join(folder, 'engine')) - before) / DAY_S),
    'bytes a point, not compacted yet',
  );
}

function bytesOf(folder) {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    const stat = statSync(join(folder, String(name)), { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}
