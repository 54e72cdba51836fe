/** What sealed records cost: the bed list of 500 beds, which screens and the live index read again and again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress, quantile, report, round } from './lib/report.mjs';
import { openStores, siteOf } from './lib/stores.mjs';

export const about = 'records: the bed list of 500 beds with sealed names, look-up, a new patient, sealing everything anew';
const BEDS = 500;

async function timed(name, times, run, parameters) {
  const took = [];
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await run(i);
    took.push(performance.now() - startMs);
  }
  report(`records.${name}`, round(quantile(took, 0.5)), 'ms', { p95: round(quantile(took, 0.95)), times, ...parameters });
}

export async function run({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-records-'));
  const times = quick ? 20 : 200;
  try {
    let stores = await openStores(folder);
    progress(`seeding ${BEDS} beds`);
    const at = { nowMs: Date.now(), wallMs: Date.now(), rate: 1 };
    await timed('first-seed', 1, () => stores.directory.seed(siteOf(BEDS), new Map(), at), { beds: BEDS });
    await stores.close();
    stores = await openStores(folder);
    await timed('beds-cold', 1, () => stores.directory.beds(), { beds: BEDS });
    await timed('beds-warm', times, () => stores.directory.beds(), { beds: BEDS });
    await timed('bed-warm', times, (i) => stores.directory.bed(`icu-${1 + (i % BEDS)}`));
    if (stores.recordKeys !== undefined) await more(stores, times);
    await stores.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function more({ directory, recordKeys }, times) {
  const entry = {
    entryId: null,
    actor: 'bench',
    roles: [],
    action: 'bench',
    object: '',
    patientIds: [],
    outcome: 'allowed',
    detail: '',
  };
  const audit = { ...entry, ip: null, stationId: null, sessionRef: null, purpose: null, grantId: null };
  const who = () => ({ audit, nowMs: Date.now(), wallMs: Date.now() });
  await timed('search-by-number', times, (i) => directory.searchPatients({ mrn: `mrn ${1 + (i % BEDS)}` }));
  const person = { familyName: 'New', givenName: 'Given', birthDate: '1960-01-02', sex: 'female' };
  await timed('create-patient', times, (i) =>
    directory.createPatient({ patientId: `new-${i}`, mrn: `NEW-${i}`, ...person }, who()),
  );
  await recordKeys.rotate('data', who());
  const rows = (await recordKeys.status()).left.toReseal;
  await timed(
    'seal-anew',
    1,
    async () => {
      while ((await recordKeys.work()).more);
    },
    { rows },
  );
}
