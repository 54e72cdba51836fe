/** What people who are asked to come say by REST, with the log away: these servers have none. */
import { alarmIdNo, batch, transition } from '../../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from '../api-fixture.js';

const id = alarmIdNo(1);
let api: Api;
let amy: string;
let carol: string;
beforeAll(async () => {
  api = await startApi();
  await api.stores.alarmState.commit(batch([transition()]));
  [amy, carol] = [await api.token('amy'), await api.token('carol')];
});
afterAll(() => api.end());

const say = (verb: string, as: string, rev: number, body: object = {}, key = newKey()) =>
  api.call('POST', `/api/v1/alarms/${id}/${verb}`, { as, body, headers: { 'if-match': `"${rev}"`, 'idempotency-key': key } });

test('the nurse declines with a reason, who is in charge goes, is there, and gives it back', async () => {
  const rows = await api.audited(async () => {
    const declined = await say('decline', amy, 1, { reason: 'busy-with-patient' });
    expect(declined.body.alarm.escalation).toMatchObject({ state: 'running', declines: [{ name: 'Amy Nurse' }], rev: 2 });
    expect((await say('accept', carol, 2)).body.alarm.escalation).toMatchObject({
      state: 'accepted',
      acceptedByName: 'Carol Charge',
    });
    const there = await say('arrive', carol, 3);
    expect(there.body.alarm.escalation.accepts[0].arrivedAtMs).toEqual(expect.any(Number));
    expect((await say('pass', carol, 4, { reason: 'other' })).body.alarm.escalation).toMatchObject({
      state: 'running',
      accepts: [],
    });
  });
  expect(rows.map((row) => [row.actor, row.action, row.detail.split(',')[0]])).toEqual([
    ['amy', 'alarm.accept', 'declined: busy-with-patient'],
    ['carol', 'alarm.accept', expect.any(String)],
    ['carol', 'alarm.accept', 'arrived'],
    ['carol', 'alarm.accept', 'passed on: other'],
  ]);
});

test('what is wrong is refused with a reason, and nothing changes', async () => {
  expect((await say('decline', amy, 5, { reason: 'because' })).status).toBe(400);
  expect((await say('decline', amy, 5, {})).status).toBe(400);
  expect((await say('arrive', amy, 1)).body.code).toBe('revision-moved');
  expect((await say('pass', amy, 5, { reason: 'other' })).body.code).toBe('conflict');
  const key = newKey();
  expect((await say('arrive', amy, 5, {}, key)).body).toMatchObject({ repeated: false });
  expect((await say('arrive', amy, 5, {}, key)).body).toMatchObject({ repeated: true, alarm: { escalation: { rev: 6 } } });
  expect((await say('decline', carol, 6, { reason: 'other' })).body.code).toBe('conflict');
});
