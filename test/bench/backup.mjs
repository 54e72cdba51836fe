/** Back-up and restore: what an interval of five minutes costs, and whether commits wait while one is made. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { progress, quantile, report, round } from './lib/report.mjs';

export const about =
  'back-up: full and incremental, commits beside it, restore (100 beds, 4 hours, 100,000 audit entries; --beds: a day, 1,000,000)';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const FROM_MS = Date.UTC(2026, 10, 1);
const MINUTE_MS = 60_000;
const METRICS = ['heartRate', 'spo2', 'respirationRate', 'arterialMean', 'temperature'];
const MIB = 1024 ** 2;
const COMMIT_EVERY_MS = 10;
const AUDIT_BATCH = 1_000;
const INTERVAL_MIN = 5;
const INTERVALS = 3;

export async function run({ quick, beds }) {
  const usual = quick ? { beds: 10, hours: 1, entries: 5_000 } : { beds: 100, hours: 4, entries: 100_000 };
  const size = beds === undefined ? usual : { beds, hours: 24, entries: 1_000_000 };
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-backup-'));
  const at = (name) => join(folder, name);
  try {
    const writer = await fill(at('live'), size);
    await cli(at('live'), 'backup-key', at('recovery.json'));
    const alone = await commits(at('live'), () => sleep(5_000));
    report('backup-commit-alone', round(alone.p99), 'ms p99 of a synced commit, no back-up', {
      p50: round(alone.p50),
      n: alone.n,
    });
    const backup = (...more) => cli(at('live'), 'backup', at('data'), '--keys-to', at('keys'), ...more);
    const beside = await commits(at('live'), () => backup());
    const full = last(at('live'));
    report('backup-full', round(full.tookMs / 1_000), 's, everything, 64 MiB a second at most', sizes(full, size));
    report('backup-commit-beside', round(beside.p99), 'ms p99 of a synced commit, beside a full back-up', {
      p50: round(beside.p50),
      max: round(beside.max),
      n: beside.n,
    });
    for (let n = 0; n < INTERVALS; n++) {
      await writer.minutes(INTERVAL_MIN);
      await backup();
      const run = last(at('live'));
      report('backup-interval', round(run.tookMs / 1_000), `s, what ${INTERVAL_MIN} minutes changed`, sizes(run, size));
    }
    await writer.close();
    const started = performance.now();
    await promisify(execFile)(process.execPath, [
      CLI,
      'restore',
      at('data'),
      '--into',
      at('restored'),
      '--keys',
      at('keys'),
      '--recovery-key',
      at('recovery.json'),
    ]);
    report('backup-restore', round((performance.now() - started) / 1_000), 's, checked, with the audit log verified', {
      foldersMiB: round(bytesIn(at('data')) / MIB),
      ...size,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cli = (dataDir, ...args) => promisify(execFile)(process.execPath, [CLI, '--data-dir', dataDir, ...args]);
const last = (dataDir) => JSON.parse(readFileSync(join(dataDir, 'backup', 'last-run.json'), 'utf8'));
const sizes = ({ readBytes, writtenBytes }, size) => ({
  readMiB: round(readBytes / MIB),
  writtenMiB: round(writtenBytes / MIB),
  ...size,
});

function bytesIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Synced commits of one row every 10 ms while something runs, as the platform makes them. */
async function commits(dataDir, during) {
  const db = new DatabaseSync(join(dataDir, 'vigil.db'));
  db.exec(
    'PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS bench_row (n INTEGER PRIMARY KEY, text TEXT)',
  );
  const insert = db.prepare('INSERT INTO bench_row (text) VALUES (?)');
  const took = [];
  let isOver = false;
  const running = during().finally(() => (isOver = true));
  while (!isOver) {
    const began = performance.now();
    insert.run('a row');
    took.push(performance.now() - began);
    await sleep(COMMIT_EVERY_MS);
  }
  await running;
  db.exec('DROP TABLE bench_row');
  db.close();
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), max: Math.max(...took), n: took.length };
}

async function fill(dataDir, { beds, hours, entries }) {
  await cli(dataDir, 'init');
  const [{ SqliteObservationStore }, { openSql }, { appendAudits }, { auditEntry }] = await Promise.all([
    import('../../dist/adapters/history-sqlite/history-sqlite.js'),
    import('../../dist/adapters/sql/sql.js'),
    import('../../dist/adapters/sql/audit-row.js'),
    import('../../dist/ports/audit-trail.js'),
  ]);
  const history = new SqliteObservationStore(join(dataDir, 'history.db'));
  const sql = await openSql({ file: join(dataDir, 'vigil.db') });
  let minute = 0;
  let audited = 0;
  const audit = async (count) => {
    const entry = () =>
      auditEntry({
        actor: 'amy',
        action: 'bed.read',
        object: `bed:icu-${(audited % beds) + 1}`,
        outcome: 'allowed',
        detail: String(audited++),
      });
    const some = Array.from({ length: count }, () => ({ entry: entry(), wallMs: FROM_MS + audited }));
    await sql.transaction((tx) => appendAudits(tx, some));
  };
  const minutes = async (count) => {
    for (const end = minute + count; minute < end; minute++) {
      await history.write(0, { samples: [...samplesOf(beds, FROM_MS + minute * MINUTE_MS)] }, String(minute));
    }
    await audit(200);
  };
  progress(`back-up: writing ${beds} beds x ${hours} hours of history and ${entries} audit entries`);
  await minutes(hours * 60);
  while (audited < entries) await audit(AUDIT_BATCH);
  const close = async () => {
    history.close();
    await sql.close();
  };
  return { minutes, close };
}

function* samplesOf(beds, minuteMs) {
  for (let bed = 1; bed <= beds; bed++) {
    for (let second = 0; second < 60; second++) {
      for (const [i, metric] of METRICS.entries()) {
        // Neither constant nor random: a slow wave with the noise of a monitor.
        const value = Math.round(
          80 + i + 5 * Math.sin((minuteMs / 1_000 + second) / 300 + bed) + ((second * 7 + bed * 3 + i) % 3),
        );
        yield {
          bedId: `icu-${bed}`,
          metric,
          atMs: minuteMs + second * 1_000 + ((bed * 37) % 40),
          value,
          deviceId: `mon-${bed}`,
          quality: 'valid',
        };
      }
    }
  }
}
