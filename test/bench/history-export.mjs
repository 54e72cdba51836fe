/** A month of one stay as one Parquet file: how long, how large, and what memory it takes while whoever takes it is slow or not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress, report, round } from './lib/report.mjs';

export const about = 'history-export: a month of nine metrics each second as one Parquet file, with the memory that it takes';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2026, 9, 1);
const METRICS = [
  ...['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'temperature'],
  ...['arterialSystolic', 'arterialDiastolic', 'arterialMean', 'etco2'],
];
const MIB = 1024 * 1024;

export async function run({ quick }) {
  const days = quick ? 1 : 30;
  const [{ SqliteObservationStore }, { exportRows }, { parquetExport }] = await Promise.all([
    import('../../dist/adapters/history-sqlite/history-sqlite.js'),
    import('../../dist/history/export-rows.js'),
    import('../../dist/history/export-parquet.js'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-export-'));
  try {
    const store = new SqliteObservationStore(join(folder, 'history.db'));
    await fill(store, days);
    const before = rssMiB();
    const range = { fromMs: FROM_MS, toMs: FROM_MS + days * DAY_MS };
    const stay = { encounterId: 'enc-1', patientId: 'pat-1', admittedMs: range.fromMs, dischargedMs: null };
    const parts = [{ ...range, bedId: 'icu-1', stay }];
    const stays = [{ encounterId: 'enc-1', patient: null, ageYears: null }];
    const head = { of: { kind: 'encounter', id: 'enc-1' }, range, parts, everyMs: 0, stays, reason: 'research', by: 'bench' };
    const wanted = { metrics: METRICS, parts, everyMs: 0, gaps: [], isDeidentified: true, stays: ['enc-1'], rowsMax: 25_000_000 };
    const started = performance.now();
    let [bytes, most] = [0, before];
    const rows = exportRows(store, wanted);
    for await (const piece of parquetExport({ ...head, madeAtMs: range.toMs, isDeidentified: true }, rows)) {
      bytes += piece.length;
      most = Math.max(most, rssMiB());
    }
    const count = days * 86_400 * METRICS.length;
    const facts = { days, metrics: METRICS.length, rows: count, MiB: round(bytes / MIB), rssBeforeMiB: before, rssMostMiB: most };
    report('history-export-parquet', round((performance.now() - started) / 1_000), 's', facts);
    store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rssMiB = () => Math.round(process.memoryUsage.rss() / MIB);

/** Packed day by day, as upkeep does it. */
async function fill(store, days) {
  progress(`history-export: writing ${days} days`);
  for (let day = 0; day < days; day++) {
    const dayMs = FROM_MS + day * DAY_MS;
    for (let minuteMs = dayMs; minuteMs < dayMs + DAY_MS; minuteMs += MINUTE_MS) {
      const samples = METRICS.flatMap((metric, m) =>
        Array.from({ length: 60 }, (_, second) => {
          const atMs = minuteMs + second * 1_000 + ((second * 7) % 40);
          const value = Math.round((60 + 8 * m + 4 * Math.sin((atMs / 1_000 + m) / 97) + ((atMs / 1_000) % 7) / 7) * 10) / 10;
          return { bedId: 'icu-1', metric, atMs, value, deviceId: 'mon-1', quality: 'valid' };
        }),
      );
      await store.write(0, { samples }, String(minuteMs));
    }
    await store.compact({ rawDays: 0, minuteDays: 0, hourDays: 0 }, { nowMs: dayMs + DAY_MS + 3 * 3_600_000, stepMs: 0 });
  }
}
