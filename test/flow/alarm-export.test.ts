import { alarmIdOf } from '@vigil/domain';
import { batch, ending, transition } from '../contract/alarm-fixtures.js';
import { type Api, startApi } from './api-fixture.js';

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'ida', 'eve']) tokens.set(name, await api.token(name));
  const odd = '=HYPERLINK("http://x")';
  const other = { alarmId: alarmIdOf('bed:icu-1', odd, 20_000), conditionCode: odd, metric: null, onsetMs: 20_000, atMs: 20_000 };
  await api.stores.alarmState.commit(batch([transition(), ending(), transition(other)]));
}, 30_000);
afterAll(() => api.end());

const take = (name: string, query: string) => api.call('GET', `/api/v1/alarms/export?${query}`, { as: tokens.get(name)! });
const ALL = 'careUnit=icu&from=0&to=100000&reason=hand-over';

test('alarms come as a table with times, units and quality, without names, and no text runs as a formula', async () => {
  const { status, headers, body } = await take('amy', ALL);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const [head, first, second, end] = String(body).split('\r\n');
  const cells = Object.fromEntries(head!.split(',').map((name, i) => [name, first!.split(',')[i]]));
  expect(cells).toMatchObject({
    ...{ bed_id: 'icu-1', condition_code: 'heartRate.high', value: '148', unit: '/min', limit: '120', quality: 'as measured' },
    ...{ began_event_time: '1970-01-01T00:00:01.000Z', ended_event_time: '1970-01-01T00:00:09.000Z', seconds: '8' },
    ...{ origin: 'simulated', encounter_id: 'enc-1' },
  });
  expect(second).toContain(`"'=HYPERLINK(""http://x"")"`);
  expect(end).toBe('');
  expect(String(body)).not.toMatch(/Nurse|1958|DOE|Amy/i);
});

test('a time is half open, and of another time there is only the head', async () => {
  const of = async (range: string) =>
    String((await take('amy', `careUnit=icu&${range}&reason=other`)).body).split('\r\n').length - 2;
  expect([await of('from=1000&to=20000'), await of('from=1001&to=20001'), await of('from=30000&to=40000')]).toEqual([1, 1, 0]);
});

test('who took them out, of whom and why, is in the audit trail before they go out', async () => {
  const rows = await api.audited(() => take('carol', ALL));
  expect(rows.map(({ actor, action, object, patientIds, detail }) => [actor, action, object, patientIds, detail])).toEqual([
    ['carol', 'alarm.export', 'careUnit:icu', ['pat-1'], '2 alarms of 0..100000, hand-over'],
  ]);
  api.breakAudit(true);
  const refused = await take('carol', ALL);
  api.breakAudit(false);
  expect(refused.status).toBe(503);
});

test.each([
  ['no reason', 'careUnit=icu&from=0&to=1000', 400],
  ['a reason in words', 'careUnit=icu&from=0&to=1000&reason=because', 400],
  ['a time that is none', 'careUnit=icu&from=1000&to=1000&reason=other', 400],
  ['more than a month', `careUnit=icu&from=0&to=${32 * 86_400_000}&reason=other`, 400],
  ['another care unit', 'careUnit=imc&from=0&to=1000&reason=other', 404],
])('%s is refused', async (_title, query, status) => {
  expect((await take('amy', query)).status).toBe(status);
});

test('somebody who cares for nobody, and nobody, get nothing', async () => {
  expect((await take('eve', ALL)).status).toBe(403);
  expect((await api.call('GET', `/api/v1/alarms/export?${ALL}`)).status).toBe(401);
  expect((await take('ida', ALL)).status).toBe(404);
});
