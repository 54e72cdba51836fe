/** Limits of a stay, and the life of rule sets, over the real API: who sets what, what it leaves behind, when it ends. */
import { type LogEvent, Site } from '@vigil/contracts';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const limit = (id: string, side: 'low' | 'high', value: number, more: object = {}) => ({
  ...{ kind: 'limit', id, metric: 'heartRate', side, limit: value, hysteresis: 2, onDelayMs: 0, offDelayMs: 0 },
  ...{ priority: 'medium', source: 'test', ...more },
});
const ruleSet = {
  v: 2,
  name: 'ward',
  latenessMs: 2_000,
  rules: [
    limit('hr-low', 'low', 50, { ageGroups: ['adult'] }),
    limit('hr-extreme-low', 'low', 40, { priority: 'high', ageGroups: ['adult'] }),
    limit('hr-high', 'high', 120, { ageGroups: ['adult'] }),
    limit('hr-high-neonate', 'high', 200, { ageGroups: ['neonate'] }),
    limit('spo2-low', 'low', 90, { metric: 'spo2' }),
  ],
};
const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const site = Site.parse({
  ...wardSite,
  patients: [
    ...wardSite.patients,
    { patientId: 'pat-3', mrn: 'M3', familyName: 'INFANT', givenName: 'Ina', birthDate: '2025-12-20', sex: 'female' },
  ],
  staff: [...wardSite.staff, person('phil', 'physician'), person('bea', 'biomed')],
  staffAssignments: [
    ...wardSite.staffAssignments,
    { staffId: 'phil', careUnitId: 'icu', bedId: null, role: 'primary' },
    { staffId: 'amy', careUnitId: 'icu', bedId: 'icu-2', role: 'primary' },
  ],
  ruleSet,
});

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'phil', 'bea', 'ida']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const command = (rev: number, key = newKey()): Record<string, string> => ({ 'if-match': `"${rev}"`, 'idempotency-key': key });
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(1_000)).map((row) => row.event);
const limitsOf = async (metric: string, encounterId = 'enc-1') =>
  (await as('amy', 'GET', `/encounters/${encounterId}/limits`)).body.items.find(
    (line: { metric: string }) => line.metric === metric,
  );
const inHours = (hours: number): number => api.clock.nowMs() + hours * HOUR_MS;

type Refusal = readonly [string, { readonly toMs?: number | string } & Readonly<Record<string, unknown>>, string];

describe('limits of a stay', () => {
  const path = '/encounters/enc-1/limits/heartRate';
  const closer = () => ({ low: 55, high: 110, reason: 'on a beta blocker', toMs: inHours(12) });

  test('begin as those of the unit for the age of the patient', async () => {
    expect((await as('amy', 'GET', '/encounters/enc-1/limits')).body.items).toEqual([
      { metric: 'heartRate', low: 50, high: 120, unit: { low: 50, high: 120 }, own: null, rev: 0 },
      { metric: 'spo2', low: 90, high: null, unit: { low: 90, high: null }, own: null, rev: 0 },
    ]);
    expect((await as('amy', 'GET', '/care-units/icu/limits')).body.items).toEqual([]);
  });

  test('are set by the nurse who treats the patient, with reason and end, and reach screens, gateways and the engine', async () => {
    const key = newKey();
    const body = closer();
    const put = () => as('amy', 'PUT', path, { headers: command(0, key), body });
    const rows = await api.audited(async () => {
      const answer = await put();
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"1"']);
      expect(answer.body).toMatchObject({
        low: 55,
        high: 110,
        own: { reason: body.reason, setBy: 'amy', setByName: 'Amy Nurse' },
      });
    });
    expect(rows.map((row) => [row.actor, row.action, row.object, row.detail])).toEqual([
      ['amy', 'encounter.limits.set', 'encounter:enc-1', `heartRate: set, command:${key}`],
    ]);
    const sent = await events();
    expect(sent.at(-1)).toMatchObject({ kind: 'limitsSet', key: 'bed:icu-1', low: 55, high: 110, by: 'amy', toMs: body.toMs });
    // The same once more changes nothing and says the same.
    expect((await put()).body).toMatchObject({ rev: 1, own: { setBy: 'amy' } });
    expect(await events()).toHaveLength(sent.length);
    expect((await as('amy', 'PUT', path, { headers: command(1, key), body: { ...body, low: 60 } })).body.code).toBe('conflict');
    expect((await as('carol', 'GET', '/care-units/icu/limits')).body.items).toMatchObject([
      { bedId: 'icu-1', encounterId: 'enc-1', metric: 'heartRate', low: 55, unit: { low: 50 }, own: { reason: body.reason } },
    ]);
    const { watch } = (await api.stores.directory.gatewayConfig('gw-1', 1))!;
    expect(watch!.beds[0]!.limits).toEqual([{ metric: 'heartRate', low: 55, high: 110, toMs: body.toMs }]);
    const bed = (await as('amy', 'GET', '/beds/icu-1')).body;
    expect(bed.limits).toContainEqual({ metric: 'heartRate', low: 55, high: 110, ownToMs: body.toMs });
  });

  test('keep what people wrote off the log and sealed in the store', async () => {
    expect(JSON.stringify(await events())).not.toContain('beta blocker');
    const { readFileSync } = await import('node:fs');
    const bytes = ['vigil.db', 'vigil.db-wal'].map((name) => readFileSync(`${api.dataDir}/${name}`, 'latin1')).join('');
    expect(bytes).not.toContain('beta blocker');
  });

  test('are refused when they have moved, or when nobody says what was seen', async () => {
    expect((await as('amy', 'PUT', path, { headers: command(0), body: closer() })).body.code).toBe('revision-moved');
    const headers = { 'idempotency-key': newKey() };
    expect((await as('amy', 'PUT', path, { headers, body: closer() })).body.code).toBe('precondition-required');
  });

  test.each([
    ['a limit that no value crosses', { low: 0 }, 'body.low'],
    ['next to nothing left of a limit of high priority', { low: 10 }, 'body.low'],
    ['low above high', { low: 115, high: 110 }, 'body'],
    ['low above the unit’s high', { low: 130, high: null }, 'body'],
    ['nothing at all', { low: null, high: null }, 'body'],
    ['an end in the past', { toMs: 1 }, 'body.toMs'],
    ['more than three days', { toMs: 'late' }, 'body.toMs'],
    ['no reason', { reason: '  ' }, 'body.reason'],
  ] as readonly Refusal[])('are refused for %s', async (_name, wrong, where) => {
    const body = { ...closer(), ...wrong, ...(wrong.toMs === 'late' ? { toMs: inHours(73) } : {}) };
    const answer = await as('phil', 'PUT', path, { headers: command(1), body });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, where]);
  });

  test('are refused for a metric that has none', async () => {
    const body = { low: 20, high: null, reason: 'test', toMs: inHours(1) };
    expect((await as('phil', 'PUT', '/encounters/enc-1/limits/etco2', { headers: command(0), body })).status).toBe(400);
    expect((await as('phil', 'PUT', '/encounters/enc-1/limits/pulse', { headers: command(0), body })).status).toBe(400);
  });

  test('wider than the unit’s take a physician', async () => {
    const body = { ...closer(), low: 42, reason: 'athlete' };
    expect((await as('amy', 'PUT', path, { headers: command(1), body })).body.code).toBe('physician-required');
    expect((await as('phil', 'PUT', path, { headers: command(1), body })).body).toMatchObject({ low: 42, rev: 2 });
  });

  test('fall back by themselves, in every list', async () => {
    const body = { ...closer(), toMs: inHours(0.2) };
    expect((await as('amy', 'PUT', path, { headers: command(2), body })).body.rev).toBe(3);
    await api.clock.advance(0.2 * HOUR_MS - 1);
    expect(await limitsOf('heartRate')).toMatchObject({ low: 55 });
    await api.clock.advance(1);
    expect(await limitsOf('heartRate')).toEqual({
      metric: 'heartRate',
      low: 50,
      high: 120,
      unit: { low: 50, high: 120 },
      own: null,
      rev: 3,
    });
    expect((await as('carol', 'GET', '/care-units/icu/limits')).body.items).toEqual([]);
    expect((await as('amy', 'GET', '/beds/icu-1')).body.limits).toContainEqual({ metric: 'heartRate', low: 50, high: 120 });
  });

  test('go back to the unit’s when somebody says so', async () => {
    expect((await as('amy', 'PUT', path, { headers: command(3), body: closer() })).body.rev).toBe(4);
    const cleared = await as('amy', 'DELETE', path, { headers: command(4) });
    expect(cleared.body).toEqual({ metric: 'heartRate', low: 50, high: 120, unit: { low: 50, high: 120 }, own: null, rev: 5 });
    expect((await events()).at(-1)).toMatchObject({ kind: 'limitsSet', low: null, high: null });
    expect((await api.stores.directory.gatewayConfig('gw-1', 1))!.watch!.beds[0]!.limits).toEqual([]);
  });

  test('follow the age group of the stay, which the admission takes from the birth date and a person may correct', async () => {
    const admitted = await as('carol', 'POST', '/encounters', {
      body: { encounterId: 'enc-9', patientId: 'pat-3', bedId: 'icu-2' },
    });
    expect(admitted.body.ageGroup).toBe('neonate');
    expect(await limitsOf('heartRate', 'enc-9')).toMatchObject({ low: null, high: 200 });
    const answer = await as('amy', 'PUT', '/encounters/enc-9/profile', { headers: command(0), body: { ageGroup: 'adult' } });
    expect(answer.body).toEqual({ encounterId: 'enc-9', ageGroup: 'adult', rev: 1 });
    expect((await events()).at(-1)).toMatchObject({ kind: 'stayProfileSet', key: 'bed:icu-2', ageGroup: 'adult', by: 'amy' });
    expect(await limitsOf('heartRate', 'enc-9')).toMatchObject({ low: 50, high: 120 });
    const { watch } = (await api.stores.directory.gatewayConfig('gw-1', 1))!;
    expect(watch!.beds[1]!.encounter).toMatchObject({ ageGroup: 'adult' });
  });

  test('of a stay that is over can be set no more', async () => {
    expect((await as('carol', 'POST', '/encounters/enc-9/discharge', { body: {} })).status).toBe(200);
    const answer = await as('carol', 'PUT', '/encounters/enc-9/limits/heartRate', { headers: command(0), body: closer() });
    expect([404, 409]).toContain(answer.status);
  });
});
