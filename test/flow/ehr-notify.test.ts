/** Where the FHIR server says "look now": its own bearer opens it and nothing else, and what it sends is not read. */
import { EhrHints } from '../../src/ehr-in/ehr-hints.js';
import { type Api, startApi } from './api-fixture.js';

const PATH = '/api/v1/ehr/notify';

let api: Api;
let bearer: string;
let hints: number;
beforeAll(async () => {
  api = await startApi();
  bearer = await api.app.get(EhrHints).bearer();
  api.app.get(EhrHints).onHint(() => (hints += 1));
});
beforeEach(() => {
  hints = 0;
});
afterAll(() => api.end());

const say = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Response> =>
  fetch(`${api.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
const authorized = (type?: string) => ({
  authorization: `Bearer ${bearer}`,
  ...(type === undefined ? {} : { 'content-type': type }),
});

test.each([
  ['POST', PATH, undefined, undefined],
  ['POST', PATH, 'application/x-www-form-urlencoded', ''],
  ['POST', PATH, 'application/x-www-form-urlencoded', 'a=1&a=2'],
  ['PUT', `${PATH}/Encounter/17`, 'application/fhir+json', '{"resourceType":"Encounter","resourceType":"Patient"}'],
  ['PUT', `${PATH}/Encounter/17`, 'application/json', 'no json at all'],
  ['POST', PATH, 'text/plain', 'x'.repeat(900_000)],
])('%s %s as %s is one hint', async (method, path, type, body) => {
  const response = await say(method, path, authorized(type), body);
  expect([response.status, await response.text()]).toEqual([204, '']);
  expect(hints).toBe(1);
});

test.each([
  ['nothing', {}],
  ['another bearer', { authorization: 'Bearer abc' }],
  ['the right one in another scheme', { authorization: 'Basic abc' }],
])('with %s it is refused, and it is no hint', async (_, headers) => {
  expect((await say('POST', PATH, headers)).status).toBe(401);
  expect(hints).toBe(0);
});

test('the bearer is no session: it opens nothing else', async () => {
  for (const path of ['/api/v1/session', '/api/v1/patients', '/api/v1/beds']) {
    expect((await say('GET', path, authorized())).status).toBe(401);
  }
});

test('somebody who is signed in has no bearer', async () => {
  const token = await api.token('dan');
  expect((await say('POST', PATH, { authorization: `Bearer ${token}` })).status).toBe(401);
});

test('more than a mebibyte is refused', async () => {
  const response = await say('POST', PATH, authorized('application/fhir+json'), 'x'.repeat(1_200_000)).catch(() => null);
  // A server may also close the line on somebody who sends so much.
  expect([413, undefined]).toContain(response?.status);
  expect(hints).toBe(0);
});

test('a form is still refused everywhere else', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await say('POST', '/api/v1/session', headers, 'a=1')).status).toBe(415);
});
