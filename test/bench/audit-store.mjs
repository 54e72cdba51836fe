/** What the audit trail costs a request, and what a search in a long one takes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { progress, quantile, report, round } from './lib/report.mjs';
import { root } from './lib/stack.mjs';

export const about = 'audit-store: an audit entry per request, alone and many at once; who viewed a patient among 100,000';

const load = (path) => import(pathToFileURL(join(root, 'dist', path)));
const patients = (count, from = 0) => Array.from({ length: count }, (_, n) => `pat-${from + n}`);

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-audit-'));
  const { openSql } = await load('adapters/sql/sql.js');
  const { SqlAuditTrail } = await load('adapters/sql/sql-audit-trail.js');
  const { auditEntry } = await load('ports/audit-trail.js');
  const sql = await openSql({ file: join(folder, 'vigil.db') });
  const trail = new SqlAuditTrail({ sql });
  const entry = (patientIds, n) =>
    auditEntry({
      actor: `nurse-${n % 200}`,
      roles: ['nurse'],
      action: 'bed.read',
      object: patientIds.length === 1 ? `bed:icu-${n % 500}` : 'careUnit:icu',
      patientIds,
      outcome: 'allowed',
      ip: '192.0.2.1',
      sessionRef: '0123456789abcdef',
      purpose: 'treatment',
    });
  try {
    const times = quick ? 100 : 1_000;
    // What any commit of one row costs here: the disk, not the audit trail.
    await timed('audit.commit-of-one-row', times, (n) =>
      sql.transaction(({ db }) =>
        db
          .insertInto('meta')
          .values({ name: `m${n}`, content: 'x' })
          .execute(),
      ),
    );
    for (const shown of [1, 20, 100]) {
      await timed(`audit.entry-of-${shown}-patients`, times, (n) => trail.append(entry(patients(shown), n), Date.now()));
    }
    await together(trail, entry, quick ? 2_000 : 100_000);
    await timed('audit.search-patient', times, (n) => trail.list({ limit: 100, patientId: `pat-${1_000 + (n % 500)}` }));
    await timed('audit.search-actor-and-outcome', times, (n) =>
      trail.list({ limit: 100, actor: `nurse-${n % 200}`, outcome: 'allowed' }),
    );
  } finally {
    await sql.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function together(trail, entry, count) {
  progress(`audit: ${count} entries, 100 at once`);
  const startedMs = performance.now();
  for (let at = 0; at < count; at += 100) {
    const group = Array.from({ length: 100 }, (_, n) =>
      trail.append(entry(patients(1, 1_000 + ((at + n) % 500)), at + n), Date.now()),
    );
    await Promise.all(group);
  }
  report('audit.entries-at-once', round((count * 1_000) / (performance.now() - startedMs)), 'entries/s', { count, atOnce: 100 });
}

async function timed(name, times, act) {
  progress(name);
  const took = [];
  for (let n = 0; n < times; n++) {
    const startedMs = performance.now();
    await act(n);
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  report(name, round(quantile(took, 0.5)), 'ms', { p99Ms: round(quantile(took, 0.99)), times });
}
