/** The embedded history: what a day's query takes, what a sample takes on disk, and how long packing holds the process up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress, quantile, report, round } from './lib/report.mjs';

export const about = 'history: embedded store, queries of a day, bytes a sample, packing (2 beds, 3 days)';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM_MS = Date.UTC(2026, 10, 1);
const QUERIES = 200;
/** As a monitor prints them: around what, how far a second's step goes, parts of one. */
const METRICS = {
  heartRate: [82, 1.2, 1],
  pulseRate: [82, 1.2, 1],
  spo2: [96, 0.4, 1],
  respirationRate: [16, 0.8, 1],
  temperature: [37.1, 0.02, 10],
  arterialSystolic: [121, 1.5, 1],
  arterialDiastolic: [66, 1, 1],
  arterialMean: [84, 1.1, 1],
};

export async function run({ quick }) {
  const [beds, days, seed] = [2, quick ? 1 : 3, 7];
  const [{ SqliteObservationStore }, { historySize }] = await Promise.all([
    import('../../dist/adapters/history-sqlite/history-sqlite.js'),
    import('../../dist/adapters/history-sqlite/history-size.js'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-history-'));
  const file = join(folder, 'history.db');
  const about = { beds, days, metrics: Object.keys(METRICS).length, hz: 1, seed };
  try {
    const store = new SqliteObservationStore(file);
    await fill(store, about);
    const sizeOpen = historySize(file);
    report('history-open-bytes', perSample(sizeOpen), 'bytes of the file a sample', about);
    await queries(store, 'open', about);
    await pack(store, about);
    await queries(store, 'packed', about);
    const size = historySize(file);
    const { packed, minutes, hours } = size;
    report('history-packed-bytes', round(packed.bytes / packed.samples), 'bytes of content a sample', about);
    const mean = (part) => round(part.bytes / part.samples);
    report('history-mean-bytes', mean(minutes), 'bytes of content a sample, means of minutes', { hours: mean(hours) });
    const all = packed.bytes + minutes.bytes + hours.bytes;
    report('history-bed-day', round(all / 1024 / 1024 / size.bedDays), 'MiB a bed and day, packed with its means', about);
    report('history-file', perSample(size), 'bytes of the file a sample, without what is free in it', about);
    const soon = { rawDays: 1 / 24, minuteDays: 0, hourDays: 0 };
    await store.compact(soon, { nowMs: FROM_MS + about.days * DAY_MS, stepMs: 0 });
    await queries(store, 'minutes', about);
    store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const perSample = ({ fileBytes, freeBytes, open, packed }) => round((fileBytes - freeBytes) / (open.samples + packed.samples));

async function fill(store, { beds, days, seed }) {
  progress(`history: writing ${beds} beds x ${days} days`);
  const random = randomOf(seed);
  const now = new Map();
  let samples = 0;
  const started = performance.now();
  for (let minuteMs = FROM_MS; minuteMs < FROM_MS + days * DAY_MS; minuteMs += MINUTE_MS) {
    const batch = [];
    for (let bed = 1; bed <= beds; bed++) {
      for (let second = 0; second < 60; second++) {
        const atMs = minuteMs + second * 1_000 + Math.floor(random() * 40);
        for (const [metric, [around, step, parts]] of Object.entries(METRICS)) {
          const key = `${bed}/${metric}`;
          const before = now.get(key) ?? around;
          const next = before + (random() - 0.5) * 2 * step + (around - before) * 0.02;
          now.set(key, next);
          const value = Math.round(next * parts) / parts;
          batch.push({
            bedId: `icu-${bed}`,
            metric,
            atMs,
            value,
            deviceId: `mon-${bed}`,
            quality: random() < 0.002 ? 'questionable' : 'valid',
          });
        }
      }
    }
    samples += batch.length;
    await store.write(0, { samples: batch }, String(minuteMs));
  }
  const s = (performance.now() - started) / 1_000;
  report('history-write', Math.round(samples / s), 'samples/s, a minute at once', { beds, days });
}

async function queries(store, what, { days, beds }) {
  const nowMs = FROM_MS + days * DAY_MS;
  const range = (n, more) => ({ bedId: `icu-${(n % beds) + 1}`, metric: Object.keys(METRICS)[n % 8], limit: 10_000, ...more });
  const lastDay = { fromMs: nowMs - DAY_MS - 2 * HOUR_MS, toMs: nowMs - 2 * HOUR_MS, everyMs: MINUTE_MS };
  const kinds = {
    'a day by the minute': lastDay,
    'a day by the minute, ends within minutes': { ...lastDay, fromMs: lastDay.fromMs + 1_234, toMs: lastDay.toMs + 1_234 },
    'an hour, every sample': { fromMs: nowMs - 4 * HOUR_MS, toMs: nowMs - 3 * HOUR_MS, everyMs: 0 },
    'all by the hour': { fromMs: FROM_MS, toMs: nowMs, everyMs: HOUR_MS },
  };
  for (const [kind, more] of Object.entries(kinds)) {
    const tookMs = [];
    let points = 0;
    for (let n = 0; n < QUERIES; n++) {
      const from = performance.now();
      points = (await store.read(range(n, more))).length;
      tookMs.push(performance.now() - from);
    }
    const p99 = round(quantile(tookMs, 0.99));
    report('history-query', round(quantile(tookMs, 0.5)), 'ms p50', { p99, what: kind, kept: what, points, queries: QUERIES });
  }
}

/** How long one step holds the process up is how late a timer of 0 ms is. */
async function pack(store, { days }) {
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }, 1);
  const started = performance.now();
  const { packed } = await store.compact(
    { rawDays: 0, minuteDays: 0, hourDays: 0 },
    { nowMs: FROM_MS + days * DAY_MS, stepMs: 0 },
  );
  clearInterval(timer);
  const eachMs = round((performance.now() - started) / packed);
  report('history-pack', eachMs, 'ms for an hour of one series', { hours: packed, longestMs: round(longestMs) });
}

/** mulberry32 */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
