import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AuditReport, openSigningKeyFile, type Signer, verifyAudit } from '@vigil/audit-chain';
import { PatientId } from '@vigil/contracts';
import { openAuditFile } from '../../src/adapters/sql/audit-file.js';
import { auditFactsOf } from '../../src/audit/audit-facts.js';
import { Checkpoints } from '../../src/audit/checkpoints.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { openTestStores } from '../contract/sql-fixture.js';
import { commitUnguarded, CRIMES, type Expected } from './audit-tampering.js';
import { randomOf } from './kill-plan.js';

/** 150 in a run of all tests, 1,000 by `npm run faults -- --only=audit` (CK-S31). */
const COUNT = Number(process.env['VIGIL_TEST_AUDIT_CRIMES'] ?? 150);
const SEED = Number(process.env['VIGIL_TEST_AUDIT_SEED'] ?? 1);
const REPORT = process.env['VIGIL_TEST_AUDIT_REPORT'];
const ENTRIES = 5_200;
const CHECKPOINT_EVERY = 400;

const folder = mkdtempSync(join(tmpdir(), 'vigil-tamper-'));
const clean = join(folder, 'clean.db');
const signer = openSigningKeyFile(join(folder, 'signing-key.json'), { create: true });
const foreign: Signer = openSigningKeyFile(join(folder, 'foreign', 'signing-key.json'), { create: true });
/** What an anchor took: each note as it was made. */
const anchored: string[] = [];

beforeAll(async () => {
  const stores = await openTestStores();
  const loop = new Checkpoints({
    log: stores.auditLog,
    clock: stores.clock,
    openSigner: () => signer,
    publish: (note) => void anchored.push(note),
    report: { made: () => undefined, broken: (why) => expect(why).toBe(''), away: (error) => expect(error).toBeNull() },
  });
  for (let written = 0; written < ENTRIES; written += CHECKPOINT_EVERY) {
    const batch = Array.from({ length: Math.min(CHECKPOINT_EVERY, ENTRIES - written) }, (_, i) => {
      const n = written + i;
      const patientIds =
        n % 3 === 0 ? [] : [PatientId.parse(`pat-${n % 40}`), ...(n % 7 === 0 ? [PatientId.parse('pat-77')] : [])];
      const action = ['bed.read', 'alarm.accept', 'patient.read', 'session.create'][n % 4]!;
      const entry = auditEntry({ actor: `nurse-${n % 11}`, action, object: `bed:icu-${n % 8}`, outcome: 'allowed', patientIds });
      return stores.auditTrail.append(entry, stores.clock.wallMs() + n * 250);
    });
    await Promise.all(batch);
    await loop.look(true);
  }
  const db = new DatabaseSync(stores.file);
  db.exec(`VACUUM INTO '${clean}'`);
  db.close();
  await stores.end();
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

async function verify(path: string): Promise<AuditReport> {
  const file = openAuditFile(path);
  try {
    return await verifyAudit({
      ...file,
      entries: file.entries(),
      checkpoints: file.checkpoints(),
      factsOf: auditFactsOf,
      anchors: [{ name: 'anchor', notes: each(anchored) }],
      publicKeys: signer.publicKeys,
    });
  } finally {
    file.close();
  }
}

/** Named right: a finding of an expected kind that meets the place, and no wider than the place allows. */
function isNamed(report: AuditReport, { kinds, from, to }: Expected): boolean {
  const wide = to - from + 2;
  return report.findings.some((finding) => {
    return kinds.includes(finding.kind) && finding.from <= to && finding.to >= from && finding.to - finding.from + 1 <= wide;
  });
}

test('the log that nobody touched is in order', async () => {
  const report = await verify(clean);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, checkpoints: 13, newest: { checkpoint: { size: report.lastSeq } } });
  expect(report.lastSeq).toBeGreaterThanOrEqual(5_000);
});

test(`${COUNT} of ${COUNT} changes by somebody who may do everything to the database are found and named`, async () => {
  const failures: string[] = [];
  const kinds = new Map<string, number>();
  for (let n = 0; n < COUNT; n += 1) {
    const random = randomOf(SEED * 100_000 + n);
    const crime = CRIMES[n % CRIMES.length]!;
    const path = join(folder, 'scene.db');
    copyFileSync(clean, path);
    const db = new DatabaseSync(path);
    const expectation = commitUnguarded(db, crime, (below) => Math.floor(random() * below), foreign);
    db.close();
    const report = await verify(path);
    if (report.ok || !isNamed(report, expectation)) {
      const found = report.findings.slice(0, 4).map(({ kind, from, to }) => `${kind} ${from}-${to}`);
      failures.push(`#${n} ${crime.name} at ${expectation.from}-${expectation.to}: ${found.join(', ') || 'nothing'}`);
    }
    for (const kind of new Set(report.findings.map((finding) => finding.kind))) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  if (REPORT !== undefined) {
    appendFileSync(
      REPORT,
      `${JSON.stringify({ crimes: COUNT, seed: SEED, missed: failures.length, kinds: Object.fromEntries(kinds) })}\n`,
    );
  }
  expect(failures).toEqual([]);
}, 1_800_000);
