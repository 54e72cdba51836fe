import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
let ida: string;
beforeEach(async () => {
  api = await startApi();
  // ida nurses a bed of the other care unit: nothing of pat-1 in icu-1 is hers.
  ida = await api.token('ida');
});
afterEach(() => api.end());

const open = (as: string, body: unknown = { bedId: 'icu-1', reason: 'emergency' }, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/v1/break-glass', { as, body, headers });
const get = (as: string, path: string) => api.call('GET', `/api/v1${path}`, { as });
const HISTORY = '/beds/icu-1/history?metric=heartRate&from=0&to=9999999999999';
const RECORD = ['/patients/pat-1', '/beds/icu-1', HISTORY, '/encounters/enc-1'];

test('the record of one patient opens at once, for one person, for an hour', async () => {
  for (const path of RECORD) expect([path, (await get(ida, path)).status]).toEqual([path, 404]);
  const startedMs = performance.now();
  const { status, body } = await open(ida);
  for (const path of RECORD) expect([path, (await get(ida, path)).status]).toEqual([path, 200]);
  // CK-S39 gives a person 15 s; the machine's part of it is small.
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(status).toBe(201);
  expect(body).toMatchObject({
    staffId: 'ida',
    patientId: 'pat-1',
    bedId: 'icu-1',
    careUnitId: 'icu',
    state: 'open',
    loud: false,
  });
  expect(body.endsMs - body.openedMs).toBe(3_600_000);
  expect((await get(await api.token('dan'), '/patients/pat-1')).status).toBe(403);
  await api.clock.advance(14 * 60_000);
  expect((await get(ida, '/patients/pat-1')).status).toBe(200);
  await api.clock.advance(46 * 60_000);
  const later = await api.token('ida');
  for (const path of RECORD) expect([path, (await get(later, path)).status]).toEqual([path, 404]);
});

test('somebody else’s patient is found by the record number, as an id and nothing more', async () => {
  const search = (as: string) => api.call('POST', '/api/v1/patients/search', { as, body: { mrn: 'M1' } });
  const rows = await api.audited(async () =>
    expect((await search(ida)).body).toEqual({ items: [], elsewhere: ['pat-1'], next: null }),
  );
  expect(rows).toMatchObject([{ actor: 'ida', patientIds: ['pat-1'] }]);
  await open(ida, { patientId: 'pat-1', reason: 'emergency' });
  expect((await get(ida, '/patients/pat-1')).body).toMatchObject({ familyName: 'TESTMAN' });
  expect((await search(ida)).body.items).toEqual([]);
});

test('it opens nothing of anybody else, and nothing but looking and answering alarms', async () => {
  const carol = await api.token('carol');
  const second = {
    mrn: 'M8',
    familyName: 'SECOND',
    givenName: 'Sue',
    birthDate: '1970-01-01',
    sex: 'female',
    patientId: 'pat-8',
  };
  await api.call('POST', '/api/v1/patients', { as: carol, body: second });
  await api.call('POST', '/api/v1/encounters', { as: carol, body: { encounterId: 'enc-8', patientId: 'pat-8', bedId: 'icu-2' } });
  await open(ida);
  for (const path of [
    '/patients/pat-8',
    '/beds/icu-2',
    '/encounters/enc-8',
    '/beds/icu-2/history?metric=heartRate&from=0&to=9999999999999',
  ]) {
    expect([path, (await get(ida, path)).status]).toEqual([path, 404]);
  }
  expect((await get(ida, '/patients')).body.items).toEqual([]);
  const discharge = await api.call('POST', '/api/v1/encounters/enc-1/discharge', { as: ida, body: {} });
  expect(discharge.status).toBe(404);
});

test('the alarms of the bed are shown and answered', async () => {
  await api.stores.alarmState.commit(batch([transition({ onsetMs: api.clock.nowMs(), atMs: api.clock.nowMs() })]));
  expect((await get(ida, '/alarms?bed=icu-1')).body.items).toEqual([]);
  expect((await get(ida, `/alarms/${alarmIdNo(1)}`)).status).toBe(404);
  await open(ida);
  expect((await get(ida, '/alarms?bed=icu-1')).body.items).toHaveLength(1);
  expect((await get(ida, '/alarms')).body.items).toEqual([]);
  const command = (verb: string) =>
    api.call('POST', `/api/v1/alarms/${alarmIdNo(1)}/${verb}`, {
      as: ida,
      headers: { 'if-match': '"1"', 'idempotency-key': newKey() },
      body: {},
    });
  expect((await command('acknowledge')).status).toBe(200);
  expect((await command('accept')).status).toBe(200);
});

test('every access under it is marked, with the grant', async () => {
  let grantId = '';
  const rows = await api.audited(async () => {
    grantId = (await open(ida)).body.grantId;
    for (const path of RECORD) await get(ida, path);
  });
  expect(rows).toHaveLength(1 + RECORD.length);
  for (const row of rows) {
    expect(row).toMatchObject({ actor: 'ida', outcome: 'allowed', purpose: 'emergency', grantId, patientIds: ['pat-1'] });
  }
  expect(rows[0]).toMatchObject({ action: 'break-glass.use', object: `break-glass:${grantId}` });
});

test('it works while the audit trail is away, and that is told afterwards', async () => {
  api.breakAudit(true);
  // Somebody who has not signed in yet can do so: an emergency waits for nothing.
  const as = await amy();
  expect((await get(as, '/patients/pat-1')).body.code).toBe('audit-unavailable');
  const { status, body } = await open(ida);
  expect(status).toBe(201);
  for (const path of RECORD) expect([path, (await get(ida, path)).status]).toEqual([path, 200]);
  // Whoever treats the patient anyway declares an emergency the same way.
  await open(as, { patientId: 'pat-1', reason: 'emergency' });
  expect((await get(as, '/patients/pat-1')).status).toBe(200);
  api.breakAudit(false);
  const told: string[] = [];
  for (let round = 0; round < 300 && told.length < 5; round++) {
    const rows = await api.audited(() => api.clock.advance(1_000));
    told.push(...rows.filter((row) => row.grantId === body.grantId).map((row) => row.action));
  }
  expect(told.sort()).toEqual(expect.arrayContaining(['bed.read', 'encounter.read', 'history.read', 'patient.read']));
});

test('the person ends it, and nobody else', async () => {
  const { grantId } = (await open(ida)).body;
  const end = (as: string) => api.call('DELETE', `/api/v1/break-glass/${grantId}`, { as });
  expect((await get(ida, '/break-glass/mine')).body.items).toHaveLength(1);
  expect((await end(await api.token('ben'))).status).toBe(404);
  await api.call('DELETE', '/api/v1/session', { as: ida });
  const again = await api.token('ida');
  expect((await get(again, '/patients/pat-1')).status).toBe(200);
  expect((await end(again)).status).toBe(204);
  expect((await get(again, '/patients/pat-1')).status).toBe(404);
  expect((await get(again, '/break-glass/mine')).body.items).toEqual([]);
});

test('security officers are told at once, with nothing about the patient', async () => {
  await open(ida, { bedId: 'icu-1', reason: 'other', text: 'TESTMAN does not breathe' });
  await api.clock.advance(5_000);
  expect(api.privacyMails).toHaveLength(1);
  const mail = JSON.stringify(api.privacyMails);
  expect(mail).toContain('Ida Nurse');
  expect(mail).not.toMatch(/TESTMAN|pat-1|icu|breathe|1960|M1/);
  const queue = await get(await api.token('eve'), '/break-glass?state=open');
  expect(queue.body.items).toMatchObject([{ staffName: 'Ida Nurse', patientId: 'pat-1', text: 'TESTMAN does not breathe' }]);
});

test('the charge nurse of the care unit sees it without what was written; another care unit does not', async () => {
  await open(ida, { bedId: 'icu-1', reason: 'other', text: 'TESTMAN does not breathe' });
  const { body } = await get(await api.token('carol'), '/break-glass');
  expect(body.items).toMatchObject([{ staffName: 'Ida Nurse', bedId: 'icu-1', text: null }]);
  expect((await get(ida, '/break-glass')).status).toBe(403);
});

test('a review is for somebody else, after the end, and leaves one row', async () => {
  const { grantId } = (await open(ida)).body;
  const eve = await api.token('eve');
  const review = (as: string, body: unknown = { outcome: 'justified', note: 'Was there.' }) =>
    api.call('POST', `/api/v1/break-glass/${grantId}/review`, { as, body });
  expect((await review(eve)).status).toBe(409);
  await api.call('DELETE', `/api/v1/break-glass/${grantId}`, { as: ida });
  expect((await review(ida)).status).toBe(403);
  const rows = await api.audited(async () => {
    expect((await review(eve)).body).toMatchObject({
      state: 'reviewed',
      review: { by: 'eve', outcome: 'justified', note: 'Was there.' },
    });
  });
  expect(rows.map((r) => [r.actor, r.action, r.object, r.detail])).toEqual([
    ['eve', 'break-glass.review', `break-glass:${grantId}`, 'justified'],
  ]);
});

test('nobody reviews their own, whatever else they are', async () => {
  await setRoles('ida', ['nurse', 'security-officer']);
  const as = await api.token('ida');
  const { grantId } = (await open(as)).body;
  await api.call('DELETE', `/api/v1/break-glass/${grantId}`, { as });
  const review = await api.call('POST', `/api/v1/break-glass/${grantId}/review`, { as, body: { outcome: 'justified' } });
  expect(review.status).toBe(403);
});

test.each([
  ['nobody named', { reason: 'emergency' }, 400],
  ['two named', { reason: 'emergency', bedId: 'icu-1', patientId: 'pat-1' }, 400],
  ['no reason', { bedId: 'icu-1' }, 400],
  ['an empty bed', { reason: 'emergency', bedId: 'icu-2' }, 404],
  ['no such bed', { reason: 'emergency', bedId: 'none' }, 404],
  ['no such patient', { reason: 'emergency', patientId: 'none' }, 404],
])('with %s there is no grant', async (_what, body, status) => {
  const rows = await api.audited(async () => expect((await open(ida, body)).status).toBe(status));
  expect(rows.map((r) => [r.actor, r.action, r.outcome])).toEqual([['ida', 'break-glass.use', 'failed']]);
});

test('it is for those who care for patients', async () => {
  for (const username of ['dan', 'eve']) expect((await open(await api.token(username))).status).toBe(403);
});

test('sent again with its key, it is the same grant', async () => {
  const key = { 'idempotency-key': newKey() };
  const first = await open(ida, undefined, key);
  expect((await open(ida, undefined, key)).body).toEqual(first.body);
  expect((await open(await amy(), undefined, key)).status).toBe(409);
});

test('what is written about it lies sealed on the disk', async () => {
  await open(ida, { bedId: 'icu-1', reason: 'other', text: 'canary-of-the-reason' });
  const files = readdirSync(api.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(2);
  const found = files.filter((file) => readFileSync(join(file.parentPath, file.name)).includes('canary-of-the-reason'));
  expect(found.map((file) => file.name)).toEqual([]);
});

test('the figures of the queue are metrics', async () => {
  await open(ida);
  const openedWallMs = api.clock.wallMs() - 72 * 3_600_000;
  await api.stores.breakGlass.open(
    {
      grantId: `bg-${'0'.repeat(32)}` as never,
      staffId: 'ida' as never,
      patientId: 'pat-1' as never,
      bedId: null,
      careUnitId: null,
      reason: 'other',
      text: null,
      openedWallMs,
      endsWallMs: openedWallMs + 1,
    },
    auditEntry({ actor: 'ida', action: 'break-glass.use', object: 'test', outcome: 'allowed' }),
  );
  await api.clock.advance(5_000);
  const { body } = await api.call('GET', '/metrics');
  expect(body).toMatch(/vigil_break_glass_opened_total\{loud="false"\} 1/);
  expect(body).toMatch(/vigil_break_glass_grants\{state="overdue"\} 1/);
});

const amy = (): Promise<string> => api.token('amy');
const setRoles = (staffId: string, roles: readonly string[]): Promise<void> =>
  api.stores.accounts.setRoles(staffId as never, roles as never, {
    wallMs: api.clock.wallMs(),
    audit: auditEntry({ actor: 'dan', action: 'account.roles', object: `staff:${staffId}`, outcome: 'allowed' }),
  });
