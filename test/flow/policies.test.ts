/** Who is told of alarms: how two people change it, over the real API, and what they see before they do. */
import { randomUUID } from 'node:crypto';
import { contentHash } from '@vigil/domain';
import type { PolicyContent } from '@vigil/contracts';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, type Call, newKey, type Reply, startApi } from './api-fixture.js';

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'dan']) tokens.set(name, await api.token(name));
});
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const step = (waitS: number, ...roles: string[]) => ({ tell: roles.map((role) => ({ kind: 'role', role })), waitS });
const night = {
  v: 1,
  name: 'night',
  routes: [
    { priorities: ['high'], steps: [step(15, 'primary', 'charge'), step(30, 'charge')] },
    { priorities: ['medium'], steps: [step(60, 'charge')] },
  ],
};
const draft = (content: unknown = night, careUnitIds: string[] = ['icu'], by = 'carol') =>
  as(by, 'POST', '/policies', { headers: { 'idempotency-key': newKey() }, body: { content, careUnitIds } });
const move = (name: string, hash: string, verb: string, rev: number, body: object = { reason: 'quicker at night' }) =>
  as(name, 'POST', `/policies/${hash}/${verb}`, { headers: { 'if-match': `"${rev}"`, 'idempotency-key': newKey() }, body });
const simulate = (hash: string) => as('carol', 'POST', `/policies/${hash}/simulate`, { body: { days: 7 } });
const inForce = async (careUnit = 'icu') => (await as('amy', 'GET', `/policies/in-force?careUnit=${careUnit}`)).body;

test('a charge nurse proposes, sees what it would have done, somebody else approves; alarms from then on follow it, those under way do not', async () => {
  await api.stores.alarmState.commit(
    batch([transition({ atMs: Math.round(api.clock.nowMs()), onsetMs: Math.round(api.clock.nowMs()) })]),
  );
  await api.clock.advance(60_000);
  const created = await draft();
  expect([created.status, created.body.state]).toEqual([201, 'draft']);
  expect(created.body.findings).toMatchObject([
    { severity: 'warning', code: 'one-person', path: 'routes.2.steps', careUnitId: 'icu' },
    { severity: 'added', code: 'never-silent', path: 'routes.0' },
  ]);
  const { hash } = created.body;

  expect((await move('carol', hash, 'propose', 1)).body.code).toBe('simulation-required');
  const simulation = (await simulate(hash)).body;
  expect(simulation).toMatchObject({
    alarms: 1,
    careUnitIds: ['icu'],
    wouldHave: { toldAlarms: 1, pages: 3 },
    inForce: { pages: 2 },
  });
  expect(
    simulation.wouldHave.perPerson.map(({ staffId, pages }: { staffId: string; pages: number }) => [staffId, pages]),
  ).toEqual([
    ['carol', 2],
    ['amy', 1],
  ]);
  expect(JSON.stringify(simulation)).not.toMatch(/TESTMAN|148|heartRate|enc-1|icu-1/);

  const rows = await api.audited(async () => {
    expect((await move('carol', hash, 'propose', 1)).body.state).toBe('proposed');
  });
  expect(rows.map(({ actor, action, object }) => [actor, action, object])).toEqual([
    ['carol', 'policy.propose', `policy:${hash.slice(0, 16)}`],
  ]);
  expect(JSON.stringify(rows)).not.toContain('quicker');

  const shown = (await as('dan', 'GET', `/policies/${hash}`)).body;
  expect(shown).toMatchObject({ state: 'proposed', proposedBy: 'carol', simulation: { alarms: 1 } });
  expect(shown.history.at(-1)).toMatchObject({ action: 'propose', reason: 'quicker at night' });
  const approval = { comparedWith: shown.replaces, reason: 'agreed' };
  expect((await move('carol', hash, 'approve', 2, approval)).body.code).toBe('second-person-required');
  expect((await move('dan', hash, 'approve', 2, approval)).body.state).toBe('approved');
  expect((await inForce()).source).toBe('site.yaml');
  expect((await move('carol', hash, 'activate', 3)).body.state).toBe('active');
  expect(await inForce()).toMatchObject({ hash, source: 'approved', findings: [{ code: 'one-person' }] });
  expect((await inForce('imc')).source).toBe('site.yaml');

  const onsetMs = Math.round(api.clock.nowMs());
  await api.stores.alarmState.commit(batch([transition({ alarmId: alarmIdNo(2), atMs: onsetMs, onsetMs })]));
  const [old, young] = [await api.stores.alarms.get(alarmIdNo(1)), await api.stores.alarms.get(alarmIdNo(2))];
  expect(old!.escalation.policyHash).toBe(shown.replaces[0]);
  expect(young!.escalation.policyHash).toBe(hash);
}, 20_000);

test('a policy under which nobody would be told is not proposed, and the answer says where it is wrong', async () => {
  const silent = {
    ...night,
    routes: [{ priorities: ['medium'], steps: [{ tell: [{ kind: 'person', staffId: 'nobody' }], waitS: 30 }] }],
  };
  const { hash } = (await draft(silent)).body;
  await simulate(hash);
  const { status, body } = await move('carol', hash, 'propose', 1);
  expect([status, body.code]).toEqual([422, 'policy-refused']);
  expect(body.errors).toEqual(
    expect.arrayContaining([
      { path: 'content.routes', message: 'no route is for high physiological alarms: nobody would be told of them' },
      { path: 'content.routes.0.steps.0.tell.0', message: 'person nobody: not there, or no longer in use' },
    ]),
  );
  expect((await as('amy', 'GET', `/policies/${hash}`)).body.state).toBe('draft');
});

test('content that is none, an unknown care unit and a key that was used for something else are refused', async () => {
  expect((await draft({ ...night, routes: [] })).status).toBe(400);
  expect((await draft(night, ['gone'])).status).toBe(404);
  expect((await as('amy', 'GET', '/policies/in-force?careUnit=gone')).status).toBe(404);
  const headers = { 'idempotency-key': randomUUID() };
  const post = (name: string) => as('carol', 'POST', '/policies', { headers, body: { content: { ...night, name } } });
  expect([(await post('day')).status, (await post('day')).status, (await post('noon')).body.code]).toEqual([
    201,
    201,
    'conflict',
  ]);
  const byNurse = { headers: { 'idempotency-key': newKey() }, body: { content: night } };
  expect((await as('amy', 'POST', '/policies', byNurse)).status).toBe(403);
});

test('a policy goes out as a file and comes in again as the same policy', async () => {
  const { hash } = (await draft()).body;
  const file = await as('amy', 'GET', `/policies/${hash}/file`);
  expect(contentHash(file.body.content as PolicyContent)).toBe(hash);
  expect((await draft(file.body.content, file.body.careUnitIds)).body.hash).toBe(hash);
});

test('what is only asked for is kept nowhere, and is on the audit trail', async () => {
  const ask = (name: string) =>
    as(name, 'POST', '/policies/simulate', { body: { content: night, careUnitIds: ['icu'], days: 1 } });
  const before = (await as('amy', 'GET', '/policies')).body.items;
  const rows = await api.audited(async () => {
    expect((await ask('carol')).status).toBe(200);
    expect((await ask('amy')).status).toBe(403);
  });
  expect(rows.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
    ['carol', 'policy.propose', 'allowed'],
    ['amy', 'policy.propose', 'refused'],
  ]);
  expect((await as('amy', 'GET', '/policies')).body.items).toEqual(before);
});
