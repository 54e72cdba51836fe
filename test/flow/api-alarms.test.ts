import { batch, transition, alarmIdNo } from '../contract/alarm-fixtures.js';
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.end());

describe('alarms', () => {
  const id = alarmIdNo(1);
  let amy: string;
  beforeAll(async () => {
    await api.stores.alarmState.commit(batch([transition()]));
    amy = await api.token('amy');
  });
  const command = (verb: string, headers: Record<string, string>) =>
    api.call('POST', `/api/v1/alarms/${id}/${verb}`, { as: amy, headers, body: {} });

  test('one alarm comes with an ETag of both revisions', async () => {
    const { headers, body } = await api.call('GET', `/api/v1/alarms/${id}`, { as: amy });
    expect(headers.get('etag')).toBe('"1.1"');
    expect(body).toMatchObject({ alarmId: id, careUnitId: 'icu', escalation: { state: 'running' } });
  });

  test('the list is filtered', async () => {
    const list = async (query: string) => (await api.call('GET', `/api/v1/alarms${query}`, { as: amy })).body.items;
    expect(await list('?escalation=running&presence=on&bed=icu-1')).toHaveLength(1);
    expect(await list('?escalation=accepted')).toHaveLength(0);
    expect((await api.call('GET', '/api/v1/alarms?presence=loud', { as: amy })).body.errors).toEqual([
      { path: 'query.presence', message: expect.stringContaining('on') },
    ]);
  });

  test('a command says which revision it saw and carries a key', async () => {
    const key = { 'idempotency-key': newKey() };
    expect((await command('accept', key)).body.code).toBe('precondition-required');
    expect((await command('accept', { 'if-match': '"1"' })).status).toBe(400);
    expect((await command('accept', { ...key, 'if-match': '"7"' })).status).toBe(412);
  });

  test('accepting stops the escalation once, and a repeat gives the same answer', async () => {
    const headers = { 'if-match': '"1"', 'idempotency-key': newKey() };
    const rows = await api.audited(async () => {
      const first = await command('accept', headers);
      expect(first.body).toMatchObject({ repeated: false, alarm: { escalation: { state: 'accepted', acceptedBy: 'amy' } } });
      const again = await command('accept', headers);
      expect(again.body).toEqual({ ...first.body, repeated: true });
    });
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([
      ['amy', 'alarm.accept', `alarm:${id}`, 'allowed'],
      ['amy', 'alarm.accept', `alarm:${id}`, 'allowed'],
    ]);
    expect(rows[1]?.detail).toBe('repeated');
  });

  test('acknowledging is recorded and waits for the engine', async () => {
    const { body } = await command('acknowledge', { 'if-match': '"1"', 'idempotency-key': newKey() });
    expect(body.alarm).toMatchObject({ acknowledgePending: true, presence: 'on' });
  });

  test('an alarm of another care unit is not there, for looking and for accepting', async () => {
    const as = await api.token('ida');
    const headers = { 'if-match': '"1"', 'idempotency-key': newKey() };
    expect((await api.call('GET', `/api/v1/alarms/${id}`, { as })).status).toBe(404);
    const rows = await api.audited(async () => {
      expect((await api.call('POST', `/api/v1/alarms/${id}/accept`, { as, headers, body: {} })).status).toBe(404);
    });
    expect(rows.map((r) => [r.actor, r.outcome])).toEqual([['ida', 'refused']]);
  });

  test('a list comes in pages', async () => {
    for (let n = 2; n <= 6; n++) {
      const more = { alarmId: alarmIdNo(n), onsetMs: n * 1_000, atMs: n * 1_000 };
      await api.stores.alarmState.commit(batch([transition(more)]));
    }
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const { body } = await api.call('GET', `/api/v1/alarms?limit=2${cursor}`, { as: amy });
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map((alarm: { alarmId: string }) => alarm.alarmId));
      next = body.next as string | null;
    }
    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
  });
});
