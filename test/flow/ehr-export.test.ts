import { join } from 'node:path';
import type { BedId } from '@vigil/contracts';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { type EhrExport, ehrExportCommand } from '../../src/composition/ehr-export-command.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';
import { WrittenTo } from '../support/written-to.js';

const MINUTE_MS = 60_000;
let stores: TestStores;
let ehr: WrittenTo;
let baseUrl: string;
let startMs: number;
beforeEach(async () => {
  stores = await openTestStores();
  ehr = new WrittenTo();
  baseUrl = await ehr.start();
  startMs = Math.ceil(stores.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
});
afterEach(async () => {
  ehr.stop();
  await stores.end();
});

const run = (more: Partial<EhrExport> = {}): Promise<string[]> =>
  ehrExportCommand({
    dataDir: stores.folder,
    env: { VIGIL_SOURCE: 'none', FHIR_BASE_URL: baseUrl, FHIR_MRN_SYSTEM: 'urn:mrn' },
    ...{ fromMs: startMs, toMs: startMs + 10 * MINUTE_MS, progress: () => undefined },
    ...more,
  });

/** Three minutes of a bed where somebody lies, and one reading of the time before it was asked for. */
async function measured(): Promise<void> {
  const history = new SqliteObservationStore(join(stores.folder, 'history.db'));
  const sample = { bedId: 'icu-1' as BedId, metric: 'heartRate', deviceId: 'sim-icu-1', quality: 'valid' } as const;
  const samples = Array.from({ length: 180 }, (_, s) => ({ ...sample, atMs: startMs + s * 1_000, value: 72 }));
  await history.write(0, { samples: [{ ...sample, atMs: startMs - 1_000, value: 72 }, ...samples] }, null);
  history.close();
}

test('what history has of a time is there afterwards, once however often it is sent, and the audit trail says so', async () => {
  await measured();
  expect((await run())[1]).toMatch(/^3 wait, because the server does not know the patient/);
  await stores.ehrLinks.link({ kind: 'patient', localId: 'pat-1', resourceType: 'Patient', serverId: '17', version: null });
  expect(await run()).toEqual(['3 Observations are there; 0 values have no one device that history knows, and are left out']);
  await run();
  expect(ehr.of('Observation')).toHaveLength(3);
  expect(ehr.of('Observation')[0]).toMatchObject({ subject: { reference: 'Patient/17' }, valueQuantity: { value: 72 } });
  const { items } = await stores.auditTrail.list({ action: 'ehr.export', limit: 10 });
  expect(items.map(({ detail }) => detail.replace(/^\d+\.\.\d+/, 'time'))).toEqual([
    ...['time: 3 there, 0 wait, 0 left out', 'time: 3 there, 0 wait, 0 left out', 'time: 0 there, 3 wait, 0 left out'],
  ]);
});

test('a site with data of nobody sends none of them, and one without a server says so', async () => {
  await expect(run({ env: { FHIR_BASE_URL: baseUrl, FHIR_MRN_SYSTEM: 'urn:mrn' } })).rejects.toThrow(/VIGIL_SOURCE is not none/);
  await expect(run({ env: { VIGIL_SOURCE: 'none' } })).rejects.toThrow(/nowhere to send to/);
  await expect(run({ dataDir: join(stores.folder, 'none') })).rejects.toThrow(/start Vigil once/);
});
