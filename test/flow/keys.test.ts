import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Api, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.end());

const patient = (n: number) => ({
  patientId: `key-${n}`,
  mrn: `KEY-${n}`,
  familyName: `Canaryname${n}`,
  givenName: 'Ada',
  birthDate: '1944-04-04',
  sex: 'female',
});
const create = async (n: number) => api.call('POST', '/api/v1/patients', { as: await api.token('carol'), body: patient(n) });

/** Every file of the data folder in which the text stands. */
function filesWith(text: string): readonly string[] {
  const names = readdirSync(api.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names.map((entry) => join(entry.parentPath, entry.name)).filter((path) => readFileSync(path).includes(text));
}

test('a patient is found by what is on the wristband, by those who see the patient, and the value is on no record', async () => {
  const amy = await api.token('amy');
  const search = (as: string, body: unknown) => api.call('POST', '/api/v1/patients/search', { as, body });
  expect((await search(amy, { mrn: ' m-1 ' })).body).toMatchObject({ items: [{ patientId: 'pat-1' }], next: null });
  expect((await search(amy, { familyName: 'testman', birthDate: '1960-01-02' })).body.items).toHaveLength(1);
  expect((await search(amy, { mrn: 'M2' })).body.items).toEqual([]);
  expect((await search(await api.token('ida'), { mrn: 'M1' })).body.items).toEqual([]);
  expect((await search(amy, { mrn: 'M1', familyName: 'x' })).status).toBe(400);
  expect((await search(await api.token('eve'), { mrn: 'M1' })).status).toBe(403);
  const rows = await api.audited(() => search(amy, { familyName: 'TESTMAN', birthDate: '1960-01-02' }));
  expect(rows).toMatchObject([{ action: 'patient.read', object: 'patients', patientIds: ['pat-1'] }]);
  expect(JSON.stringify(rows)).not.toMatch(/testman|1960/i);
});

test('a patient is erased by the security officer alone: no file holds the name, history stays under an opaque id', async () => {
  expect((await create(1)).status).toBe(201);
  const [eve, carol] = [await api.token('eve'), await api.token('carol')];
  const erase = (as: string, id: string, body: unknown = { reason: 'patient-request' }) =>
    api.call('POST', `/api/v1/patients/${id}/erase`, { as, body });
  expect((await erase(carol, 'key-1')).status).toBe(403);
  expect((await erase(eve, 'key-1', { reason: 'because Canaryname1 wants it' })).status).toBe(400);
  expect((await erase(eve, 'nobody')).status).toBe(404);
  expect((await erase(eve, 'pat-1')).body).toMatchObject({ status: 409, code: 'conflict' });
  const before = (await api.stores.auditTrail.list({ limit: 400 })).items;
  const rows = await api.audited(async () => {
    expect((await erase(eve, 'key-1')).body).toMatchObject({ state: 'destroyed' });
  });
  expect(rows).toMatchObject([{ action: 'patient.erase', patientIds: ['key-1'], detail: 'patient-request', outcome: 'allowed' }]);
  expect((await erase(eve, 'key-1')).body).toMatchObject({ state: 'destroyed' });
  const kept = (await api.stores.auditTrail.list({ limit: 500 })).items;
  expect(kept.filter((row) => row.seq <= before[0]!.seq)).toEqual(before);
  expect(filesWith('Canaryname1')).toEqual([]);
  expect((await api.call('GET', '/api/v1/patients/key-1', { as: carol })).status).toBe(404);
});

test('keys are shown without being given away, and rotated while everything goes on', async () => {
  const [eve, amy] = [await api.token('eve'), await api.token('amy')];
  const before = (await api.call('GET', '/api/v1/keys', { as: eve })).body;
  expect(before).toMatchObject({ service: 'ok', left: { toRewrap: 0, toReseal: 0, toErase: 0 } });
  expect((await api.call('GET', '/api/v1/keys', { as: amy })).status).toBe(403);
  const rows = await api.audited(async () => {
    for (const what of ['key-encryption', 'data']) {
      expect((await api.call('POST', '/api/v1/keys/rotate', { as: eve, body: { what } })).status).toBe(202);
    }
  });
  expect(rows).toMatchObject([
    { action: 'key.rotate', detail: 'key-encryption', outcome: 'allowed' },
    { action: 'key.rotate', detail: 'data', outcome: 'allowed' },
  ]);
  for (let tries = 0; tries < 100; tries++) {
    await api.clock.advance(10_000);
    const { left } = (await api.call('GET', '/api/v1/keys', { as: eve })).body;
    if (left.toRewrap + left.toReseal === 0) break;
  }
  const after = (await api.call('GET', '/api/v1/keys', { as: eve })).body;
  expect(after.left).toEqual({ toRewrap: 0, toReseal: 0, toErase: 0, toEraseHistory: 0 });
  expect(after.keyEncryptionKeys).toHaveLength(1);
  expect(after.currentKeyId).not.toBe(before.currentKeyId);
  const beds = (await api.call('GET', '/api/v1/beds?careUnit=icu', { as: amy })).body;
  expect(beds.items[0].encounter).toMatchObject({ displayName: 'TESTMAN, Tim' });
  const metrics = (await api.call('GET', '/metrics')).body;
  expect(metrics).toMatch(/^vigil_keys_left\{work="reseal"\} 0$/m);
  expect(metrics).toMatch(/^vigil_key_service_away 0$/m);
});

test('a record that was tampered with has a code of its own, its bed is still watched, and it is on record', async () => {
  const amy = await api.token('amy');
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  const sealed = db.prepare("select family_name from patient where patient_id = 'pat-1'").get() as { family_name: string };
  db.exec("update patient set family_name = given_name where patient_id = 'pat-1'");
  try {
    const shown = await api.call('GET', '/api/v1/patients/pat-1', { as: amy });
    expect(shown.body).toMatchObject({ status: 409, code: 'record-tampered' });
    const beds = (await api.call('GET', '/api/v1/beds?careUnit=icu', { as: amy })).body;
    expect(beds.items[0].encounter).toMatchObject({
      patientId: 'pat-1',
      displayName: 'Name not available',
      nameMissing: 'tampered',
    });
    expect(beds.items).toHaveLength(2);
    const audit = (await api.call('GET', '/api/v1/audit?limit=50', { as: await api.token('eve') })).body;
    expect(audit.items).toContainEqual(expect.objectContaining({ action: 'record.tampered', object: 'row:patient/pat-1' }));
  } finally {
    db.prepare("update patient set family_name = ? where patient_id = 'pat-1'").run(sealed.family_name);
    db.close();
  }
  expect((await api.call('GET', '/api/v1/patients/pat-1', { as: amy })).body.familyName).toBe('TESTMAN');
});
