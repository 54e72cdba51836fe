/** Care units, beds and what the hospital calls them, over the real API. */
import type { LogEvent } from '@vigil/contracts';
import { type Api, type Call, newKey, type Reply, startApi } from './api-fixture.js';

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'dan']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const create = (key = newKey()): Record<string, string> => ({ 'idempotency-key': key });
const change = (rev: number | string, key = newKey()): Record<string, string> => ({
  'if-match': `"${rev}"`,
  'idempotency-key': key,
});
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(1_000)).map((row) => row.event);
const status = async (reply: Promise<Reply>): Promise<readonly [number, string | undefined]> => {
  const { status: code, body } = await reply;
  return [code, body.code];
};

describe('beds', () => {
  test('are added once, renamed by whoever saw them as they are, and the engine is told', async () => {
    const key = newKey();
    const body = { bedId: 'icu-9', careUnitId: 'icu', label: 'ICU 9' };
    const add = () => as('dan', 'POST', '/beds', { headers: create(key), body });
    const added = await add();
    expect([added.status, added.headers.get('etag'), added.headers.get('location')]).toEqual([
      201,
      '"1"',
      '/api/v1/beds/icu-9/place',
    ]);
    expect((await add()).body).toEqual(added.body);

    const rename = (rev: number) => as('dan', 'PATCH', '/beds/icu-9/place', { headers: change(rev), body: { label: 'Bay 9' } });
    expect((await rename(7)).status).toBe(412);
    const renamed = await rename(1);
    expect([renamed.headers.get('etag'), renamed.body]).toEqual(['"2"', { ...body, label: 'Bay 9', retired: false, rev: 2 }]);
    expect((await rename(1)).status).toBe(412);
    expect((await as('amy', 'GET', '/beds/icu-9/place')).body).toEqual(renamed.body);
    const placed = (await events()).filter((event) => event.kind === 'bedPlaced');
    expect(placed).toEqual([
      expect.objectContaining({ bedId: 'icu-9', careUnitId: 'icu', label: 'Bay 9', by: 'dan', source: 'person' }),
    ]);
  });

  test('with a patient or a device are never retired, and a retired id is never given again', async () => {
    const { rev } = (await as('dan', 'GET', '/beds/icu-1/place')).body;
    expect(await status(as('dan', 'POST', '/beds/icu-1/retire', { headers: change(rev) }))).toEqual([409, 'conflict']);
    const body = { bedId: 'icu-8', careUnitId: 'icu', label: 'ICU 8' };
    await as('dan', 'POST', '/beds', { headers: create(), body });
    expect((await as('dan', 'POST', '/beds/icu-8/retire', { headers: change(1) })).body).toMatchObject({ retired: true, rev: 2 });
    expect(await status(as('dan', 'POST', '/beds', { headers: create(), body }))).toEqual([409, 'conflict']);
    expect((await as('amy', 'GET', '/beds/icu-8/place')).body.retired).toBe(true);
    const admission = { patientId: 'pat-2', bedId: 'icu-8' };
    expect((await as('carol', 'POST', '/encounters', { body: admission })).status).toBe(404);
  });

  test.each([
    ['without a change', 'PATCH', '/beds/icu-2/place', { headers: change(1), body: {} }, 400],
    ['with a reason and no change', 'PATCH', '/beds/icu-2/place', { headers: change(1), body: { reason: 'routine' } }, 400],
    ['without saying what one saw', 'PATCH', '/beds/icu-2/place', { headers: create(), body: { label: 'x' } }, 428],
    ['without a key', 'PATCH', '/beds/icu-2/place', { headers: { 'if-match': '"1"' }, body: { label: 'x' } }, 400],
    ['into a care unit that is not there', 'PATCH', '/beds/icu-2/place', { headers: change(1), body: { careUnitId: 'er' } }, 404],
    ['that are not there', 'PATCH', '/beds/er-1/place', { headers: change(1), body: { label: 'x' } }, 404],
  ] as const)('are not changed %s', async (_title, method, path, more, expected) => {
    expect((await as('dan', method, path, more)).status).toBe(expected);
  });
});

describe('care units', () => {
  test('are added, renamed and retired once they are empty, each with one audit row', async () => {
    const rows = await api.audited(async () => {
      await as('dan', 'POST', '/care-units', { headers: create(), body: { careUnitId: 'er', label: 'ER' } });
      await as('dan', 'PATCH', '/care-units/er', { headers: change(1), body: { label: 'Emergency' } });
      await as('dan', 'POST', '/care-units/er/retire', { headers: change(2) });
    });
    expect(rows.map(({ actor, action, object }) => [actor, action, object])).toEqual(
      Array.from({ length: 3 }, () => ['dan', 'place.manage', 'careUnit:er']),
    );
    expect((await as('amy', 'GET', '/care-units/er')).body).toEqual({
      careUnitId: 'er',
      label: 'Emergency',
      retired: true,
      rev: 3,
    });
    const { rev } = (await as('dan', 'GET', '/care-units/icu')).body;
    expect(await status(as('dan', 'POST', '/care-units/icu/retire', { headers: change(rev) }))).toEqual([409, 'conflict']);
  });
});

describe('names of the hospital', () => {
  const name = `?system=${encodeURIComponent('urn:pas')}&value=${encodeURIComponent('W1^07^A')}`;
  const rev = async (): Promise<string> => (await as('dan', 'GET', '/bed-aliases')).headers.get('etag')!.replaceAll('"', '');

  test('stand for one bed, and are pointed elsewhere only by whoever saw the list as it is', async () => {
    const seen = await rev();
    const key = newKey();
    const set = (bedId: string, headers: Record<string, string>) =>
      as('dan', 'PUT', `/bed-aliases${name}`, { headers, body: { bedId } });
    const first = await set('icu-1', change(seen, key));
    expect(first.body).toMatchObject({ system: 'urn:pas', value: 'W1^07^A', bedId: 'icu-1', by: 'dan' });
    expect((await set('icu-1', change(seen, key))).status).toBe(200);
    expect((await set('icu-2', change(seen))).status).toBe(412);
    expect((await set('icu-2', change(await rev()))).status).toBe(200);
    const { items } = (await as('amy', 'GET', '/bed-aliases')).body;
    expect(items.map((item: { bedId: string }) => item.bedId)).toEqual(['icu-2']);
  });

  test('are taken away', async () => {
    expect((await as('dan', 'DELETE', `/bed-aliases${name}`, { headers: change('0') })).status).toBe(412);
    expect((await as('dan', 'DELETE', `/bed-aliases${name}`, { headers: change(await rev()) })).status).toBe(204);
    expect((await as('amy', 'GET', '/bed-aliases')).body.items).toEqual([]);
  });

  test('are in no audit row: a feed may put anything there', async () => {
    const rows = await api.audited(async () => {
      await as('dan', 'PUT', '/bed-aliases?system=x&value=CANARY', { headers: change(await rev()), body: { bedId: 'icu-1' } });
    });
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('CANARY');
  });

  test('page by page they are complete, also while one is added', async () => {
    for (const value of ['a', 'b', 'c', 'd']) {
      const headers = change(await rev());
      await as('dan', 'PUT', `/bed-aliases?system=y&value=${value}`, { headers, body: { bedId: 'icu-1' } });
    }
    const first = (await as('amy', 'GET', '/bed-aliases?limit=3')).body;
    await as('dan', 'PUT', '/bed-aliases?system=a&value=0', { headers: change(await rev()), body: { bedId: 'icu-1' } });
    const second = (await as('amy', 'GET', `/bed-aliases?limit=100&cursor=${encodeURIComponent(first.next)}`)).body;
    const values = [...first.items, ...second.items].map((item: { system: string; value: string }) => item.system + item.value);
    expect(values).toEqual(['xCANARY', 'ya', 'yb', 'yc', 'yd']);
  });
});
