import { type Api, GATEWAY_TOKEN, newKey, PASSWORD, SERVICE_TOKEN, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.end());

const login = (body: unknown, path = '/api/v1/session', headers: Record<string, string> = {}) =>
  api.call('POST', path, { body, headers });

async function cookieOf(username: string): Promise<{ readonly cookie: string }> {
  const { headers } = await login({ username, password: PASSWORD });
  return { cookie: headers.getSetCookie()[0]!.split(';')[0]! };
}

describe('signing in', () => {
  test('the cookie cannot be read by a script or sent by another site', async () => {
    const { status, headers, body } = await login({ username: 'amy', password: PASSWORD });
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { staffId: 'amy', careUnitIds: ['icu'] }, roles: ['nurse'] });
    expect(headers.getSetCookie()[0]).toMatch(/^vigil_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('with ?token=true there is a bearer token and no cookie', async () => {
    const { headers, body } = await login({ username: 'amy', password: PASSWORD }, '/api/v1/session?token=true');
    expect(headers.getSetCookie()).toEqual([]);
    expect((await api.call('GET', '/api/v1/session', { as: body.token as string })).body.user.staffId).toBe('amy');
  });

  test('a wrong password and an unknown name say the same', async () => {
    const wrong = await login({ username: 'ben', password: 'wrong' });
    const unknown = await login({ username: 'nobody', password: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
    expect(wrong.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(wrong.body).toEqual({
      type: 'urn:vigil:problem:unauthenticated',
      title: 'Nobody is signed in, or the name or password is wrong',
      status: 401,
      code: 'unauthenticated',
    });
  });

  test('each sign-in and each refusal leaves one row, on the account where it is known', async () => {
    const rows = await api.audited(async () => {
      await login({ username: 'amy', password: PASSWORD });
      await login({ username: 'amy', password: 'wrong' });
      await login({ username: 'nobody', password: 'wrong' });
    });
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([
      ['amy', 'session.login', 'staff:amy', 'allowed'],
      ['anonymous', 'session.login', 'staff:amy', 'refused'],
      ['anonymous', 'session.login', 'session', 'refused'],
    ]);
  });

  test('ten wrong tries lock the account for this address for a while', async () => {
    for (let i = 0; i < 10; i++) await login({ username: 'carol', password: 'wrong' });
    const locked = await login({ username: 'Carol', password: PASSWORD });
    expect([locked.status, locked.body.code]).toEqual([429, 'too-many-attempts']);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800);
    await api.clock.advance(15 * 60_000);
    expect((await login({ username: 'carol', password: PASSWORD })).status).toBe(200);
  });

  test('a session ends at logout, and after fifteen idle minutes', async () => {
    const as = await cookieOf('amy');
    expect((await api.call('GET', '/api/v1/session', { as })).status).toBe(200);
    const headers = { origin: api.url };
    const rows = await api.audited(() => api.call('DELETE', '/api/v1/session', { as, headers }));
    expect(rows.map((r) => [r.action, r.actor])).toEqual([['session.logout', 'amy']]);
    expect((await api.call('GET', '/api/v1/session', { as })).status).toBe(401);
    const token = await api.token('amy');
    await api.clock.advance(15 * 60_000);
    expect((await api.call('GET', '/api/v1/session', { as: token })).status).toBe(401);
  });

  test('signing in again ends the session that the browser had', async () => {
    const old = await cookieOf('amy');
    await login({ username: 'amy', password: PASSWORD }, '/api/v1/session', { ...old, origin: api.url });
    expect((await api.call('GET', '/api/v1/session', { as: old })).status).toBe(401);
  });
});

describe('who may do what', () => {
  test.each([
    ['nobody', null, '/api/v1/beds', 401],
    ['a nurse', 'amy', '/api/v1/beds', 200],
    ['a nurse', 'amy', '/api/v1/audit', 403],
    ['a nurse', 'amy', '/api/v1/rejects', 403],
    ['an admin', 'dan', '/api/v1/beds', 403],
    ['an admin', 'dan', '/api/v1/rejects', 200],
    ['a security officer', 'eve', '/api/v1/audit', 200],
    ['a security officer', 'eve', '/api/v1/patients', 403],
    ['a nurse of another care unit', 'ida', '/api/v1/beds/icu-1', 404],
    ['a nurse of another care unit', 'ida', '/api/v1/patients/pat-1', 404],
    ['a nurse of another care unit', 'ida', '/api/v1/encounters/enc-1', 404],
    ['a nurse of another care unit', 'ida', '/api/v1/beds/icu-1/history?metric=heartRate&from=0&to=9', 404],
    ['a nurse', 'amy', '/api/v1/gateways/gw-1/config', 403],
  ])('%s (%s) reading %s gets %i', async (_who, username, path, status) => {
    const as = username === null ? {} : { as: await api.token(username) };
    expect((await api.call('GET', path, as)).status).toBe(status);
  });

  test('what is in another care unit looks like what does not exist', async () => {
    const as = await api.token('ida');
    const hidden = await api.call('GET', '/api/v1/beds/icu-1', { as });
    const missing = await api.call('GET', '/api/v1/beds/icu-9', { as });
    expect(hidden.body).toEqual(missing.body);
  });

  test('lists leave out what is in other care units', async () => {
    const as = await api.token('ida');
    const { body } = await api.call('GET', '/api/v1/beds', { as });
    expect(body.items.map((bed: { bedId: string }) => bed.bedId)).toEqual(['imc-1']);
    const patients = await api.call('GET', '/api/v1/patients', { as });
    // Whoever lies nowhere is in nobody's care.
    expect(patients.body.items).toEqual([]);
  });

  test('an unsafe request with the cookie needs a page of ours behind it', async () => {
    const as = await cookieOf('carol');
    const post = (headers: Record<string, string>) => api.call('POST', '/api/v1/patients', { as, headers, body: {} });
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ origin: api.url })).status).toBe(400);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(400);
  });

  test('a token of a service works, and a made-up one does not', async () => {
    expect((await api.call('GET', '/api/v1/encounters?bed=icu-1&open=true', { as: SERVICE_TOKEN })).body.items).toHaveLength(1);
    expect((await api.call('GET', '/api/v1/encounters', { as: `${SERVICE_TOKEN}x` })).status).toBe(401);
  });
});

describe('the audit trail', () => {
  const rowsOf = async (username: string, method: string, path: string, body?: unknown) => {
    const as = await api.token(username);
    return api.audited(() => api.call(method, path, { as, body }));
  };

  test.each([
    ['amy', '/api/v1/beds', 'bed.read', 'beds', 'allowed'],
    ['amy', '/api/v1/beds/icu-1', 'bed.read', 'bed:icu-1', 'allowed'],
    ['amy', '/api/v1/patients', 'patient.read', 'patients', 'allowed'],
    ['amy', '/api/v1/patients/pat-1', 'patient.read', 'patient:pat-1', 'allowed'],
    ['amy', '/api/v1/patients/pat-9', 'patient.read', 'patient:pat-9', 'refused'],
    ['amy', '/api/v1/encounters', 'encounter.read', 'encounters', 'allowed'],
    ['amy', '/api/v1/alarms', 'alarm.read', 'alarms', 'allowed'],
    ['amy', '/api/v1/beds/icu-1/history?metric=heartRate&from=0&to=9', 'history.read', 'bed:icu-1', 'allowed'],
    ['ida', '/api/v1/beds/icu-1', 'bed.read', 'bed:icu-1', 'refused'],
    ['amy', '/api/v1/audit', 'audit.read', 'route:GET /api/v1/audit', 'refused'],
    ['eve', '/api/v1/audit', 'audit.read', 'audit', 'allowed'],
  ])('%s reading %s leaves one row', async (username, path, action, object, outcome) => {
    const rows = await rowsOf(username, 'GET', path);
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([[username, action, object, outcome]]);
  });

  test('names no patient in words, only by id', async () => {
    const [row] = await rowsOf('amy', 'GET', '/api/v1/patients/pat-1');
    expect(row?.patientIds).toEqual(['pat-1']);
    expect(JSON.stringify(row)).not.toMatch(/TESTMAN|1960/);
  });

  test('reading what shows no patient leaves none', async () => {
    expect(await rowsOf('amy', 'GET', '/api/v1/staff')).toEqual([]);
    expect(await rowsOf('amy', 'GET', '/api/v1/session')).toEqual([]);
  });

  test.each([
    ['nobody', {}, 0],
    ['a token that is longer than any of ours', { authorization: `Bearer ${'x'.repeat(300)}` }, 1],
    ['another kind of credentials', { authorization: 'Basic YW15OnB3' }, 1],
    ['a cookie that is longer than any of ours', { cookie: `vigil_session=${'x'.repeat(300)}` }, 1],
    ['a token that is nobody’s', { authorization: 'Bearer nobodys' }, 1],
  ])('to ask who is signed in with %s is refused, and whoever tried something is in the trail', async (_what, headers, count) => {
    const rows = await api.audited(async () => {
      expect((await api.call('GET', '/api/v1/session', { headers })).status).toBe(401);
    });
    expect(rows.map(({ outcome, detail }) => [outcome, detail])).toEqual(Array(count).fill(['refused', 'unauthenticated']));
  });

  test('without it, patient data are not shown', async () => {
    const as = await api.token('amy');
    api.breakAudit(true);
    const { status, body } = await api.call('GET', '/api/v1/patients/pat-1', { as });
    const staff = await api.call('GET', '/api/v1/staff', { as });
    api.breakAudit(false);
    expect([status, body.code]).toEqual([503, 'audit-unavailable']);
    expect(JSON.stringify(body)).not.toContain('TESTMAN');
    expect(staff.status).toBe(200);
  });

  test('a flood of requests without sign-in fills it to a bound, and says how many were left out', async () => {
    await api.clock.advance(60_000);
    const rows = await api.audited(async () => {
      for (let i = 0; i < 70; i++) await api.call('GET', '/api/v1/beds');
      await api.clock.advance(60_000);
      await api.call('GET', '/api/v1/beds');
    });
    expect(rows).toHaveLength(61);
    expect(rows.at(-1)?.detail).toMatch(/10 more/);
  });
});

describe('admissions', () => {
  test('a patient is recorded, admitted, refused a second bed, and discharged', async () => {
    const as = await api.token('carol');
    const person = { mrn: 'M9', familyName: 'SAMPLE', givenName: 'Sam', birthDate: '1970-01-01', sex: 'other' };
    const key = { 'idempotency-key': newKey() };
    const created = await api.call('POST', '/api/v1/patients', { as, headers: key, body: person });
    expect(created.status).toBe(201);
    const { patientId } = created.body as { patientId: string };
    expect(created.headers.get('location')).toBe(`/api/v1/patients/${patientId}`);
    const admit = (bedId: string, more = {}) =>
      api.call('POST', '/api/v1/encounters', { as, body: { patientId, bedId, ...more } });
    const rows = await api.audited(() => admit('icu-2', { encounterId: 'enc-sam' }));
    expect(rows.map((r) => [r.action, r.object, r.patientIds, r.outcome])).toEqual([
      ['encounter.admit', 'encounter:enc-sam', [patientId], 'allowed'],
    ]);
    const taken = await api.audited(async () => expect((await admit('icu-1')).status).toBe(409));
    expect(taken.map((r) => [r.action, r.outcome, r.detail])).toEqual([['encounter.admit', 'failed', 'assignment-conflict']]);
    expect((await admit('imc-1')).status).toBe(404);
    const bed = await api.call('GET', '/api/v1/beds/icu-2', { as });
    expect(bed.body.encounter).toMatchObject({ displayName: 'SAMPLE, Sam', birthDate: '1970-01-01' });
    await api.clock.advance(60_000);
    const discharge = (body: unknown) => api.call('POST', '/api/v1/encounters/enc-sam/discharge', { as, body });
    expect((await discharge({ atMs: api.clock.nowMs() + 86_400_000 })).body.errors).toEqual([
      { path: 'body.atMs', message: 'not in the future' },
    ]);
    const gone = await discharge({});
    expect(gone.status).toBe(200);
    expect((await api.call('GET', '/api/v1/beds/icu-2', { as })).body.encounter).toBeNull();
  });

  test('an assignment is made for the bed of that care unit only', async () => {
    const as = await api.token('carol');
    const assign = (body: unknown) => api.call('POST', '/api/v1/assignments', { as, body });
    expect((await assign({ staffId: 'ben', careUnitId: 'icu', bedId: 'icu-1', role: 'primary' })).status).toBe(201);
    expect((await assign({ staffId: 'ben', careUnitId: 'icu', bedId: 'imc-1', role: 'primary' })).status).toBe(404);
    expect((await assign({ staffId: 'ben', careUnitId: 'imc', bedId: 'imc-1', role: 'primary' })).status).toBe(404);
    const { body } = await api.call('GET', '/api/v1/assignments?careUnit=icu', { as });
    expect(body.items.length).toBeGreaterThan(1);
  });
});

test('history comes back in order of event time, and only the range, with what is missing of it', async () => {
  const sample = (atMs: number, value: number) =>
    ({ bedId: 'icu-1', metric: 'heartRate', atMs, value, deviceId: 'sim-icu-1', quality: 'valid' }) as never;
  const gap = { gapId: 'g', bedId: 'icu-1', deviceId: 'sim-icu-1', seqs: [1, 4], fromMs: 500, toMs: 1_500, count: 4 } as never;
  const gaps = [Object.assign(gap, { reason: 'evicted' })];
  await api.observations.write(0, { samples: [sample(2_000, 80), sample(1_000, 70), sample(3_000, 90)], gaps }, '1');
  const as = await api.token('amy');
  const { body } = await api.call('GET', '/api/v1/beds/icu-1/history?metric=heartRate&from=1000&to=3000', { as });
  expect(body).toMatchObject({ bedId: 'icu-1', metric: 'heartRate', unit: '/min', next: null });
  expect(body.items.map((p: { value: number }) => p.value)).toEqual([70, 80]);
  expect(body.gaps).toEqual([{ fromMs: 1_000, toMs: 1_500, count: 4, reason: 'evicted', deviceId: 'sim-icu-1' }]);
  expect((await api.call('GET', '/api/v1/beds/icu-1/history?metric=heartRate&from=9&to=9', { as })).status).toBe(400);
});

test('how devices and gateways are is told to those who look after them', async () => {
  const nowMs = api.clock.nowMs();
  const envelope = { v: 1, id: 'x', key: 'gateway:gw-1', origin: 'live', atMs: nowMs, gatewayId: 'gw-1' };
  const state = { deviceId: 'sim-icu-1', connected: true, lastSeenMs: nowMs, skewMs: 4, clockSuspect: false };
  const counts = { said: { batteryPercent: 9, udi: '(01)00' }, accepted: 1, rejected: 2, duplicates: 0 };
  const device = { ...envelope, kind: 'deviceState', ...state, certificateNotAfterMs: null, ...counts } as never;
  const fault = {
    ...envelope,
    kind: 'deviceFault',
    deviceId: 'sim-icu-1',
    bedId: 'icu-1',
    fault: 'flooding',
    active: true,
  } as never;
  await api.stores.fleet.note({ devices: [device], gateways: [], faults: [fault] }, nowMs);
  const as = await api.token('dan');
  const { body } = await api.call('GET', '/api/v1/devices?limit=1', { as });
  expect(body.items).toMatchObject([
    { deviceId: 'sim-icu-1', bed: { bedId: 'icu-1' }, state: { isCurrent: true, said: { batteryPercent: 9 } } },
  ]);
  expect(body.items[0].faults).toEqual([{ fault: 'flooding', atMs: nowMs }]);
  expect(body.next).not.toBeNull();
  expect((await api.call('GET', '/api/v1/gateways', { as })).body.items[0]).toMatchObject({ gatewayId: 'gw-1', state: null });
  expect((await api.call('GET', '/api/v1/devices?cursor=nonsense', { as })).status).toBe(400);
});

test('a gateway gets its beds, and nothing again while nothing changes', async () => {
  const first = await api.call('GET', '/api/v1/gateways/gw-1/config', { as: GATEWAY_TOKEN });
  expect(first.body).toMatchObject({ gatewayId: 'gw-1', rate: 1 });
  const headers = { 'if-none-match': first.headers.get('etag')! };
  const second = await api.call('GET', '/api/v1/gateways/gw-1/config', { as: GATEWAY_TOKEN, headers });
  expect([second.status, second.body]).toEqual([304, '']);
});

test("another gateway's beds are not found, a program that is no gateway gets none, and both are in the audit trail", async () => {
  const ask = (as: string, gatewayId: string) => api.call('GET', `/api/v1/gateways/${gatewayId}/config`, { as });
  const rows = await api.audited(async () => {
    expect((await ask(GATEWAY_TOKEN, 'gw-2')).status).toBe(404);
    expect((await ask(SERVICE_TOKEN, 'gw-1')).status).toBe(403);
  });
  expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([
    ['system:gateway', 'gateway.config', 'gateway:gw-2', 'refused'],
    ['system:simulator', 'gateway.config', 'route:GET /api/v1/gateways/:gatewayId/config', 'refused'],
  ]);
  expect((await api.call('GET', '/api/v1/patients', { as: GATEWAY_TOKEN })).status).toBe(403);
});

describe('bad requests', () => {
  test.each([
    ['bad JSON', '{"username":', 400],
    ['too large a body', JSON.stringify({ username: 'a', password: 'x'.repeat(300_000) }), 413],
    ['an unknown field', { username: 'a', password: 'b', admin: true }, 400],
    ['no body', undefined, 400],
  ])('%s is a problem', async (_name, body, status) => {
    const reply = await api.call('POST', '/api/v1/session', { body });
    expect([reply.status, reply.body.status]).toEqual([status, status]);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('another media type is refused', async () => {
    const reply = await api.call('POST', '/api/v1/session', { body: 'username=a', headers: { 'content-type': 'text/plain' } });
    expect(reply.status).toBe(415);
  });

  test('a path that is not there is a problem, not a page', async () => {
    const reply = await api.call('GET', '/api/v1/nothing');
    expect([reply.status, reply.body.code]).toEqual([404, 'not-found']);
  });

  test('the answer never repeats what was sent', async () => {
    const as = await api.token('carol');
    const reply = await api.call('POST', '/api/v1/patients', { as, body: { mrn: 'M1', familyName: 'SECRETNAME', sex: 'x' } });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).not.toContain('SECRETNAME');
  });
});

test('health, readiness and metrics answer without sign-in, and metrics name no bed', async () => {
  expect((await api.call('GET', '/health/live')).status).toBe(200);
  expect((await api.call('GET', '/health/ready')).status).toBe(503);
  const metrics = await api.call('GET', '/metrics');
  expect(metrics.body).toContain('vigil_http_request_duration_ms_bucket');
  expect(metrics.body).toContain('route="/api/v1/beds/:bedId"');
  expect(metrics.body).not.toContain('icu-1');
  expect((await api.call('GET', '/metrics', { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(403);
});

test('every answer carries the security headers', async () => {
  const { headers } = await api.call('GET', '/health/live');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
