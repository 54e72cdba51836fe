import { alarmIdNo, batch, ending, transition } from '../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const id = alarmIdNo(1);
let api: Api;
let amy: string;
let carol: string;
beforeAll(async () => {
  api = await startApi();
  await api.stores.alarmState.commit(batch([transition()]));
  amy = await api.token('amy');
  carol = await api.token('carol');
});
afterAll(() => api.end());

const say = (as: string, label: string | null, key = newKey()) =>
  api.call(label === null ? 'DELETE' : 'PUT', `/api/v1/alarms/${id}/label`, {
    ...{ as, headers: { 'idempotency-key': key } },
    ...(label === null ? {} : { body: { label } }),
  });

test('one tap says what an alarm was worth; screens hear it and the audit trail has it', async () => {
  const before = (await api.stores.alarms.open('icu' as never)).cursor;
  const rows = await api.audited(async () => {
    const { status, body } = await say(amy, 'nuisance');
    expect([status, body.alarm.label]).toEqual([
      200,
      expect.objectContaining({ label: 'nuisance', by: 'amy', byName: 'Amy Nurse' }),
    ]);
  });
  expect(rows.map((row) => [row.actor, row.action, row.object, row.patientIds])).toEqual([
    ['amy', 'alarm.label', `alarm:${id}`, ['pat-1']],
  ]);
  const changed = await api.stores.alarms.changedSince('icu' as never, before);
  expect(changed?.map(({ alarm }) => alarm.label?.label)).toEqual(['nuisance']);
});

test('the newest word counts, whoever said it, and the ones before are kept', async () => {
  await say(carol, 'artefact');
  expect((await api.call('GET', `/api/v1/alarms/${id}`, { as: amy })).body.label).toMatchObject({
    label: 'artefact',
    by: 'carol',
  });
  await say(amy, null);
  expect((await api.call('GET', `/api/v1/alarms/${id}`, { as: amy })).body.label).toBeNull();
  await api.stores.alarmState.commit(batch([ending()]));
  expect((await say(amy, 'actionable')).body.alarm.label).toMatchObject({ label: 'actionable' });
});

test('the same tap again does nothing more, and its key is for no other word', async () => {
  const key = newKey();
  expect((await say(amy, 'nuisance', key)).body.repeated).toBe(false);
  await say(carol, 'actionable');
  const again = await say(amy, 'nuisance', key);
  expect([again.body.repeated, again.body.alarm.label.label]).toEqual([true, 'actionable']);
  expect((await say(amy, 'artefact', key)).body.code).toBe('conflict');
});

test('a word that is none, a missing key and an alarm of elsewhere are refused', async () => {
  expect((await say(amy, 'fine')).status).toBe(400);
  expect((await api.call('PUT', `/api/v1/alarms/${id}/label`, { as: amy, body: { label: 'nuisance' } })).status).toBe(400);
  expect((await say(await api.token('ida'), 'nuisance')).status).toBe(404);
});
