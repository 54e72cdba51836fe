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
