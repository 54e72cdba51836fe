/** What a change of a schedule would mean, before anybody makes it. */
import { type Api, newKey, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let api: Api;
let carol: string;
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_SECOND_FACTOR_ROLES: 'none' }, startMs: Date.parse('2026-03-28T12:00Z') });
  carol = await api.token('carol');
}, 30_000);
afterAll(() => api.end());

const rotation = (participants: readonly string[]) => ({
  ...{ rotationId: 'first', label: 'First', unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' },
  participants,
});
const content = (participants: readonly string[], careUnitId = 'icu') => ({
  ...{ v: 1, label: 'Physicians', careUnitId, timeZone: 'Europe/Vienna' },
  rotations: [rotation(participants)],
});
const now = (): number => Math.floor(api.clock.wallMs());
const preview = (body: object, as = carol) =>
  api.call('POST', '/api/v1/on-call/preview', { as, body: { fromMs: now(), toMs: now() + 2 * DAY_MS, ...body } });
const who = ({ body }: { body: { shifts: { staffId: string; toMs: number; fromMs: number }[] } }) =>
  body.shifts.map(({ staffId }) => staffId);

test('a schedule that is not there yet is seen before it is made, with the short day of the change of the clock', async () => {
  const seen = await preview({ scheduleId: null, content: content(['amy', 'ben']) });
  expect(seen.status).toBe(200);
  expect(who(seen)).toEqual(['amy', 'ben', 'amy']);
  // 28 March 07:00 to 29 March 07:00 in Vienna are 23 hours: the turn ends an hour of UTC earlier.
  expect(new Date(seen.body.shifts[0].toMs).toISOString()).toBe('2026-03-29T05:00:00.000Z');
  expect(seen.body.gaps).toEqual([]);
  expect((await api.call('GET', '/api/v1/on-call/schedules', { as: carol })).body.items).toEqual([]);
});

test('a page whose clock is behind is told of no gap before the schedule is there', async () => {
  const seen = await preview({ scheduleId: null, content: content(['amy']), fromMs: now() - HOUR_MS });
  expect(seen.body).toMatchObject({ fromMs: now(), gaps: [] });
});

describe('of a schedule that is there', () => {
  beforeAll(async () => {
    const headers = { 'idempotency-key': newKey() };
    const body = { scheduleId: 'doctors', content: content(['amy']) };
    expect((await api.call('POST', '/api/v1/on-call/schedules', { as: carol, headers, body })).status).toBe(201);
  });
  const away = (): object => ({ kind: 'remove', instead: 'amy', fromMs: now() + HOUR_MS, toMs: now() + 3 * HOUR_MS });

  test('an override that would leave nobody shows the gap, and nothing is kept', async () => {
    const seen = await preview({ scheduleId: 'doctors', override: away() });
    expect(seen.body.gaps).toEqual([{ fromMs: now() + HOUR_MS, toMs: now() + 3 * HOUR_MS }]);
    expect((await preview({ scheduleId: 'doctors' })).body.gaps).toEqual([]);
  });

  test('one that is taken back shows whom it leaves', async () => {
    const headers = { 'idempotency-key': newKey() };
    const path = '/api/v1/on-call/schedules/doctors/overrides';
    const { body } = await api.call('POST', path, { as: carol, headers, body: away() });
    expect((await preview({ scheduleId: 'doctors' })).body.gaps).toHaveLength(1);
    expect((await preview({ scheduleId: 'doctors', without: body.overrideId })).body.gaps).toEqual([]);
  });

  test('other people from now on: what has been stays', async () => {
    await api.clock.advance(HOUR_MS / 6);
    const changed = { scheduleId: 'doctors', content: content(['ben']), fromMs: now() - HOUR_MS / 12 };
    const seen = await preview(changed);
    expect([...new Set(who(seen))]).toEqual(['amy', 'ben']);
    expect(seen.body.shifts[0].toMs).toBe(now());
  });
});

test.each([
  ['nothing to look at', { scheduleId: null }],
  ['an end before the beginning', { scheduleId: 'doctors', toMs: 5 }],
  ['a person whom nobody knows', { scheduleId: null, content: content(['nobody']) }],
  ['an override that is over', { scheduleId: 'doctors', override: { kind: 'add', staffId: 'ben', fromMs: 1, toMs: 2 } }],
])('%s is refused', async (_, body) => {
  expect((await preview(body)).status).toBe(400);
});

test('a charge nurse sees it for her own care unit alone, a nurse not at all', async () => {
  expect((await preview({ scheduleId: null, content: content(['amy'], 'imc') })).status).toBe(404);
  expect((await preview({ scheduleId: 'doctors' }, await api.token('amy'))).status).toBe(403);
});
