import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@vigil/clock';
import { FhirHttp } from '../../src/adapters/fhir-server/fhir-http.js';
import { HttpFhirSink } from '../../src/adapters/fhir-server/sink.js';
import type { FhirResource, OutResource } from '../../src/ports/fhir-server.js';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: FhirResource & {
    readonly entry?: readonly { readonly resource: FhirResource; readonly request: { readonly ifNoneExist: string } }[];
  };
}

const signal = new AbortController().signal;
const out = (n: number): OutResource => ({
  identity: `id${n}`,
  resource: { resourceType: 'Observation', identifier: [{ system: 'urn:vigil:observation', value: `id${n}` }], n },
});
const batch = (count: number): OutResource[] => Array.from({ length: count }, (_, n) => out(n));
const outcome = (code: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code, diagnostics: 'TESTMAN' }],
});
const created = (asked: Asked): Answer => ({
  status: 200,
  body: {
    resourceType: 'Bundle',
    type: 'transaction-response',
    entry: asked.body.entry!.map((_, n) => ({ response: { status: '201 Created', location: `Observation/${n}/_history/1` } })),
  },
});

/** A server that answers as the test says, and the sink before it. */
async function serverOf(answer: (asked: Asked, n: number) => Answer | 'cut') {
  const asked: Asked[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'];
    const one = { method: request.method!, path: request.url!, headers: request.headers, body };
    asked.push(one);
    const said = answer(one, asked.length);
    if (said === 'cut') request.socket.destroy();
    else
      response
        .writeHead(said.status, { 'content-type': 'application/fhir+json', ...said.headers })
        .end(said.body === undefined ? '' : JSON.stringify(said.body));
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  const clock = new FakeClock();
  const sleeps: number[] = [];
  const sleep = (wallMs: number): Promise<void> => Promise.resolve(void sleeps.push(wallMs));
  const http = new FhirHttp({ baseUrl, auth: null, wallMs: () => clock.wallMs() });
  return { asked, sleeps, sink: new HttpFhirSink(http, { sleep }) };
}

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('a batch is one transaction of conditional creates, each by its name', async () => {
  const { sink, asked } = await serverOf(created);
  expect(await sink.send(batch(2), signal)).toEqual([
    { is: 'stored', serverId: '0' },
    { is: 'stored', serverId: '1' },
  ]);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.body).toMatchObject({ resourceType: 'Bundle', type: 'transaction' });
  expect(asked[0]!.body.entry!.map(({ request }) => request)).toEqual([
    { method: 'POST', url: 'Observation', ifNoneExist: 'identifier=urn%3Avigil%3Aobservation%7Cid0' },
    { method: 'POST', url: 'Observation', ifNoneExist: 'identifier=urn%3Avigil%3Aobservation%7Cid1' },
  ]);
});

test('one bad resource costs itself alone: the bundle is halved until it is found', async () => {
  const { sink, asked } = await serverOf(({ body, headers }): Answer => {
    const resources = body.entry?.map(({ resource }) => resource) ?? [body];
    if (resources.some(({ n }) => n === 5)) return { status: 422, body: outcome('invariant') };
    return body.entry === undefined ? { status: headers['if-none-exist'] === undefined ? 500 : 201 } : created({ body } as Asked);
  });
  const outcomes = await sink.send(batch(8), signal);
  expect(outcomes.map(({ is }) => is)).toEqual([...Array<string>(5).fill('stored'), 'refused', 'stored', 'stored']);
  expect(outcomes[5]).toEqual({ is: 'refused', status: 422, issue: 'invariant' });
  expect(asked.length).toBeLessThanOrEqual(7);
});

test('a bundle that a server refuses although every resource of it is good, is taken in its parts', async () => {
  const { sink } = await serverOf(({ body }) =>
    body.entry === undefined ? { status: 201 } : { status: 422, body: outcome('processing') },
  );
  expect((await sink.send(batch(4), signal)).map(({ is }) => is)).toEqual(Array<string>(4).fill('stored'));
});

test.each([
  ['429 with a time', { status: 429, headers: { 'retry-after': '7' } }, { is: 'later', waitMs: 7_000, why: 'http-429' }],
  ['503 for a year', { status: 503, headers: { 'retry-after': '31536000' } }, { is: 'later', waitMs: 300_000, why: 'http-503' }],
  ['500', { status: 500, body: outcome('exception') }, { is: 'later', waitMs: 0, why: 'http-500' }],
  ['403', { status: 403, body: outcome('forbidden') }, { is: 'later', waitMs: 0, why: 'http-403' }],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { is: 'later', waitMs: 0, why: 'redirected' }],
  ['no bundle', { status: 200, body: { resourceType: 'Patient' } }, { is: 'later', waitMs: 0, why: 'not-fhir' }],
  ['a cut line', 'cut', { is: 'later', waitMs: 0, why: 'unreached' }],
] as const)('%s means later, for all of the batch, after one request', async (_what, answer, expected) => {
  const { sink, asked } = await serverOf(() => answer);
  expect(await sink.send(batch(3), signal)).toEqual([expected, expected, expected]);
  expect(asked).toHaveLength(1);
});

test('a race is tried again three times, and is then refused by its code', async () => {
  const lost = await serverOf(() => ({ status: 409, body: outcome('conflict') }));
  expect(await lost.sink.send([out(1)], signal)).toEqual([{ is: 'refused', status: 409, issue: 'conflict' }]);
  expect(lost.asked).toHaveLength(4);
  const won = await serverOf((_asked, n) =>
    n < 3 ? { status: 409 } : { status: 200, headers: { location: 'Observation/9/_history/1' } },
  );
  expect(await won.sink.send([out(1)], signal)).toEqual([{ is: 'there-already', serverId: '9' }]);
  expect(won.sleeps).toEqual([1_000, 5_000]);
});

test('a change is put in the place of the version that was seen, and says so when that has moved', async () => {
  const { sink, asked } = await serverOf(({ headers }) => ({ status: headers['if-match'] === 'W/"2"' ? 200 : 412 }));
  const found = { resourceType: 'Observation', id: '17', status: 'entered-in-error' };
  expect(await sink.put(found, '2', signal)).toEqual({ is: 'stored' });
  expect(await sink.put(found, '1', signal)).toEqual({ is: 'moved' });
  expect(asked[0]).toMatchObject({ method: 'PUT', path: '/fhir/Observation/17' });
  expect(await sink.put({ ...found, id: '../metadata' }, '1', signal)).toMatchObject({ is: 'refused' });
  expect(asked).toHaveLength(2);
});

test('nothing that the server says of a resource comes out of it', async () => {
  const { sink } = await serverOf(() => ({ status: 400, body: outcome('invalid') }));
  expect(JSON.stringify(await sink.send(batch(2), signal))).not.toContain('TESTMAN');
});
