/** Limits of a stay, and the life of rule sets, over the real API: who sets what, what it leaves behind, when it ends. */
import { type LogEvent, Site } from '@vigil/contracts';
import { until } from '../support/until.js';
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
    const headers = command(4);
    const cleared = await as('amy', 'DELETE', path, { headers });
    expect(cleared.body).toEqual({ metric: 'heartRate', low: 50, high: 120, unit: { low: 50, high: 120 }, own: null, rev: 5 });
    await api.clock.advance(1);
    expect((await as('amy', 'DELETE', path, { headers })).body).toEqual(cleared.body);
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

describe('a rule set', () => {
  const limitsFile = (high: number): string => `name: ward
lateness: 2 s
rules:
  - {id: hr-low, kind: limit, metric: heartRate, side: low, limit: 50, hysteresis: 2, onDelay: 0 s, offDelay: 0 s, priority: medium, source: test}
  - {id: hr-high, kind: limit, metric: heartRate, side: high, limit: ${high}, hysteresis: 2, onDelay: 10 s, offDelay: 5 s, priority: medium, source: test}
`;
  const create = (name: string, file: string, key = newKey()) =>
    as(name, 'POST', '/rule-sets', { headers: { 'idempotency-key': key }, body: { file } });
  const move = (name: string, hash: string, verb: string, rev: number, body: object = {}, key = newKey()) =>
    as(name, 'POST', `/rule-sets/${hash}/${verb}`, { headers: command(rev, key), body });
  const activations = async () => (await events()).filter((event) => event.kind === 'ruleSetActivated');
  const first = async (): Promise<string> => (await api.stores.ruleSets.active())!.hash;
  let original = '';
  let hash = '';

  test('of a new site is in force, and the installation stands for it', async () => {
    original = await first();
    expect((await as('amy', 'GET', '/rule-sets')).body.items).toMatchObject([
      { hash: original, state: 'active', proposedBy: 'installation', approvedBy: 'installation' },
    ]);
  });

  test('that is wrong is refused with line and column', async () => {
    const answer = await create('bea', limitsFile(130).replace('kind: limit', 'kind: limits'));
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'body.file:4:24']);
  });

  test('is written by one, and comes as a file to whoever asks', async () => {
    const key = newKey();
    const made = await create('bea', limitsFile(130), key);
    expect([made.status, made.body.state]).toEqual([201, 'draft']);
    hash = made.body.hash;
    expect((await create('bea', limitsFile(130), key)).body).toEqual(made.body);
    const file = await as('amy', 'GET', `/rule-sets/${hash}/file`);
    expect(file.body).toContain('onDelay: 10 s');
    expect((await create('phil', file.body)).body.hash).toBe(hash);
  });

  test('is compared field by field with the one in force', async () => {
    const { differences } = (await as('phil', 'GET', `/rule-sets/${hash}/diff`)).body;
    expect(differences).toContainEqual({
      what: 'changed',
      part: 'rule',
      id: 'hr-high',
      fields: expect.arrayContaining([{ field: 'limit', before: '120', after: '130' }]),
    });
    expect(differences).toContainEqual(expect.objectContaining({ what: 'removed', id: 'spo2-low' }));
  });

  test('is approved by a second person who has seen what it was compared with', async () => {
    expect((await move('carol', hash, 'propose', 1, { reason: 'fewer alarms' })).body).toMatchObject({
      state: 'proposed',
      rev: 2,
    });
    expect((await move('carol', hash, 'approve', 2, { comparedWith: original })).body.code).toBe('second-person-required');
    expect((await move('phil', hash, 'approve', 1, { comparedWith: original })).body.code).toBe('revision-moved');
    expect((await move('phil', hash, 'approve', 2, { comparedWith: hash })).body.code).toBe('revision-moved');
    expect((await move('phil', hash, 'activate', 2)).body.code).toBe('conflict');
    const rows = await api.audited(() => move('phil', hash, 'approve', 2, { comparedWith: original }));
    expect(rows.map((row) => [row.actor, row.action, row.object])).toEqual([
      ['phil', 'rule-set.approve', `rule-set:${hash.slice(0, 16)}`],
    ]);
  });

  test('comes into force at its date, once, also when two platforms look', async () => {
    const atMs = api.clock.nowMs() + 300_000;
    const answer = await move('bea', hash, 'activate', 3, { atMs });
    expect(answer.body).toMatchObject({ state: 'scheduled', effectiveMs: atMs });
    await api.clock.advance(299_000);
    expect(await first()).toBe(original);
    const before = (await activations()).length;
    await api.clock.advance(2_000);
    const at = { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs(), rate: 1 };
    await Promise.all([1, 2, 3].map(() => api.stores.ruleSetVersions.activateDue(at)));
    await until('the new rules', async () => (await first()) === hash, 5_000);
    const told = (await activations()).slice(before);
    expect(told).toMatchObject([{ hash, by: 'phil', rate: 1, ruleSet: { rules: [{ id: 'hr-low' }, { limit: 130 }] } }]);
    const states = (await as('amy', 'GET', '/rule-sets')).body.items.map((each: { state: string }) => each.state);
    expect(states.sort()).toEqual(['active', 'superseded']);
    expect((await as('amy', 'GET', '/rule-sets/active')).body).toMatchObject({ hash, state: 'active', leftOut: [] });
    expect((await as('amy', 'GET', '/encounters/enc-1/limits')).body.items).toMatchObject([{ metric: 'heartRate', high: 130 }]);
    expect((await api.stores.directory.gatewayConfig('gw-1', 1))!.watch!.ruleSetHash).toBe(hash);
  });

  test('stays in force when the platform starts anew, whatever site.yaml says', async () => {
    await api.stores.directory.seed(site, new Map(), { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs(), rate: 1 });
    expect(await first()).toBe(hash);
  });

  test('is gone back to by two people again', async () => {
    expect((await move('phil', original, 'activate', 2)).body.code).toBe('conflict');
    expect((await move('bea', original, 'propose', 2, { reason: 'too few alarms' })).body.state).toBe('proposed');
    expect((await move('carol', original, 'approve', 3, { comparedWith: hash })).body.state).toBe('approved');
    const key = newKey();
    const answer = await move('carol', original, 'activate', 4, {}, key);
    expect(answer.body).toMatchObject({ state: 'active', rev: 6 });
    expect((await move('carol', original, 'activate', 4, {}, key)).body).toMatchObject({ state: 'active', rev: 6 });
    expect((await activations()).at(-1)).toMatchObject({ hash: original, activation: 3 });
    const { history } = (await as('amy', 'GET', `/rule-sets/${original}`)).body;
    expect(history.map((each: { action: string; by: string }) => `${each.action} ${each.by}`)).toEqual([
      'supersede system:rules',
      'propose bea',
      'approve carol',
      'schedule carol',
      'activate system:rules',
    ]);
  });

  test('is rejected with a reason, withdrawn, and left alone by those who may not', async () => {
    const other = (await create('bea', limitsFile(140))).body.hash;
    await move('bea', other, 'propose', 1, { reason: 'test' });
    expect((await move('phil', other, 'reject', 2, { reason: 'too wide' })).body).toMatchObject({ state: 'rejected', rev: 3 });
    await move('bea', other, 'propose', 3, { reason: 'narrower elsewhere' });
    expect((await move('carol', other, 'withdraw', 4, { reason: 'not now' })).body.state).toBe('draft');
    expect((await move('amy', other, 'propose', 5, { reason: 'test' })).status).toBe(403);
    expect((await move('bea', other, 'approve', 5, { comparedWith: original })).status).toBe(403);
  });
});
