/**
 * What it costs to seal and open single values: `node packages/sealed-records/bench/keyring.mjs [patients]`. Key file and a
 * store in memory, so that it is the cost of the keyring alone. One JSON line each: microseconds for one value or patient.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring, MemoryDataKeyStore, openKeyFile } from '../dist/index.js';

const PATIENTS = Number(process.argv[2] ?? 500);
const COLUMNS = ['mrn', 'familyName', 'givenName', 'birthDate', 'sex'];
const ROUNDS = 20;
const ONE_BY_ONE = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'vigil-keyring-bench-'));
const keys = await openKeyFile(join(folder, 'kek.json'), { create: 'if-missing' });
const [store, clock] = [new MemoryDataKeyStore(), { wallMs: () => Date.now() }];
const open = () => Keyring.open({ keys, store, clock, blockUses: 65_536 });

const fields = Array.from({ length: PATIENTS }, (_, n) =>
  COLUMNS.map((column) => {
    const place = { purpose: 'patient', subject: `p-${n}`, table: 'patient', column, row: `p-${n}` };
    return { place, plaintext: `a value of ${column}` };
  }),
).flat();

async function measure(what, values, run) {
  const startedMs = performance.now();
  await run();
  const usPerValue = ((performance.now() - startedMs) * 1_000) / values;
  console.log(JSON.stringify({ what, usPerValue: Math.round(usPerValue * 100) / 100, values }));
}

const keyring = await open();
let sealed = [];
await measure('seal-first', fields.length, async () => void (sealed = await keyring.sealMany(fields)));
await measure('seal-many', fields.length * ROUNDS, async () => {
  for (let n = 0; n < ROUNDS; n++) await keyring.sealMany(fields);
});
await measure('seal-one', ONE_BY_ONE, async () => {
  for (let n = 0; n < ONE_BY_ONE; n++) await keyring.seal(fields[0].place, fields[0].plaintext);
});
const places = fields.map(({ place }, i) => ({ place, sealed: sealed[i] }));
await measure('open-many', fields.length * ROUNDS, async () => {
  for (let n = 0; n < ROUNDS; n++) await keyring.openMany(places);
});
await measure('open-one', ONE_BY_ONE, async () => {
  for (let n = 0; n < ONE_BY_ONE; n++) await keyring.open(places[0].place, places[0].sealed);
});
await measure('open-many-cold', fields.length * ROUNDS, async () => {
  for (let n = 0; n < ROUNDS; n++) await (await open()).openMany(places);
});
await measure('blind-index', ONE_BY_ONE, async () => {
  for (let n = 0; n < ONE_BY_ONE; n++) await keyring.blindIndex('patient-mrn', '12345678');
});
rmSync(folder, { recursive: true, force: true });
