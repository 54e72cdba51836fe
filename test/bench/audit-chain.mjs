/** The audit log: what an entry costs to hash, and how long its verifier takes over a database of that many entries. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ChainState, openSigningKeyFile, verifyAudit } from '@vigil/audit-chain';
import { openAuditFile } from '../../dist/adapters/sql/audit-file.js';
import { rowsOf } from '../../dist/adapters/sql/audit-rows.js';
import { openSql } from '../../dist/adapters/sql/sql.js';
import { auditFactsOf } from '../../dist/audit/audit-facts.js';
import { auditEntry } from '../../dist/ports/audit-trail.js';
import { progress, report, round } from './lib/report.mjs';

export const about = 'audit-chain: hashing an entry of the audit log, and verifying 1,000,000 of them in a database';
const ENTRIES = 1_000_000;
const ENTRIES_QUICK = 20_000;
const CHECKPOINT_EVERY = 1000;
const START_MS = Date.UTC(2026, 0, 1);

const entryNo = (n) =>
  auditEntry({
    actor: `nurse-${n % 200}`,
    roles: ['nurse'],
    action: n % 5 === 0 ? 'alarm.acknowledge' : 'bed.read',
    object: `bed:icu-${n % 500}`,
    patientIds: [`pat-${n % 500}`],
    outcome: 'allowed',
    ip: '10.0.0.7',
    stationId: `station-${n % 40}`,
    sessionRef: `session-${n % 300}`,
    purpose: 'treatment',
  });

/** A database as the platform leaves it, written without its waits for the disk. */
async function fill(path, keyFile, count) {
  const sql = await openSql({ file: path });
  await sql.close();
  const signer = openSigningKeyFile(keyFile, { create: true });
  const db = new DatabaseSync(path);
  db.exec('PRAGMA synchronous = OFF');
  db.exec('DELETE FROM audit_state');
  const audit = db.prepare(
    'INSERT INTO audit (seq, content, chain, at_wall_ms, actor, action, object, outcome, entry_id) VALUES (?,?,?,?,?,?,?,?,?)',
  );
  const patient = db.prepare('INSERT INTO audit_patient (seq, patient_id) VALUES (?,?)');
  const node = db.prepare('INSERT INTO audit_node (level, place, hash) VALUES (?,?,?)');
  const checkpoint = db.prepare('INSERT INTO audit_checkpoint (size, note, at_wall_ms) VALUES (?,?,?)');
  const state = ChainState.empty();
  db.exec('BEGIN');
  for (let seq = 1; seq <= count; seq += 1) {
    const atMs = START_MS + seq * 100;
    const { audit: row, patients, nodes } = rowsOf(state, entryNo(seq), atMs);
    audit.run(row.seq, row.content, row.chain, row.at_wall_ms, row.actor, row.action, row.object, row.outcome, row.entry_id);
    for (const { patient_id } of patients) patient.run(seq, patient_id);
    for (const { level, place, hash } of nodes) node.run(level, place, hash);
    if (seq % CHECKPOINT_EVERY === 0) {
      const note = signer.sign({ size: seq, root: state.frontier.root(), head: state.chainHead, timeMs: atMs });
      checkpoint.run(seq, note, atMs);
    }
  }
  const keep = db.prepare('INSERT INTO audit_state (name, content, writes) VALUES (?,?,1)');
  for (const name of ['head', 'checkpoint']) keep.run(name, state.serialise());
  db.exec('COMMIT');
  db.close();
  return signer.publicKeys;
}

function measureAppend(count) {
  const state = ChainState.empty();
  const contents = Array.from({ length: 1000 }, (_, n) =>
    Buffer.from(rowsOf(ChainState.empty(), entryNo(n), START_MS).audit.content),
  );
  const startedMs = performance.now();
  for (let n = 0; n < count; n += 1) state.append(contents[n % contents.length]);
  const us = ((performance.now() - startedMs) * 1000) / count;
  report('audit-chain.append', round(us), 'us per entry', { entries: count, bytes: contents[1].length });
}

async function measureVerify(path, publicKeys) {
  const file = openAuditFile(path);
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const verified = await verifyAudit({
    ...file,
    entries: file.entries(),
    checkpoints: file.checkpoints(),
    factsOf: auditFactsOf,
    publicKeys,
  });
  const tookMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(before);
  file.close();
  if (!verified.ok) throw new Error(`a log in order was not found so: ${JSON.stringify(verified.findings[0])}`);
  const mib = (bytes) => Math.round(bytes / 2 ** 20);
  report('audit-chain.verify', round(tookMs / 1000), 's', {
    entries: verified.entries,
    checkpoints: verified.checkpoints,
    cpuS: round((cpu.user + cpu.system) / 1e6),
    cpuUsPerEntry: round((cpu.user + cpu.system) / verified.entries),
    fileMiB: mib(statSync(path).size),
    rssMiB: mib(process.memoryUsage().rss),
  });
}

export async function run({ quick }) {
  const count = quick ? ENTRIES_QUICK : ENTRIES;
  measureAppend(quick ? 20_000 : 200_000);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-audit-'));
  try {
    progress(`audit-chain: writing ${count} entries`);
    const path = join(folder, 'vigil.db');
    const publicKeys = await fill(path, join(folder, 'signing-key.json'), count);
    await measureVerify(path, publicKeys);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
