/** Hubs are shown and changed over HTTP while the unmodified client sends and reads. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { RunningEventHub } from '@vigil/event-hub';
import { EARLIEST, newFolder, noRetries, producerFor, read, start, until } from './event-hub-clients.js';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly error?: string; readonly message?: string };
}

let dataDir: string;
let hub: RunningEventHub;

beforeEach(async () => {
  dataDir = newFolder();
  hub = await start({ dataDir, httpPort: 0 });
});

function token({ key = 'admin', resource = 'sb://localhost/', seconds = 60 }): string {
  const { keys } = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as { keys: { name: string; primary: string }[] };
  const secret = keys.find(({ name }) => name === key)?.primary ?? 'x'.repeat(44);
  const sr = encodeURIComponent(resource);
  const se = Math.floor(Date.now() / 1000) + seconds;
  const sig = encodeURIComponent(createHmac('sha256', secret).update(`${sr}\n${se}`).digest('base64'));
  return `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}&skn=${key}`;
}

async function ask(method: string, path: string, body?: unknown, authorization: string = token({})): Promise<Answer> {
  const headers = { authorization, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${hub.httpPort}${path}`, { method, headers, ...sent });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text();

test('a hub that is made while it runs takes and gives events, and its new group can be read at once', async () => {
  const made = await ask('POST', '/hubs', { name: 'Trial', partitions: 2, consumerGroups: ['a'] });
  expect(made).toMatchObject({ status: 201, body: { name: 'trial', partitions: 2, consumerGroups: ['$default', 'a'] } });
  expect(await ask('PUT', '/hubs/trial/groups/late')).toMatchObject({ status: 200 });
  const connection = hub.connectionString('platform');
  await producerFor(connection, 'Trial').sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
  const reader = read(connection, { hub: 'trial', group: 'late', partition: '1', startPosition: EARLIEST });
  await until('both events', () => reader.events.length === 2);
});

test('a hub shows its partitions, who sends, who reads, and how far behind', async () => {
  const connection = hub.connectionString('platform');
  const producer = producerFor(connection);
  await producer.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }], { partitionId: '4' });
  const reader = read(connection, { group: 'alarms', partition: '4', startPosition: EARLIEST, ownerLevel: 3 });
  await until('the events', () => reader.events.length === 3);
  const { body } = await ask('GET', '/hubs/vigil');
  expect(body).toMatchObject({
    ...{ name: 'vigil', partitions: 8, segments: 1, retention: { ageMs: 7 * 86_400_000, bytes: null } },
    producers: [{ partition: 4, credit: 500 - 1 }],
  });
  const states = body['partitionStates'] as Record<string, unknown>[];
  expect(states[0]).toEqual({ id: '0', beginSequence: -1, lastSequence: -1, lastEnqueuedMs: null, readers: [] });
  expect(states[4]).toMatchObject({
    ...{ id: '4', beginSequence: 0, lastSequence: 2 },
    readers: [{ group: 'alarms', epoch: 3, nextSequence: 3, lagEvents: 0 }],
  });
  const text = await metrics();
  expect(text).toContain('vigil_hub_consumer_lag_events{hub="vigil",group="alarms",partition="4"} 0');
  expect(text).toContain('vigil_hub_partition_last_sequence{hub="vigil",partition="4"} 2');
  expect(text).toMatch(/vigil_hub_partition_bytes_in_total\{hub="vigil",partition="4"\} [1-9]/);
  expect(text).toContain('vigil_hub_log_segments{hub="vigil"} 1');
  await reader.close();
  await producer.close();
  for (;;) {
    const { body: after } = await ask('GET', '/hubs/vigil');
    const open = (after['partitionStates'] as { readers: unknown[] }[]).flatMap(({ readers }) => readers);
    if (open.length === 0 && (after['producers'] as unknown[]).length === 0) break;
  }
});

test('a group in use stays, and goes once nobody reads in it; then it is unknown', async () => {
  const connection = hub.connectionString('platform');
  await producerFor(connection).sendBatch([{ body: 1 }], { partitionId: '0' });
  const reader = read(connection, { group: 'fhir', partition: '0', startPosition: EARLIEST });
  await until('the event', () => reader.events.length === 1);
  expect(await ask('DELETE', '/hubs/vigil/groups/FHIR')).toMatchObject({ status: 409, body: { error: 'in-use' } });
  await reader.close();
  expect(await ask('DELETE', '/hubs/vigil/groups/FHIR')).toMatchObject({ status: 200 });
  const late = read(connection, { group: 'fhir', partition: '0', startPosition: EARLIEST, retry: noRetries });
  await until('the refusal', () => late.errors.includes('MessagingEntityNotFoundError'));
});

test.each([
  ['no token', {}, 'GET', '/hubs', 401],
  ['a key without the right', { key: 'platform' }, 'GET', '/hubs', 403],
  ['an unknown key', { key: 'nobody' }, 'GET', '/hubs', 401],
  ['an expired token', { seconds: -5 }, 'GET', '/hubs', 401],
  ['a token of one hub', { resource: 'sb://localhost/vigil' }, 'POST', '/hubs', 401],
  ['a token of another hub', { resource: 'sb://localhost/vigil2' }, 'GET', '/hubs/vigil', 401],
])('%s is refused', async (_, made, method, path, status) => {
  const given = 'key' in made || 'seconds' in made || 'resource' in made ? token(made) : '';
  expect(await ask(method, path, method === 'POST' ? { name: 'x', partitions: 1 } : undefined, given)).toMatchObject({ status });
});

test('a token of one hub shows that hub', async () => {
  expect(await ask('GET', '/hubs/vigil', undefined, token({ resource: 'sb://localhost/vigil' }))).toMatchObject({ status: 200 });
});

test.each([
  ['POST', '/hubs', '{"name":', 400],
  ['POST', '/hubs', { name: 'x' }, 400],
  ['POST', '/hubs', { name: 'x', partitions: 1, more: 1 }, 400],
  ['POST', '/hubs', { name: '../x', partitions: 1 }, 400],
  ['POST', '/hubs', { name: 'vigil', partitions: 1 }, 409],
  ['POST', '/hubs', `"${'x'.repeat(17_000)}"`, 413],
  ['PUT', '/hubs/vigil/retention', { ageMs: 1, bytes: null }, 400],
  ['PUT', '/hubs/nix/retention', { ageMs: 86_400_000, bytes: null }, 404],
  ['PUT', '/hubs/vigil/groups/a%20b', undefined, 400],
  ['DELETE', '/hubs/vigil/groups/nix', undefined, 404],
  ['DELETE', '/hubs/vigil', undefined, 405],
  ['GET', '/hubs/%zz', undefined, 400],
  ['GET', '/hubs/vigil/nothing', undefined, 404],
])('%s %s is answered with what is wrong', async (method, path, body, status) => {
  expect(await ask(method, path, body)).toMatchObject({ status, body: { error: expect.any(String) } });
});

test('a body that never ends is not waited for', async () => {
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { authorization: token({ key: 'platform' }), 'transfer-encoding': 'chunked' };
    const sent = request({ port: hub.httpPort, method: 'POST', path: '/hubs', headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject);
    sent.write('{');
  });
  expect(status).toBe(403);
});
