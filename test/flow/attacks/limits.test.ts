import { alarmIdNo } from '../../contract/alarm-fixtures.js';
import { apiRoutes } from '../../support/api-routes.js';
import { type Api, startApi } from '../api-fixture.js';

let api: Api;
afterEach(() => api.end());

describe('too many requests', () => {
  beforeEach(async () => void (api = await startApi({ env: { VIGIL_REQUESTS_PER_S: '1' } })));

  /** Asks until there is a 429, at most so many times; answers how often and with what. */
  async function until429(ask: () => ReturnType<Api['call']>, most: number) {
    for (let count = 1; count <= most; count++) {
      const reply = await ask();
      if (reply.status === 429)
        return { count, retryAfterS: Number(reply.headers.get('retry-after')), code: reply.body.code as string };
    }
    return null;
  }

  test('of one person are refused with the time to wait, and the alarm can still be accepted', async () => {
    const [amy, ben] = [await api.token('amy'), await api.token('ben')];
    const refused = await until429(() => api.call('GET', '/api/v1/beds', { as: amy }), 30);
    expect(refused).toEqual({ count: 21, retryAfterS: 1, code: 'too-many-attempts' });
    const headers = { 'if-match': '"1"', 'idempotency-key': '0198c0de-0000-4000-8000-000000000001' };
    expect((await api.call('POST', `/api/v1/alarms/${alarmIdNo(1)}/accept`, { as: amy, headers })).status).toBe(404);
    expect((await api.call('GET', '/api/v1/beds', { as: ben })).status).toBe(200);
    await api.clock.advance(1_000);
    expect((await api.call('GET', '/api/v1/beds', { as: amy })).status).toBe(200);
  });

  test('of one person fill the audit trail to a bound, and the next row says how many were left out', async () => {
    const amy = await api.token('amy');
    const ask = () => api.call('GET', '/api/v1/beds', { as: amy });
    expect(await until429(ask, 30)).not.toBeNull();
    const rows = await api.audited(async () => {
      for (let i = 0; i < 100; i++) expect((await ask()).status).toBe(429);
      await api.clock.advance(60_000);
      expect(await until429(ask, 30)).not.toBeNull();
    });
    const refused = rows.filter((row) => row.outcome === 'refused');
    expect(refused).toHaveLength(60);
    expect(refused.at(-1)?.detail).toMatch(/; 41 more left out$/);
  });

  test('of one address are refused too, and are counted', async () => {
    const refused = await until429(() => api.call('GET', '/health/live'), 250);
    expect(refused?.count).toBe(201);
    await api.clock.advance(5_000);
    expect((await api.call('GET', '/metrics')).body).toMatch(/vigil_http_requests_refused_total\{reason="address-rate"\} 1/);
  });

  test('an address in a header is not believed', async () => {
    let n = 0;
    const ask = () =>
      api.call('GET', '/health/live', { headers: { 'x-forwarded-for': `10.0.0.${n++}`, forwarded: `for=10.1.1.${n}` } });
    expect((await until429(ask, 250))?.count).toBe(201);
  });
});

/** Which beds the house has, and at which unit, is told to all who work there; it says nothing of a patient. */
const OF_THE_HOUSE = new Set(['/api/v1/beds/{bedId}/place']);

describe('guessing ids (CK-S13)', () => {
  beforeEach(async () => void (api = await startApi()));

  test('what is not there and what is not for the caller are told alike', async () => {
    const ida = await api.token('ida');
    const routes = (await apiRoutes(api)).filter(
      ({ method, path }) => method === 'GET' && /\{(bedId|patientId|encounterId)\}/.test(path) && !OF_THE_HOUSE.has(path),
    );
    expect(routes.length).toBeGreaterThan(2);
    const told: string[] = [];
    for (const { path, filled } of routes) {
      const query = filled.includes('history') ? '?metric=heartRate&fromMs=0&toMs=1000' : '';
      const other = await api.call('GET', `${filled}${query}`, { as: ida });
      const none = await api.call('GET', `${path.replace(/\{\w+\}/g, 'none-1')}${query}`, { as: ida });
      const isAlike = other.status === none.status && JSON.stringify(other.body) === JSON.stringify(none.body);
      if (!isAlike || other.status < 400) told.push(`${path}: ${other.status} and ${none.status}`);
    }
    expect(told).toEqual([]);
  });
});

describe('reports of the content policy', () => {
  beforeEach(async () => void (api = await startApi()));
  const report = (body: unknown, type = 'application/csp-report') =>
    api.call('POST', '/api/v1/csp-reports', { body, headers: { 'content-type': type } });
  const counted = async (): Promise<readonly string[]> =>
    ((await api.call('GET', '/metrics')).body as string)
      .split('\n')
      .filter((line) => line.startsWith('vigil_csp_reports_total{'));

  test('are counted by directive, in both forms, and nothing else of them is kept', async () => {
    const secret = 'https://canary.example/TESTMAN?token=abc';
    await report({ 'csp-report': { 'effective-directive': 'script-src-elem', 'blocked-uri': secret, 'script-sample': secret } });
    await report({ 'csp-report': { 'violated-directive': 'img-src https:', 'document-uri': secret } });
    await report(
      [{ type: 'csp-violation', body: { effectiveDirective: 'script-src-elem', blockedURL: secret } }],
      'application/reports+json',
    );
    await report({ 'csp-report': { 'effective-directive': secret } });
    expect([...(await counted())].sort()).toEqual([
      'vigil_csp_reports_total{directive="img-src"} 1',
      'vigil_csp_reports_total{directive="other"} 1',
      'vigil_csp_reports_total{directive="script-src-elem"} 2',
    ]);
  });

  test('are rationed, and are taken in no other form or place', async () => {
    expect((await report('nonsense')).status).toBe(400);
    expect((await report({ a: 1 })).status).toBe(400);
    expect(
      (await api.call('POST', '/api/v1/session', { body: {}, headers: { 'content-type': 'application/csp-report' } })).status,
    ).toBe(415);
    let last = 0;
    for (let i = 0; i < 100 && last !== 429; i++) last = (await report({ 'csp-report': {} })).status;
    expect(last).toBe(429);
  });
});
