import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSigningKeyFile } from '@vigil/audit-chain';
import type { AuditSummary, AuditVerification } from '@vigil/contracts';
import { SIGNING_KEY_FILE } from '../../src/audit/audit-keeper.module.js';
import { Checkpoints } from '../../src/audit/checkpoints.js';
import { type Api, newKey, site, startApi } from './api-fixture.js';

/** One officer's look at a patient's trail, with entries that this file makes and therefore knows. */
let api: Api;
let eve: string;
beforeAll(async () => {
  const staff = [...site.staff, { staffId: 'tom', username: 'tom', name: 'Tom TESTMAN', roles: ['nurse' as const] }];
  const duty = { staffId: 'tom', careUnitId: 'icu', bedId: null, role: 'primary' as const };
  api = await startApi({
    env: { VIGIL_REQUESTS_PER_S: '10000', VIGIL_SECOND_FACTOR_ROLES: 'none' },
    site: { ...site, staff, staffAssignments: [...site.staffAssignments, duty] } as typeof site,
  });
  eve = await api.token('eve');
});
afterAll(() => api.end());

const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await api.call('GET', path, { as: eve });
  expect(status).toBe(200);
  return body as T;
};

async function signed(): Promise<void> {
  const signer = openSigningKeyFile(join(api.dataDir, SIGNING_KEY_FILE), { create: true });
  const broken = (why: string): void => void expect(why).toBe('');
  const report = { made: () => undefined, broken, away: () => undefined };
  const options = { log: api.stores.auditLog, clock: api.clock, openSigner: () => signer, publish: () => undefined, report };
  await new Checkpoints(options).look(true);
}

async function verified(body: object): Promise<AuditVerification> {
  const begun = await api.call('POST', '/api/v1/audit/verifications', { as: eve, body });
  expect(begun.status).toBe(202);
  const path = `/api/v1/audit/verifications/${begun.body.verificationId}`;
  for (let n = 0; n < 200; n++) {
    const run = await get<AuditVerification>(path);
    if (run.state !== 'running') return run;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the verification did not end');
}

test('a summary counts the views that were made, by whom, and which are worth a second look', async () => {
  const [amy, tom, ida] = [await api.token('amy'), await api.token('tom'), await api.token('ida')];
  await api.clock.advance(1_000);
  const from = api.clock.wallMs();
  for (let n = 0; n < 3; n++) await api.call('GET', '/api/v1/patients/pat-1', { as: amy });
  await api.call('GET', '/api/v1/patients/pat-1', { as: tom });
  expect((await api.call('GET', '/api/v1/patients/pat-1', { as: ida })).status).toBe(404);
  const glass = { patientId: 'pat-1', reason: 'emergency' };
  await api.call('POST', '/api/v1/break-glass', { as: ida, headers: { 'idempotency-key': newKey() }, body: glass });
  await api.call('GET', '/api/v1/patients/pat-1', { as: ida });
  const summary = await get<AuditSummary>(`/api/v1/audit/summary?patient=pat-1&from=${from}`);
  expect(summary).toMatchObject({ views: 5, people: 3, cut: false });
  expect(summary.refused).toBeGreaterThan(0);
  expect(summary.flagged).toMatchObject({ breakGlass: 1, noRelation: 0, offDuty: 0, sameSurname: 1, bulk: 0 });
  const by = new Map(summary.byPerson.map((person) => [person.actor, person]));
  expect(by.get('amy')).toMatchObject({ name: 'Amy Nurse', views: 3, refused: 0, flags: [] });
  expect(by.get('tom')).toMatchObject({ views: 1, flags: ['sameSurname'] });
  expect(by.get('ida')).toMatchObject({ views: 1, flags: ['breakGlass'] });
});

test('a view of somebody without a duty where the patient lies is named, entry by entry', async () => {
  const from = api.clock.wallMs() + 1;
  await api.clock.advance(10);
  // As a look that went wrong would be written: access itself lets none through.
  const entry = { entryId: null, roles: ['nurse' as const], detail: '', ip: '10.0.0.9', stationId: null, sessionRef: 's' };
  await api.stores.auditTrail.append(
    {
      ...{ ...entry, actor: 'ida', action: 'history.read', object: 'bed:icu-1', patientIds: ['pat-1' as never] },
      ...{ outcome: 'allowed', purpose: 'treatment', grantId: null },
    },
    api.clock.wallMs(),
  );
  const summary = await get<AuditSummary>(`/api/v1/audit/summary?patient=pat-1&from=${from}`);
  expect(summary.flags).toEqual([{ seq: expect.any(Number), flags: ['noRelation'] }]);
  expect(summary.flagged.noRelation).toBe(1);
});

test('without a patient nothing is said of relations, and emergencies are counted all the same', async () => {
  const summary = await get<AuditSummary>('/api/v1/audit/summary');
  expect(summary.flagged).toMatchObject({ noRelation: null, sameSurname: null, breakGlass: expect.any(Number) });
});

test('the patient is found by two identifiers, exactly, and that is in the trail', async () => {
  const rows = await api.audited(async () => {
    const found = await api.call('POST', '/api/v1/audit/patients', {
      as: eve,
      body: { familyName: 'Testman', birthDate: '1960-01-02' },
    });
    expect(found.body.items).toEqual([
      { patientId: 'pat-1', mrn: 'M1', familyName: 'TESTMAN', givenName: 'Tim', birthDate: '1960-01-02' },
    ]);
    const none = await api.call('POST', '/api/v1/audit/patients', {
      as: eve,
      body: { familyName: 'Testman', birthDate: '1960-01-03' },
    });
    expect(none.body.items).toEqual([]);
    expect((await api.call('POST', '/api/v1/audit/patients', { as: eve, body: { familyName: 'Testman' } })).status).toBe(400);
  });
  expect(rows.filter(({ outcome }) => outcome === 'allowed')).toMatchObject([
    { action: 'audit.read', patientIds: ['pat-1'] },
    { action: 'audit.read', patientIds: [] },
  ]);
  expect(JSON.stringify(rows)).not.toContain('Testman');
});

test('as a spreadsheet: one line an entry, nothing that a spreadsheet would work out, and an end', async () => {
  const { body, headers } = await api.call('GET', '/api/v1/audit/export?format=csv&patient=pat-1', { as: eve });
  expect(headers.get('content-type')).toContain('text/csv');
  const lines = (body as string).trimEnd().split('\r\n');
  expect(lines[0]).toContain('seq,recorded,actor');
  expect(lines.at(-1)).toBe(`end: ${lines.length - 2} entries`);
  expect(lines.some((line) => line.includes(',tom,nurse,patient.read,'))).toBe(true);
  expect(lines.filter((line) => /(^|,)[=+@]/.test(line))).toEqual([]);
});

test('before the first signature nothing can be said, and it says so', async () => {
  expect(await verified({})).toMatchObject({ state: 'failed', why: 'noKeys', ok: null });
});

test('a whole log is proved, all of it and from a time on', async () => {
  await signed();
  const whole = await verified({});
  expect(whole).toMatchObject({ state: 'done', ok: true, firstSeq: 1, findings: [], checkpoints: 1 });
  expect(whole.checked).toBe(whole.lastSeq);
  expect(whole.signed!.size).toBeGreaterThan(10);
  await api.clock.advance(60_000);
  const from = api.clock.wallMs();
  for (let n = 0; n < 4; n++) await get('/api/v1/audit?limit=1');
  await signed();
  const part = await verified({ from });
  expect(part).toMatchObject({ state: 'done', ok: true, findings: [] });
  // The four, and whoever asked for the verification.
  expect(part.checked).toBeLessThan(10);
  expect(part.firstSeq).toBeGreaterThan(whole.lastSeq);
});

test('a file of the witness that is none is counted as a note that can not be read, and hides nothing of the log', async () => {
  const file = join(api.dataDir, 'watchdog', 'witness.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"note": ');
  const run = await verified({});
  rmSync(file);
  expect(run).toMatchObject({ state: 'done', ok: true, why: null });
  expect(run.anchors).toEqual([{ name: 'the witness', size: null, atMs: null, unreadable: 1 }]);
});

test('the state of the log says how much is signed', async () => {
  const chain = await get<Record<string, unknown>>('/api/v1/audit/chain');
  expect(chain).toMatchObject({ broken: false, waiting: 0, lagMs: null, checkpoint: { size: expect.any(Number) } });
});

describe('after somebody changed the database', () => {
  const change = (statement: string): void => {
    const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
    db.exec(statement);
    db.close();
  };

  test('a view that searches no longer find is found, with its number', async () => {
    const [row] = (await api.stores.auditTrail.list({ patientId: 'pat-1' as never, actor: 'tom', limit: 1 })).items;
    const guards = new DatabaseSync(join(api.dataDir, 'vigil.db'));
    const names = guards.prepare("select name from sqlite_schema where type = 'trigger' and tbl_name like 'audit%'").all();
    for (const { name } of names) guards.exec(`drop trigger "${String(name)}"`);
    guards.close();
    change(`delete from audit_patient where seq = ${row!.seq}`);
    const run = await verified({});
    expect(run).toMatchObject({ state: 'done', ok: false });
    expect(run.findings).toEqual([
      expect.objectContaining({
        kind: 'index',
        from: row!.seq,
        to: row!.seq,
        what: expect.stringContaining(`entry ${row!.seq}`),
      }),
    ]);
    change(`insert into audit_patient (seq, patient_id) values (${row!.seq}, 'pat-1')`);
    expect(await verified({})).toMatchObject({ ok: true });
  });

  test('an entry that was changed is named', async () => {
    change(`update audit set content = replace(content, '"amy"', '"bob"') where seq = 5`);
    const edited = (await api.stores.auditLog.read({ afterSeq: 4, toSeq: 5, limit: 1 }))[0]!.content.includes('"bob"');
    if (!edited) change(`update audit set content = replace(content, 'recorded', 'recordeD') where seq = 5`);
    const run = await verified({});
    expect(run.ok).toBe(false);
    expect(run.findings.map(({ kind, from, to }) => [kind, from <= 5 && to >= 5])).toContainEqual(['edited', true]);
  });

  test('an entry that is gone is named', async () => {
    change('delete from audit where seq = 7');
    const run = await verified({});
    expect(run.findings.map(({ kind, from, to }) => [kind, from <= 7 && to >= 7])).toContainEqual(['deleted', true]);
  });
});
