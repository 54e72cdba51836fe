/** A report over a quarter of one care unit with a million alarms, of which some were told of. */
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { progress, report, round } from './lib/report.mjs';
import { root } from './lib/stack.mjs';
import { openStores, siteOf } from './lib/stores.mjs';

export const about = 'reports: alarm load of a care unit with a million alarms in 92 days (--quick: 100,000)';
const DAYS = 92;
const DAY_MS = 86_400_000;
const BEDS = 50;
/** Of a hundred alarms so many were told of. */
const TOLD_PCT = 10;

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-reports-'));
  const alarms = quick ? 100_000 : 1_000_000;
  const stores = await openStores(folder);
  try {
    await stores.directory.seed(siteOf(BEDS), new Map(), { nowMs: Date.now(), wallMs: Date.now(), rate: 1 });
    progress(`${alarms} alarms`);
    fill(join(folder, 'vigil.db'), alarms);
    const { alarmLoad } = await import(pathToFileURL(join(root, 'dist/reports/alarm-load.js')).href);
    const range = { careUnitId: 'icu', fromMs: 0, toMs: DAYS * DAY_MS };
    const beds = await stores.reports.bedsOf('icu');
    for (const turn of ['first', 'again']) {
      let longestMs = 0;
      let lastMs = performance.now();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - lastMs);
        lastMs = performance.now();
      }, 1);
      const spent = process.cpuUsage();
      const startedMs = performance.now();
      const load = await alarmLoad(stores.reports, range, beds);
      const tookMs = performance.now() - startedMs;
      const { user, system } = process.cpuUsage(spent);
      clearInterval(watch);
      if (load.alarms !== alarms) throw new Error(`${load.alarms} counted`);
      report('reports.alarm-load', round(tookMs), 'ms', {
        alarms,
        toldPct: TOLD_PCT,
        turn,
        cpuMs: round((user + system) / 1_000),
        longestTurnOfOthersMs: round(longestMs),
      });
    }
  } finally {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(file, alarms) {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA foreign_keys=OFF; BEGIN');
  const fact = db.prepare(
    `insert into alarm_fact (care_unit_id, onset_ms, alarm_id, bed_id, encounter_id, condition_code, priority_rank, technical, origin, flapping, shelved, begun, label)
     values ('icu', ?, ?, ?, ?, ?, ?, ?, 'live', 0, 0, ?, ?)`,
  );
  const escalation = db.prepare(
    "insert into escalation (alarm_id, state, rev, step, next_wall_ms, started_wall_ms, accepted_by, accepted_wall_ms) values (?, 'accepted', 3, 1, null, ?, 'amy', ?)",
  );
  const answer = db.prepare(
    "insert into escalation_answer (command_id, alarm_id, staff_id, answer, reason, at_ms, at_wall_ms, escalation_rev, step) values (?, ?, 'amy', 'accept', null, ?, ?, 3, 1)",
  );
  const gapMs = (DAYS * DAY_MS) / alarms;
  for (let n = 0; n < alarms; n++) {
    const onsetMs = Math.floor(n * gapMs);
    // As ids are: in no order.
    const id = `${((n * 2_654_435_761) % 4_294_967_296).toString(36).padStart(8, 'a')}${String(n).padStart(18, 'a')}`;
    const told = n % 100 < TOLD_PCT ? 1 : 0;
    const label = n % 50 === 0 ? 'nuisance' : null;
    fact.run(onsetMs, id, `icu-${1 + (n % BEDS)}`, `enc-${n % 700}`, `code-${n % 40}`, n % 3, n % 2, told, label);
    if (told === 0) continue;
    escalation.run(id, onsetMs, onsetMs + 30_000);
    answer.run(`c-${n}`, id, onsetMs, onsetMs + 30_000);
  }
  db.exec('COMMIT');
  db.close();
}
