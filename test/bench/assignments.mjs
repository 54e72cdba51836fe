/** Where devices are: reading all of it from the database, and asking for one message whose it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AttributionIndex } from '../../dist/stream/attribution-index.js';
import { progress, quantile, report, round } from './lib/report.mjs';
import { openStores, siteOf } from './lib/stores.mjs';

export const about = 'assignments: a snapshot of 5,000 devices x 8 spans, and look-ups a second by event time';
const DEVICES = 5_000;
const SPANS = 8;
const SPAN_MS = 3_600_000;
const LOOK_UPS = 5_000_000;
const AIM = 1_000_000;

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-assignments-'));
  try {
    const stores = await openStores(folder);
    const nowMs = Date.now();
    progress(`assignments: ${DEVICES} devices at ${SPANS} beds each`);
    await stores.directory.seed(siteOf(DEVICES), new Map(), { nowMs, wallMs: nowMs, rate: 1 });
    const devices = addSpans(join(folder, 'vigil.db'), nowMs);
    const took = [];
    for (let n = 0; n < (quick ? 3 : 10); n++) {
      const startMs = performance.now();
      await stores.deviceAssignments.snapshot(nowMs);
      took.push(performance.now() - startMs);
    }
    report('assignments.snapshot', round(quantile(took, 0.5)), 'ms', { devices: devices.length, spans: DEVICES * SPANS });
    const index = new AttributionIndex(stores.deviceAssignments, { wallMs: Date.now, nowMs: Date.now });
    await index.refresh();
    await lookUp(index, devices, { nowMs, count: quick ? LOOK_UPS / 10 : LOOK_UPS });
    await stores.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seven spans before that of now, at other beds, without gaps. */
function addSpans(file, nowMs) {
  const db = new DatabaseSync(file);
  const rows = db.prepare('SELECT device_id, bed_id FROM device_assignment').all();
  const insert = db.prepare(
    `INSERT INTO device_assignment (assignment_id, device_id, bed_id, from_ms, to_ms, channels_json, source, set_by, reason, note, rev, voided_wall_ms, set_wall_ms)
     VALUES (?, ?, ?, ?, ?, NULL, 'site', NULL, 'routine', NULL, 1, NULL, 0)`,
  );
  db.exec('BEGIN');
  rows.forEach(({ device_id: deviceId }, n) => {
    for (let back = 1; back < SPANS; back++) {
      const [fromMs, toMs] = [nowMs - back * SPAN_MS, nowMs - (back - 1) * SPAN_MS];
      insert.run(`${deviceId}-${back}`, deviceId, rows[(n + back) % rows.length].bed_id, fromMs, toMs);
    }
  });
  db.exec('COMMIT');
  db.close();
  return rows.map(({ device_id: deviceId }) => deviceId);
}

async function lookUp(index, devices, { nowMs, count }) {
  let found = 0;
  const startMs = performance.now();
  for (let n = 0; n < count; n++) {
    const atMs = nowMs - ((n * 7_919) % ((SPANS - 1) * SPAN_MS));
    if (index.spanAt(devices[n % devices.length], atMs) !== null) found += 1;
  }
  const perSecond = Math.round(count / ((performance.now() - startMs) / 1_000));
  report('assignments.look-ups', perSecond, '1/s', { aim: AIM, found, count });
}
