/** Who is on call: schedules, overrides, swaps and hand-over notes, over the real API. */
import { Site } from '@vigil/contracts';
import { onCallNow } from '../../src/adapters/sql/on-call-now.js';
import { openSql } from '../../src/adapters/sql/sql.js';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const site = Site.parse({
  ...wardSite,
  // Nobody of them works in a care unit: they are on call from home.
  staff: [...wardSite.staff, person('phil', 'physician'), person('pia', 'physician'), person('otto', 'on-call')],
});

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' }, startMs: Date.parse('2026-03-28T12:00Z') });
  for (const name of ['amy', 'carol', 'dan', 'phil', 'pia', 'otto', 'ida']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1/on-call${path}`, { as: tokens.get(name)!, ...more });
const create = (key = newKey()): Record<string, string> => ({ 'idempotency-key': key });
const change = (rev: number, key = newKey()): Record<string, string> => ({ 'if-match': `"${rev}"`, 'idempotency-key': key });
const now = (): number => api.clock.wallMs();

/** Phil and Pia take turns of 12 hours. */
const content = (more: object = {}) => ({
  ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: 'Europe/Vienna' },
  rotations: [
    {
      ...{ rotationId: 'first', label: 'First', unit: 'hour', every: 12, startDate: '2026-01-01', handoverTime: '07:00' },
      participants: ['phil', 'pia'],
    },
  ],
  ...more,
});
const paths = ({ body }: Reply): string[] => body.errors.map((error: { readonly path: string }) => error.path);

describe('a schedule', () => {
  test.each([
    ['a time zone that is none', { timeZone: 'Mars/Olympus' }, ['body.content.timeZone']],
    [
      'a person whom nobody knows',
      { rotations: [{ ...content().rotations[0], participants: ['zoe'] }] },
      ['body.content.rotations.0.participants.0'],
    ],
    [
      'two rotations of one name',
      { rotations: [content().rotations[0], content().rotations[0]] },
      ['body.content.rotations.1.rotationId'],
    ],
    [
      'an end before its beginning',
      { rotations: [{ ...content().rotations[0], endDate: '2025-12-31' }] },
      ['body.content.rotations.0.endDate'],
    ],
    ['a patient’s name in a field that is not there', { patient: 'CANARY' }, ['body.content']],
  ])('with %s is refused, and it is said where', async (_title, more, expected) => {
    const reply = await as('carol', 'POST', '/schedules', {
      headers: create(),
      body: { scheduleId: 'doctors', content: content(more) },
    });
    expect([reply.status, paths(reply)]).toEqual([400, expected]);
    expect(JSON.stringify(reply.body)).not.toContain('CANARY');
  });

  test('is made by whoever plans for the care unit, once, and leaves a row without words of anybody', async () => {
    const key = newKey();
    const body = { scheduleId: 'doctors', content: content(), reason: 'CANARY has left' };
    const rows = await api.audited(async () => {
      const reply = await as('carol', 'POST', '/schedules', { headers: create(key), body });
      expect([reply.status, reply.headers.get('etag')]).toEqual([201, '"1"']);
      expect((await as('carol', 'POST', '/schedules', { headers: create(key), body })).body).toEqual(reply.body);
    });
    expect(rows[0]).toMatchObject({ action: 'on-call.manage', object: 'schedule:doctors', outcome: 'allowed', actor: 'carol' });
    expect(JSON.stringify(rows)).not.toContain('CANARY');
    expect((await as('amy', 'POST', '/schedules', { headers: create(), body: { ...body, scheduleId: 'more' } })).status).toBe(
      403,
    );
    const elsewhere = { scheduleId: 'more', content: content({ careUnitId: 'imc' }) };
    expect((await as('carol', 'POST', '/schedules', { headers: create(), body: elsewhere })).status).toBe(404);
  });

  test('tells shifts that stay at 07:00 and 19:00 through the night in which the clock goes on', async () => {
    const from = Date.parse('2026-03-28T18:00Z');
    const { body } = await as('amy', 'GET', `/schedules/doctors/shifts?from=${from}&to=${from + DAY_MS}`);
    expect(body.gaps).toEqual([]);
    expect(body.shifts.map((s: { fromMs: number; toMs: number }) => (s.toMs - s.fromMs) / HOUR_MS)).toEqual([11, 12, 1]);
    expect(body.shifts[0]).toMatchObject({ name: expect.stringMatching(/^Person p/), rotationId: 'first', overrideId: null });
    expect((await as('amy', 'GET', `/schedules/doctors/shifts?from=${from}&to=${from}`)).status).toBe(400);
    expect((await as('amy', 'GET', `/schedules/doctors/shifts?from=0&to=${401 * DAY_MS}`)).status).toBe(400);
    expect((await as('amy', 'GET', '/schedules/nobody/shifts')).status).toBe(404);
  });

  test('is changed from now on by whoever saw its newest revision; what was is told as it was', async () => {
    const before = now();
    const wasOnCall = (await as('amy', 'GET', `/schedules/doctors/shifts?from=${before}&to=${before + 1}`)).body.shifts;
    await api.clock.advance(60_000);
    const body = { content: content({ rotations: [{ ...content().rotations[0], participants: ['otto'] }] }), reason: 'CANARY' };
    expect((await as('carol', 'PUT', '/schedules/doctors', { headers: change(7), body })).status).toBe(412);
    expect((await as('carol', 'PUT', '/schedules/doctors', { headers: create(), body })).status).toBe(428);
    expect((await as('carol', 'PUT', '/schedules/doctors', { headers: change(1), body })).headers.get('etag')).toBe('"2"');
    expect((await as('amy', 'GET', `/schedules/doctors/shifts?from=${before}&to=${before + 1}`)).body.shifts).toEqual(wasOnCall);
    const seen = async (name: string) =>
      (await as(name, 'GET', '/schedules/doctors/changes')).body.items.map((each: { reason: string | null }) => each.reason);
    expect([await seen('carol'), await seen('amy')]).toEqual([
      ['CANARY', 'CANARY has left'],
      [null, null],
    ]);
    await as('carol', 'PUT', '/schedules/doctors', { headers: change(2), body: { content: content() } });
  });
});

test('who is on call now is told with until when, who comes next, and who has which role', async () => {
  const { body } = await as('amy', 'GET', '/now?careUnit=icu');
  // At 13:01 in Vienna; the shift ends at 19:00.
  const [doctors] = body.schedules;
  expect(doctors).toMatchObject({
    scheduleId: 'doctors',
    people: [{ toMs: Date.parse('2026-03-28T18:00Z'), reachability: 'unreachable' }],
  });
  expect(doctors.next.fromMs).toBe(doctors.people[0].toMs);
  expect(doctors.next.staffId).not.toBe(doctors.people[0].staffId);
  expect(body.roles).toContainEqual(expect.objectContaining({ staffId: 'carol', role: 'charge', bedId: null, toMs: null }));
  const other = (await as('ida', 'GET', '/now?careUnit=icu')).body;
  expect(other.schedules[0].people[0].reachability).toBeNull();
  expect((await as('ida', 'GET', '/now?careUnit=imc')).body.schedules).toEqual([]);
});

describe('an override', () => {
  const post = (name: string, body: object, key = newKey()) =>
    as(name, 'POST', '/schedules/doctors/overrides', { headers: create(key), body });
  const onCall = async (): Promise<string[]> =>
    (await as('amy', 'GET', '/now')).body.schedules[0].people.map((each: { staffId: string }) => each.staffId);

  test.each([
    ['is over', { kind: 'add', staffId: 'otto', fromMs: 0, toMs: 1 }, 'body.toMs'],
    ['is longer than a year', { kind: 'add', staffId: 'otto', fromMs: 0, toMs: 10 ** 13 }, 'body.toMs'],
    ['brings nobody', { kind: 'replace', fromMs: 0, toMs: 1 }, 'body.staffId'],
    ['brings whom nobody knows', { kind: 'add', staffId: 'zoe', fromMs: 0, toMs: 1 }, 'body.staffId'],
  ])('that %s is refused', async (_title, body, path) => {
    const reply = await post('carol', body);
    expect(reply.status).toBe(400);
    expect(paths(reply)).toContain(path);
  });

  test('puts a person beside the others until it is taken back; the audit trail says whom and when, and not why', async () => {
    const key = newKey();
    const body = { kind: 'add', staffId: 'otto', fromMs: now(), toMs: now() + HOUR_MS, reason: 'CANARY is ill' };
    const rows = await api.audited(async () => {
      const { status, body: made } = await post('carol', body, key);
      expect([status, made.by]).toEqual([201, 'carol']);
      expect((await post('carol', body, key)).body).toEqual(made);
      expect(await onCall()).toContain('otto');
      const list = (await as('amy', 'GET', '/schedules/doctors/overrides')).body.items;
      expect(list).toMatchObject([{ overrideId: made.overrideId, reason: null }]);
      expect((await as('amy', 'DELETE', `/overrides/${made.overrideId}`, { headers: create() })).status).toBe(403);
      const { body: ended } = await as('carol', 'DELETE', `/overrides/${made.overrideId}`, { headers: create() });
      expect(ended).toMatchObject({ voidedBy: 'carol', voidedMs: now() });
    });
    expect(await onCall()).not.toContain('otto');
    expect(rows[0]?.detail).toContain('add staff:otto for staff:everybody');
    expect(JSON.stringify(rows)).not.toContain('CANARY');
  });
});

describe('a swap', () => {
  /** The next turn of a person that has not begun. */
  const turnOf = async (staffId: string): Promise<{ scheduleId: string; fromMs: number; toMs: number }> => {
    const { shifts } = (await as('amy', 'GET', '/schedules/doctors/shifts')).body;
    const shift = shifts.find((each: { staffId: string; fromMs: number }) => each.staffId === staffId && each.fromMs > now());
    return { scheduleId: 'doctors', fromMs: shift.fromMs, toMs: shift.toMs };
  };
  const ask = (name: string, body: object) => as(name, 'POST', '/swaps', { headers: create(), body });
  const answer = (name: string, swapId: string, how: string, rev = 1) =>
    how === 'withdraw'
      ? as(name, 'DELETE', `/swaps/${swapId}`, { headers: change(rev) })
      : as(name, 'POST', `/swaps/${swapId}/${how}`, { headers: change(rev) });
  const whoAt = async (ms: number): Promise<string> =>
    (await as('amy', 'GET', `/schedules/doctors/shifts?from=${ms}&to=${ms + 1}`)).body.shifts[0].staffId;

  test('exchanges two turns once the other one agrees, and each answers for themselves alone', async () => {
    const [give, take] = [await turnOf('phil'), await turnOf('pia')];
    const { status, body } = await ask('phil', { give, take, to: 'pia' });
    expect([status, body.state]).toEqual([201, 'open']);
    const others = [
      await answer('otto', body.swapId, 'agree'),
      await answer('phil', body.swapId, 'agree'),
      await answer('pia', body.swapId, 'withdraw'),
    ];
    expect(others.map((reply) => reply.status)).toEqual([404, 404, 404]);
    expect((await as('otto', 'GET', `/swaps/${body.swapId}`)).status).toBe(404);
    expect(await whoAt(give.fromMs)).toBe('phil');
    expect((await answer('pia', body.swapId, 'agree')).body.state).toBe('agreed');
    expect([await whoAt(give.fromMs), await whoAt(take.fromMs)]).toEqual(['pia', 'phil']);
    expect((await as('phil', 'GET', '/swaps')).body.items).toMatchObject([{ swapId: body.swapId, state: 'agreed' }]);
    const overrides = (await as('carol', 'GET', '/schedules/doctors/overrides')).body.items;
    expect(overrides.filter((each: { swapId: string | null }) => each.swapId === body.swapId)).toHaveLength(2);
  });

  test('that is declined or withdrawn changes nothing, and can’t be agreed to any more', async () => {
    for (const [name, how] of [
      ['otto', 'decline'],
      ['phil', 'withdraw'],
    ] as const) {
      const give = await turnOf('phil');
      const { body } = await ask('phil', { give, to: 'otto' });
      expect((await answer(name, body.swapId, how)).status).toBe(200);
      expect((await answer('otto', body.swapId, 'agree', 2)).status).toBe(409);
      expect(await whoAt(give.fromMs)).toBe('phil');
    }
  });

  test('of somebody else’s turn, with oneself, or of a turn that has begun is refused, and it is said why', async () => {
    const give = await turnOf('phil');
    const foreign = await ask('otto', { give, to: 'pia' });
    expect([foreign.status, paths(foreign)]).toEqual([409, ['body.give']]);
    expect(paths(await ask('phil', { give, to: 'phil' }))).toEqual(['body.to']);
    const begun = await ask('phil', { give: { ...give, fromMs: now() - 1 }, to: 'pia' });
    expect([begun.status, begun.body.errors[0].message]).toEqual([409, expect.stringContaining('begun')]);
  });
});

describe('hand-over notes', () => {
  const url = '/schedules/doctors/handover-notes';

  test('are read by who works in the care unit or has a turn about now, and each look is audited', async () => {
    const rows = await api.audited(async () => {
      const { status } = await as('phil', 'POST', url, { headers: create(), body: { text: 'CANARY in ICU 1 had a bad night' } });
      expect(status).toBe(201);
      expect((await as('amy', 'GET', url)).body.items).toMatchObject([{ by: 'phil', text: 'CANARY in ICU 1 had a bad night' }]);
      expect((await as('pia', 'GET', url)).status).toBe(200);
      expect((await as('otto', 'GET', url)).status).toBe(404);
      expect((await as('ida', 'GET', url)).status).toBe(404);
      expect((await as('dan', 'GET', url)).status).toBe(403);
    });
    expect(rows.map(({ actor, outcome }) => `${actor} ${outcome}`)).toEqual([
      'phil allowed',
      'amy allowed',
      'pia allowed',
      'otto refused',
      'ida refused',
      'dan refused',
    ]);
    expect(JSON.stringify(rows)).not.toContain('CANARY');
    expect((await as('amy', 'GET', '/now')).body.schedules[0].newestNoteMs).toBe(now());
  });

  test('are not given while the audit trail is away', async () => {
    api.breakAudit(true);
    expect((await as('amy', 'GET', url)).status).toBe(503);
    api.breakAudit(false);
  });
});

test('a schedule that is retired tells nobody, and who was on call by it can still be told', async () => {
  const before = now();
  const was = (await as('amy', 'GET', `/schedules/doctors/shifts?from=${before}&to=${before + 1}`)).body.shifts[0].staffId;
  await api.clock.advance(1_000);
  expect((await as('carol', 'DELETE', '/schedules/doctors', { headers: change(3) })).body.retired).toBe(true);
  const sql = await openSql({ file: `${api.dataDir}/vigil.db`, clock: api.clock });
  const [then, at] = await sql.query(async (db) => [
    await onCallNow(db, ['doctors'], before),
    await onCallNow(db, ['doctors', 'unknown'], now()),
  ]);
  expect([...then]).toEqual([['doctors', [was]]]);
  expect([...at]).toEqual([
    ['doctors', []],
    ['unknown', []],
  ]);
  await sql.close();
});
