import { PlatformError } from '@vigil/domain';
import { Readiness } from '../../src/health/readiness.js';
import { type Api, SERVICE_TOKEN, startApi } from './api-fixture.js';

let api: Api;
beforeEach(async () => void (api = await startApi({ env: { VIGIL_RUNBOOK_URL: 'https://wiki.example/runbook' } })));
afterEach(() => api.end());

const FROM_ELSEWHERE = { 'x-forwarded-for': '10.0.0.1' };

test('engineers on the machine see how it is without signing in, and nothing of a patient, a bed, a person or a key is there', async () => {
  const { status, body, headers } = await api.call('GET', '/status');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
  for (const word of ['icu', 'pat-', 'enc-', 'TESTMAN', 'Amy', 'amy', 'sim-', 'gw-1', 'Bearer', '<script', 'style=']) {
    expect([word, String(body).includes(word)]).toEqual([word, false]);
  }
  const style = await api.call('GET', '/status/style.css');
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
});

test('from elsewhere it takes the token of a service, and nobody else’s', async () => {
  const as = (token: string) => api.call('GET', '/status', { as: token, headers: FROM_ELSEWHERE });
  expect((await api.call('GET', '/status', { headers: FROM_ELSEWHERE })).status).toBe(403);
  expect((await as(await api.token('dan'))).status).toBe(403);
  expect((await as(SERVICE_TOKEN)).status).toBe(200);
});

test('it is there while the store is away, and says so', async () => {
  api.app.get(Readiness).expect('store', { staleMs: 60_000 }).failed('store-unavailable');
  // Whoever asks, it is not looked up who they are.
  const away = () => Promise.reject(new PlatformError('store-unavailable', {}, true));
  Object.assign(api.stores.sessionStore, { use: away, peek: away });
  const { status, body } = await api.call('GET', '/status', { as: 'somebody' });
  expect(status).toBe(200);
  expect(body).toContain('The database does not answer');
  expect(body).toContain('https://wiki.example/runbook#store-away');
});
