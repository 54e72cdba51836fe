/** Who is away from the monitor, what is not watched, and stays that are put right, over the real API. */
import { type LogEvent, Site } from '@vigil/contracts';
import { LiveSink } from '../../src/ports/live-sink.js';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const site = Site.parse({
  ...wardSite,
  beds: [...wardSite.beds, { bedId: 'icu-3', careUnitId: 'icu', label: 'ICU 3' }],
  patients: [
    ...wardSite.patients,
    { patientId: 'pat-3', mrn: 'M3', familyName: 'OTHER', givenName: 'Ole', birthDate: '1970-05-06', sex: 'male' },
  ],
  staff: [...wardSite.staff, person('phil', 'physician')],
  staffAssignments: [...wardSite.staffAssignments, { staffId: 'phil', careUnitId: 'icu', bedId: null, role: 'primary' }],
});

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'ben', 'carol', 'phil', 'ida']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const create = (key = newKey()): Record<string, string> => ({ 'idempotency-key': key });
const change = (rev: number, key = newKey()): Record<string, string> => ({ 'if-match': `"${rev}"`, 'idempotency-key': key });
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(1_000)).map((row) => row.event);
const linesOf = async (): Promise<readonly { readonly kind: string; readonly metric: string | null }[]> =>
  (await as('amy', 'GET', '/care-units/icu/not-watched')).body.items;
const kinds = async (): Promise<string[]> => (await linesOf()).map(({ kind }) => kind);

describe('standby', () => {
  const set = (name: string, body: object, key = newKey()) =>
    as(name, 'POST', '/encounters/enc-1/standby', { headers: create(key), body });

  test.each([
    ['longer than the site allows', { place: 'imaging', toMs: HOUR_MS + 10_001 }],
    ['over before anybody is back', { place: 'imaging', toMs: 59_999 }],
    ['to nowhere', { place: 'home' }],
  ])('%s is refused', async (_title, { toMs, ...body }: { readonly toMs?: number; readonly place: string }) => {
    const { status } = await set('amy', toMs === undefined ? body : { ...body, toMs: api.clock.nowMs() + toMs });
    expect(status).toBe(400);
  });

  test('is set by whoever treats the patient, lasts as long as the site allows, and says when the reminder comes', async () => {
    const key = newKey();
    const nowMs = api.clock.nowMs();
    const rows = await api.audited(async () => {
      const { status, body } = await set('amy', { place: 'imaging', note: 'CANARY' }, key);
      expect([status, body]).toEqual([
        201,
        expect.objectContaining({
          bedId: 'icu-1',
          toMs: nowMs + HOUR_MS,
          remindMs: nowMs + HOUR_MS - 300_000,
          setBy: 'amy',
          note: 'CANARY',
        }),
      ]);
      await api.clock.advance(1_000);
      expect((await set('amy', { place: 'imaging', note: 'CANARY' }, key)).body).toEqual(body);
    });
    const [row] = rows;
    expect(row).toMatchObject({
      action: 'standby.set',
      object: 'encounter:enc-1',
      patientIds: ['pat-1'],
      detail: expect.stringContaining('imaging'),
    });
    expect(JSON.stringify([rows, await events()])).not.toContain('CANARY');
    expect((await set('ben', { place: 'imaging' })).status).toBe(404);
    expect((await set('carol', { place: 'walking' })).status).toBe(409);
  });

  test('is listed for the care unit until somebody ends it', async () => {
    const list = async (): Promise<readonly { readonly encounterId: string }[]> =>
      (await as('ben', 'GET', '/care-units/icu/standby')).body.items;
    expect(await list()).toEqual([expect.objectContaining({ encounterId: 'enc-1', place: 'imaging', endedMs: null })]);
    expect((await as('ida', 'GET', '/care-units/icu/standby')).status).toBe(404);
    const ended = await as('amy', 'DELETE', '/encounters/enc-1/standby', { headers: create() });
    expect([ended.status, ended.body]).toEqual([
      200,
      expect.objectContaining({ cause: 'person', endedMs: Math.round(api.clock.nowMs()) }),
    ]);
    expect(await list()).toEqual([]);
    const told = (await events()).filter(({ kind }) => kind === 'standbySet' || kind === 'standbyEnded');
    expect(told.map(({ kind }) => kind)).toEqual(['standbySet', 'standbyEnded']);
  });

  test('of exactly as long as the site allows is taken from a screen whose clock is a little ahead', async () => {
    const toMs = api.clock.nowMs() + HOUR_MS + 400;
    expect(await set('amy', { place: 'imaging', toMs })).toMatchObject({ status: 201, body: { toMs } });
    expect((await as('amy', 'DELETE', '/encounters/enc-1/standby', { headers: create(newKey()) })).status).toBe(200);
  });
});

describe('what is not watched', () => {
  const reading = (value: number) => ({ metric: 'heartRate', value, unit: '/min', quality: 'valid', origin: 'simulated' });
  const hear = (more: object): void => {
    const atMs = Math.round(api.clock.nowMs());
    const envelope = {
      v: 1,
      key: 'bed:icu-1',
      origin: 'simulated',
      atMs,
      bedId: 'icu-1',
      deviceId: 'sim-icu-1',
      gatewayId: 'gw-1',
    };
    const times = { bootId: 'b', seq: atMs % 1_000_000, deviceAtMs: atMs, gatewayAtMs: atMs };
    api.app.get(LiveSink).apply({ ...envelope, ...times, id: `m/${atMs}`, ...more } as unknown as LogEvent, api.clock.wallMs());
  };

  test('is nothing while the monitor is heard and the rules of the unit hold', async () => {
    expect(await kinds()).toEqual(['no-data']);
    hear({ kind: 'deviceMessage', readings: [reading(70)] });
    expect(await kinds()).toEqual([]);
  });

  test('are metrics without a rule, own limits, standby, a silenced device and a bed without one, with who and until when', async () => {
    const toMs = Math.round(api.clock.nowMs()) + HOUR_MS;
    hear({ kind: 'deviceMessage', readings: [{ ...reading(97), metric: 'spo2', unit: '%' }] });
    hear({
      kind: 'deviceAlarm',
      alarms: [{ code: 'hr-high', kind: 'physiological', priority: 'high', active: true, pausedUntilMs: toMs }],
    });
    const own = { low: null, high: 110, reason: 'test', toMs };
    await as('amy', 'PUT', '/encounters/enc-1/limits/heartRate', { headers: change(0), body: own });
    await as('amy', 'POST', '/encounters/enc-1/standby', { headers: create(), body: { place: 'bathing' } });
    await as('carol', 'POST', '/encounters', { body: { encounterId: 'enc-3', patientId: 'pat-3', bedId: 'icu-3' } });
    const rows = await api.audited(async () => {
      expect(await linesOf()).toEqual([
        expect.objectContaining({ bedId: 'icu-1', kind: 'own-limits', metric: 'heartRate', by: 'amy', untilMs: toMs }),
        expect.objectContaining({ bedId: 'icu-1', kind: 'standby', by: 'amy' }),
        expect.objectContaining({ bedId: 'icu-1', kind: 'paused', deviceId: 'sim-icu-1', untilMs: toMs, by: null }),
        expect.objectContaining({ bedId: 'icu-1', kind: 'no-rule', metric: 'spo2' }),
        expect.objectContaining({ bedId: 'icu-3', kind: 'no-device', encounterId: 'enc-3' }),
      ]);
    });
    expect(rows).toEqual([
      expect.objectContaining({ action: 'encounter.limits.read', patientIds: expect.arrayContaining(['pat-1', 'pat-3']) }),
    ]);
    await as('amy', 'DELETE', '/encounters/enc-1/standby', { headers: create() });
  });
});

describe('a stay that was wrong', () => {
  const revOf = async (id: string): Promise<number> =>
    Number((await as('carol', 'GET', `/encounters/${id}`)).headers.get('etag')!.replaceAll('"', ''));
  const correct = (name: string, id: string, body: object, headers: Record<string, string>) =>
    as(name, 'POST', `/encounters/${id}/correct`, { headers, body });

  test('is put right by whoever answers for the patient, with a reason and a note, as they saw it', async () => {
    const wanted = { patientId: 'pat-2', reason: 'wrong-patient', note: 'CANARY' };
    const rev = await revOf('enc-3');
    expect((await correct('amy', 'enc-3', wanted, change(rev))).status).toBe(403);
    expect((await correct('ida', 'enc-3', wanted, change(rev))).status).toBe(403);
    expect((await correct('carol', 'enc-3', { ...wanted, note: undefined }, change(rev))).status).toBe(400);
    expect((await correct('carol', 'enc-3', { reason: 'wrong-patient', note: 'x' }, change(rev))).status).toBe(400);
    expect((await correct('carol', 'enc-3', wanted, change(rev + 9))).status).toBe(412);
    const busy = await correct('carol', 'enc-3', { ...wanted, patientId: 'pat-1' }, change(rev));
    expect([busy.status, busy.body.code, busy.body.conflicts?.[0]?.kind]).toEqual([
      409,
      'assignment-conflict',
      'patient-elsewhere',
    ]);
  });

  test('another patient has another stay; the audit row names both, and the same command again gives the same answer', async () => {
    const key = newKey();
    const rev = await revOf('enc-3');
    await api.clock.advance(1_000);
    const rows = await api.audited(async () => {
      const run = () =>
        correct('phil', 'enc-3', { patientId: 'pat-2', reason: 'wrong-patient', note: 'CANARY' }, change(rev, key));
      const { status, body } = await run();
      expect([status, body.encounter]).toEqual([200, expect.objectContaining({ patientId: 'pat-2', bedId: 'icu-3' })]);
      expect(body.encounter.encounterId).not.toBe('enc-3');
      expect((await run()).body).toEqual(body);
    });
    const [row] = rows.filter(({ detail }) => detail !== 'repeated');
    expect(row).toMatchObject({ action: 'encounter.correct', patientIds: expect.arrayContaining(['pat-2', 'pat-3']) });
    expect(JSON.stringify([rows, await events()])).not.toContain('CANARY');
    expect((await as('carol', 'GET', '/encounters/enc-3')).status).toBe(404);
    const told = (await events()).find(({ kind }) => kind === 'stayCorrected');
    expect(told).toMatchObject({
      bedId: 'icu-3',
      wrongEncounterId: 'enc-3',
      patientId: 'pat-2',
      by: 'phil',
      reason: 'wrong-patient',
    });
  });

  test('a discharge that was none is taken back, unless somebody else has lain there since', async () => {
    const discharge = () => as('amy', 'POST', '/encounters/enc-1/discharge', { body: {} });
    const reopen = async () =>
      as('carol', 'POST', '/encounters/enc-1/reopen', {
        headers: change(await revOf('enc-1')),
        body: { reason: 'other', note: 'came back' },
      });
    await api.clock.advance(1_000);
    await discharge();
    await api.clock.advance(1_000);
    expect((await reopen()).body).toMatchObject({ encounterId: 'enc-1', bedId: 'icu-1', dischargedMs: null });
    expect((await reopen()).status).toBe(409);
    await api.clock.advance(1_000);
    await discharge();
    await as('carol', 'POST', '/encounters', { body: { encounterId: 'enc-4', patientId: 'pat-3', bedId: 'icu-1' } });
    const taken = await reopen();
    expect([taken.status, taken.body.conflicts?.[0]]).toEqual([
      409,
      expect.objectContaining({ kind: 'bed-taken', bedId: 'icu-1' }),
    ]);
    await api.clock.advance(1_000);
    await as('carol', 'POST', '/encounters/enc-4/transfer', { body: { bedId: 'icu-2' } });
    await api.clock.advance(1_000);
    expect((await reopen()).status).toBe(409);
  });
});
