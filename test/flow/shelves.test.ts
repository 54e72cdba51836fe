/** Conditions that make no sound for a while, screens that are paused, and the list of what is off, over the real API. */
import { type LogEvent, Site } from '@vigil/contracts';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const MINUTE_MS = 60_000;
const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const rule = (id: string, metric: string, more: object) => ({
  ...{ kind: 'limit', id, metric, hysteresis: 1, onDelayMs: 0, offDelayMs: 0, source: 'test', ...more },
});
const site = Site.parse({
  ...wardSite,
  ruleSet: {
    ...{ v: 2, name: 'ward', latenessMs: 5_000 },
    rules: [
      rule('hr-high', 'heartRate', { side: 'high', limit: 120, priority: 'medium' }),
      rule('hr-extreme', 'heartRate', { side: 'high', limit: 160, priority: 'high' }),
      rule('spo2-deep', 'spo2', { side: 'low', limit: 80, priority: 'high' }),
      rule('apnoea', 'respirationRate', { side: 'low', limit: 1, priority: 'high', neverShelve: true }),
    ],
  },
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
const change = (rev: number): Record<string, string> => ({ 'if-match': `"${rev}"`, 'idempotency-key': newKey() });
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(1_000)).map((row) => row.event);
const toldKinds = async (): Promise<string[]> =>
  (await events()).flatMap(({ kind }) => (kind === 'conditionShelved' || kind === 'conditionUnshelved' ? [kind] : []));
const inMinutes = (n: number): number => Math.round(api.clock.nowMs()) + n * MINUTE_MS;
/** A second after what was pressed before: two in one instant are nobody's hand. */
const shelve = async (name: string, body: object, key = newKey()): Promise<Reply> => {
  await api.clock.advance(1_000);
  return as(name, 'POST', '/encounters/enc-1/shelves', {
    headers: create(key),
    body: { conditionCode: 'heartRate.high', reason: 'treatment-known', toMs: inMinutes(60), ...body },
  });
};
const off = async (name = 'ben') => (await as(name, 'GET', '/care-units/icu/limits-off')).body.items as Record<string, unknown>[];

describe('a shelved condition', () => {
  test.each([
    ['without an end', { toMs: undefined }],
    ['for longer than a shift', { toMs: 13 * 60 }],
    ['for less than a minute', { toMs: 0 }],
    ['without a reason of the list', { reason: 'annoying' }],
    ['that no rule raises', { conditionCode: 'heartRate.hihg' }],
    ['that says that Vigil sees nothing', { conditionCode: 'noData' }],
    ['that nobody accepted an alarm', { conditionCode: 'notAccepted' }],
    ['that a rule calls deadly', { conditionCode: 'respirationRate.low' }],
    ['that a monitor calls deadly', { conditionCode: 'device.asystole' }],
    ['high, for more than two hours', { conditionCode: 'spo2.low', toMs: 3 * 60 }],
  ])('%s is refused', async (_title, { toMs, ...body }: { toMs?: number | undefined; [name: string]: unknown }) => {
    const end = toMs === undefined ? (_title === 'without an end' ? { toMs: undefined } : {}) : { toMs: inMinutes(toMs) };
    const { status } = await shelve('amy', { ...body, ...end });
    expect(status).toBe(400);
    expect(await toldKinds()).toEqual([]);
  });

  test('has who, why and until when; the bed hears of it once, and what was written stays out of audit and log', async () => {
    const key = newKey();
    const toMs = inMinutes(60);
    const rows = await api.audited(async () => {
      const { status, body, headers } = await shelve('amy', { note: 'CANARY', toMs }, key);
      expect([status, headers.get('etag')]).toEqual([201, '"1"']);
      expect(body).toMatchObject({ state: 'holds', priority: 'medium', by: 'amy', secondBy: null, toMs, note: 'CANARY', rev: 1 });
      expect((await shelve('amy', { note: 'CANARY', toMs }, key)).body).toEqual(body);
    });
    expect(rows[0]).toMatchObject({ action: 'alarm.shelve', object: 'encounter:enc-1', patientIds: ['pat-1'] });
    expect(rows[0]!.detail).toContain('heartRate.high: treatment-known');
    expect(JSON.stringify([rows, await events()])).not.toContain('CANARY');
    expect(await toldKinds()).toEqual(['conditionShelved']);
    expect((await shelve('carol', {})).status).toBe(409);
    expect((await shelve('ben', {})).status).toBe(404);
  });

  test('stands on the list of what is off, and sounds again once somebody takes it back', async () => {
    const [row] = (await off()).filter(({ kind }) => kind === 'shelved');
    expect(row).toMatchObject({
      bedId: 'icu-1',
      conditionCode: 'heartRate.high',
      by: 'amy',
      isWaiting: false,
      encounterId: 'enc-1',
    });
    expect((await as('ida', 'GET', '/care-units/icu/limits-off')).status).toBe(404);
    const [shelf] = (await as('amy', 'GET', '/encounters/enc-1/shelves')).body.items;
    const path = `/encounters/enc-1/shelves/${shelf.shelfId}`;
    expect((await as('amy', 'DELETE', path, { headers: create() })).status).toBe(428);
    expect((await as('amy', 'DELETE', path, { headers: change(9) })).status).toBe(412);
    const ended = await as('amy', 'DELETE', path, { headers: change(1) });
    expect([ended.status, ended.body]).toEqual([200, expect.objectContaining({ state: 'ended', endCause: 'person', rev: 2 })]);
    expect(await toldKinds()).toEqual(['conditionShelved', 'conditionUnshelved']);
    expect((await off()).filter(({ kind }) => kind === 'shelved')).toEqual([]);
  });

  test('that is high waits for a second person, who may be nobody but another one who decides', async () => {
    const { body } = await shelve('carol', { conditionCode: 'spo2.low' });
    expect([body.state, (await toldKinds()).length]).toEqual(['waiting', 2]);
    expect((await off()).find(({ kind }) => kind === 'shelved')).toMatchObject({ isWaiting: true, sinceMs: null });
    const path = `/encounters/enc-1/shelves/${body.shelfId}/agree`;
    expect((await as('carol', 'POST', path, { headers: change(1) })).body.type).toContain('second-person-required');
    expect((await as('amy', 'POST', path, { headers: change(1) })).status).toBe(403);
    const agreed = await as('phil', 'POST', path, { headers: change(1) });
    expect([agreed.status, agreed.body]).toEqual([
      200,
      expect.objectContaining({ state: 'holds', by: 'carol', secondBy: 'phil' }),
    ]);
    expect((await events()).at(-1)).toMatchObject({ kind: 'conditionShelved', priority: 'high', by: 'carol', secondBy: 'phil' });
    const elsewhere = path.replace('enc-1', 'enc-2');
    expect((await as('carol', 'POST', elsewhere, { headers: change(2) })).status).toBe(404);
  });
});

test('the sound of screens is paused for two minutes at most, everybody of the unit sees it, and it ends by itself', async () => {
  const path = '/care-units/icu/audio-pauses';
  const pause = (body: object) => as('ben', 'POST', path, { headers: create(), body });
  expect((await pause({ seconds: 121 })).status).toBe(400);
  const { status, body } = await pause({ seconds: 120, stationId: 'desk' });
  expect([status, body.untilWallMs - body.fromWallMs, body.by]).toEqual([201, 120_000, 'ben']);
  expect((await as('amy', 'GET', path)).body.items).toEqual([body]);
  expect((await off()).at(-1)).toMatchObject({ kind: 'audio-paused', bedId: null, stationId: 'desk', by: 'ben' });
  expect((await as('ida', 'POST', path, { headers: create(), body: { seconds: 60 } })).status).toBe(404);
  expect((await as('amy', 'DELETE', `${path}/${body.pauseId}`, { headers: create() })).status).toBe(200);
  expect((await as('amy', 'DELETE', `${path}/${body.pauseId}`, { headers: create() })).status).toBe(404);
  await pause({ seconds: 30 });
  await api.clock.advance(31_000);
  expect((await as('amy', 'GET', path)).body.items).toEqual([]);
});
