/** Who admitted, moved or set limits, for whoever reviews a stay; nothing of who looked at it. */
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
let amy: string;
let startMs: number;
beforeAll(async () => {
  api = await startApi();
  amy = await api.token('amy');
  startMs = api.clock.wallMs();
}, 30_000);
afterAll(() => api.end());

const changes = (from = startMs, to = startMs + 86_400_000, as = amy) =>
  api.call('GET', `/api/v1/encounters/enc-1/changes?from=${from}&to=${to}`, { as });
const limits = (method: string, rev: number, as: string, body?: object) =>
  api.call(method, '/api/v1/encounters/enc-1/limits/heartRate', {
    as,
    headers: { 'idempotency-key': newKey(), 'if-match': `"${rev}"` },
    ...(body === undefined ? {} : { body }),
  });

test('limits, moves and the rest stand with what, when and by whom, the newest first', async () => {
  expect((await changes()).body).toEqual({ items: [], cut: false });
  const toMs = api.clock.nowMs() + 3_600_000;
  expect((await limits('PUT', 0, amy, { low: null, high: 110, reason: 'fever of JOHN DOE', toMs })).status).toBe(200);
  await api.clock.advance(60_000);
  expect((await limits('DELETE', 1, amy)).status).toBe(200);
  await api.clock.advance(60_000);
  const carol = await api.token('carol');
  const moved = await api.call('POST', '/api/v1/encounters/enc-1/transfer', {
    as: carol,
    headers: { 'idempotency-key': newKey() },
    body: { bedId: 'icu-2' },
  });
  expect(moved.status).toBe(200);
  const from = (await api.call('GET', '/api/v1/beds', { as: carol })).body.items.find(
    (bed: { readonly bedId: string }) => bed.bedId === 'icu-1',
  );
  const { status, body } = await changes(startMs, startMs + 86_400_000, carol);
  expect(status).toBe(200);
  expect(
    body.items.map((each: { atMs: number; kind: string; metric: string; by: string; fromBed: string }) => [
      each.kind,
      each.metric,
      each.by,
      each.fromBed,
    ]),
  ).toEqual([
    ['transferred', null, 'carol', from.label],
    ['limitsOfUnit', 'heartRate', 'amy', null],
    ['limitsSet', 'heartRate', 'amy', null],
  ]);
  expect(body.items[2]).toMatchObject({ atMs: startMs, byName: expect.stringContaining('Amy') });
  expect(JSON.stringify(body)).not.toContain('DOE');
});

test('a time is half open, one that ends before it begins is refused, and who looks is in the trail', async () => {
  const carol = await api.token('carol');
  const rows = await api.audited(async () => {
    expect((await changes(startMs, startMs + 60_000, carol)).body.items).toHaveLength(1);
    expect((await changes(startMs + 1, startMs + 60_001, carol)).body.items).toHaveLength(1);
  });
  expect(rows.map(({ action, object, patientIds }) => [action, object, patientIds])).toEqual([
    ['encounter.read', 'encounter:enc-1', ['pat-1']],
    ['encounter.read', 'encounter:enc-1', ['pat-1']],
  ]);
  expect((await changes(2, 1, carol)).status).toBe(400);
  expect((await changes(0, 1, await api.token('ida'))).status).toBe(404);
});

test('what comes again changes nothing, and is no second line; that somebody asked again is in the trail', async () => {
  const carol = await api.token('carol');
  const fromMs = api.clock.wallMs() + 1;
  await api.clock.advance(1_000);
  const key = newKey();
  const toMs = api.clock.nowMs() + 3_600_000;
  expect((await limits('PUT', 2, carol, { low: null, high: 115, reason: 'fever', toMs })).status).toBe(200);
  const back = () =>
    api.call('DELETE', '/api/v1/encounters/enc-1/limits/heartRate', {
      as: carol,
      headers: { 'idempotency-key': key, 'if-match': '"3"' },
    });
  const post = (what: string, body: object) => api.call('POST', `/api/v1/encounters/enc-1/${what}`, { as: carol, body });
  const rows = await api.audited(async () => {
    for (const ask of [back, () => post('transfer', { bedId: 'icu-1' }), () => post('discharge', {})]) {
      await api.clock.advance(1_000);
      expect((await ask()).status).toBe(200);
      await api.clock.advance(1_000);
      expect((await ask()).status).toBe(200);
    }
  });
  expect(rows.filter(({ detail }) => detail === 'repeated').map(({ action }) => action)).toEqual(
    expect.arrayContaining(['encounter.limits.set', 'encounter.transfer', 'encounter.discharge']),
  );
  expect(rows).toHaveLength(6);
  const { items } = (await changes(fromMs, fromMs + 86_400_000, carol)).body;
  expect(items.map(({ kind, metric }: { kind: string; metric: string | null }) => [kind, metric])).toEqual([
    ['discharged', null],
    ['transferred', null],
    ['limitsOfUnit', 'heartRate'],
    ['limitsSet', 'heartRate'],
  ]);
});

test('an admission that is sent again is one', async () => {
  const carol = await api.token('carol');
  await api.clock.advance(1_000);
  const body = { encounterId: 'enc-7', patientId: 'pat-2', bedId: 'icu-2' };
  for (let n = 0; n < 2; n += 1) {
    expect((await api.call('POST', '/api/v1/encounters', { as: carol, body })).status).toBe(201);
    await api.clock.advance(1_000);
  }
  const answer = await api.call('GET', `/api/v1/encounters/enc-7/changes?from=${startMs}&to=${startMs + 86_400_000}`, {
    as: carol,
  });
  expect(answer.body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['admitted']);
});

test('a stay that took the place of a wrong one says that it was put right, and by whom', async () => {
  const carol = await api.token('carol');
  await api.clock.advance(1_000);
  const rev = (await api.call('GET', '/api/v1/encounters/enc-7', { as: carol })).headers.get('etag')!;
  const { status, body } = await api.call('POST', '/api/v1/encounters/enc-7/correct', {
    as: carol,
    headers: { 'idempotency-key': newKey(), 'if-match': rev },
    body: { patientId: 'pat-1', reason: 'wrong-patient', note: 'CANARY' },
  });
  expect([status, body.encounter?.patientId]).toEqual([200, 'pat-1']);
  const path = `/api/v1/encounters/${body.encounter.encounterId}/changes?from=${startMs}&to=${startMs + 86_400_000}`;
  const { items } = (await api.call('GET', path, { as: carol })).body;
  expect(items).toEqual([expect.objectContaining({ kind: 'corrected', by: 'carol', atMs: api.clock.wallMs() })]);
});
