import { mkdir, mkdtemp, readFile, rmdir, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import { until } from '../test-support/gateway-fixture.js';
import { testConfigKey, type TestConfigKey } from '../test-support/signed-config.js';
import { BedTable } from './bed-table.js';
import { ConfigPoller } from './config-poller.js';

const mon1 = 'mon-1' as DeviceId;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const KEY = testConfigKey();
let issuedAtMs = 1_000;
const config = (bedId: string, more: object = {}) =>
  JSON.stringify({
    v: 1,
    gatewayId: 'gw-1',
    devices: [{ deviceId: 'mon-1', bedId }],
    rate: 1,
    issuedAtMs: ++issuedAtMs,
    ...more,
  });

const signedBy = (key: TestConfigKey, body: string, response: ServerResponse, etag?: string): void => {
  response.writeHead(200, { 'x-vigil-signature': key.sign(body), ...(etag === undefined ? {} : { etag }) }).end(body);
};

async function platform(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/gateways/gw-1/config`, requests };
}

async function polling(url: string, dataDir?: string, keys: readonly TestConfigKey[] = [KEY]) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'vigil-config-')));
  const keyFile = join(folder, 'config-keys.pem');
  await writeFile(keyFile, keys.map(({ pem }) => pem).join(''));
  const beds = new BedTable();
  const clock = new FakeClock();
  const metrics = new GatewayMetrics();
  const poller = new ConfigPoller(
    { url, token: 'secret', gatewayId: 'gw-1', dataDir: folder, keyFile },
    beds,
    clock,
    metrics,
    SILENT,
  );
  const told: [string, boolean][] = [];
  poller.tell((fault, active) => told.push([fault, active]));
  const refusals = (): boolean[] => told.flatMap(([fault, active]) => (fault === 'configRefused' ? [active] : []));
  const isRefused = (): boolean => refusals().at(-1) ?? false;
  closers.push(() => poller.stop());
  await poller.start();
  const failures = async (): Promise<number> => (await metrics.configFailures.get()).values[0]!.value;
  const refused = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await metrics.configRefused.get()).values.map((v) => [v.labels.reason as string, v.value]));
  return { beds, clock, failures, refused, refusals, isRefused, told, folder, keyFile, poller };
}
const NOWHERE = 'http://127.0.0.1:9/';

test('the bed table follows the platform within 5 s, and an unchanged one is not sent again', async () => {
  let bed = 'icu-1';
  const bodies = { 'icu-1': config('icu-1'), 'icu-2': config('icu-2') } as Record<string, string>;
  const { url, requests } = await platform((request, response) => {
    const etag = `"${bed}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else signedBy(KEY, bodies[bed]!, response, etag);
  });
  const { beds, clock, failures, refusals } = await polling(url);
  const heard: (number | undefined)[] = [];
  beds.onConfig((c) => heard.push(c.issuedAtMs));
  await until('the first table', () => beds.bedOf(mon1) === 'icu-1');
  expect(requests[0]!.headers.authorization).toBe('Bearer secret');
  await until('a question with the etag', async () => {
    await clock.advance(5_000);
    return requests.at(-1)!.headers['if-none-match'] === '"icu-1"';
  });
  bed = 'icu-2';
  await until('the second table', async () => {
    await clock.advance(5_000);
    return beds.bedOf(mon1) === 'icu-2';
  });
  expect(beds.keyOf(mon1)).toBe('bed:icu-2');
  expect(await failures()).toBe(0);
  expect(refusals()).toEqual([]);
  expect(heard).toHaveLength(2);
});

test('without the platform the last configuration is used, also by the next start', async () => {
  const body = config('icu-1');
  const { url } = await platform((_request, response) => signedBy(KEY, body, response, '"1"'));
  const first = await polling(url);
  await until('the table on disk', async () => {
    const second = await polling(NOWHERE, first.folder);
    return second.beds.bedOf(mon1) === 'icu-1';
  });
});

test.each([
  ['an error', (r: ServerResponse) => r.writeHead(500).end('{}')],
  ['too much', (r: ServerResponse) => r.end(' '.repeat(5_000_000))],
  ['a redirect', (r: ServerResponse) => r.writeHead(302, { location: NOWHERE }).end()],
])('%s changes nothing and is counted', async (_what, answer) => {
  const { url } = await platform((_request, response) => void answer(response));
  const { beds, failures } = await polling(url);
  await until('the failure', async () => (await failures()) === 1);
  expect(beds.bedIds()).toEqual([]);
});

const STRANGER = testConfigKey();
const forged = (body: string): string => KEY.sign(body).replace(/sig=./, (m) => (m === 'sig=A' ? 'sig=B' : 'sig=A'));
const send = (header: string | null, body: string) => (r: ServerResponse) =>
  r.writeHead(200, header === null ? {} : { 'x-vigil-signature': header }).end(body);
const one = config('icu-9');
test.each<[string, string, (r: ServerResponse) => void]>([
  ['without a signature', 'unsigned', send(null, one)],
  ['with an empty signature', 'unsigned', send('', one)],
  ['with a hundred signatures', 'unsigned', send(Array.from({ length: 100 }, () => 'keyid=0').join(), one)],
  ['that somebody else signed', 'key-unknown', send(STRANGER.sign(one), one)],
  [
    "that names our key for a stranger's signature",
    'signature-wrong',
    send(STRANGER.sign(one).replace(STRANGER.id, KEY.id), one),
  ],
  ['whose signature has a changed bit', 'signature-wrong', send(forged(one), one)],
  ['that was changed after it was signed', 'signature-wrong', send(KEY.sign(one), one.replace('icu-9', 'icu-8'))],
  ['with one wrong and one right signature', 'signature-wrong', send(`${forged(one)}, ${KEY.sign(one)}`, one)],
  ['with a space behind it', 'signature-wrong', send(KEY.sign(one), `${one} `)],
  ['that is no JSON', 'malformed', send(KEY.sign('<html>'), '<html>')],
  ['of another shape', 'malformed', send(KEY.sign('{"v":1}'), '{"v":1}')],
  ['without a time of issue', 'malformed', (r) => ((b) => send(KEY.sign(b), b)(r))(config('icu-9', { issuedAtMs: undefined }))],
  ['for another gateway', 'foreign', (r) => ((b) => send(KEY.sign(b), b)(r))(config('icu-9', { gatewayId: 'gw-2' }))],
])('a configuration %s is refused as %s, said, and changes nothing', async (_what, reason, answer) => {
  const { url } = await platform((_request, response) => answer(response));
  const { beds, refused, refusals, failures } = await polling(url);
  await until('the refusal', async () => (await refused())[reason] === 1);
  expect(refusals()).toEqual([true]);
  expect(await failures()).toBe(0);
  expect(beds.config).toBeNull();
});

test('one that is older than the one in use is refused, also after a new start; the next newer one ends the trouble', async () => {
  const [older, newer] = [config('icu-1'), config('icu-2')];
  let body = newer;
  const { url } = await platform((_request, response) => signedBy(KEY, body, response));
  const first = await polling(url);
  await until('the newer one', () => first.beds.bedOf(mon1) === 'icu-2');
  body = older;
  await until('a refusal', async () => {
    await first.clock.advance(5_000);
    return (await first.refused())['older'] !== undefined;
  });
  const second = await polling(url, first.folder);
  await until('a refusal', async () => (await second.refused())['older'] === 1);
  expect(second.beds.bedOf(mon1)).toBe('icu-2');
  // Other content under the same time is no better.
  body = newer.replace('icu-2', 'icu-3');
  await until('a second refusal', async () => {
    await second.clock.advance(5_000);
    return (await second.refused())['older']! >= 2;
  });
  body = config('icu-4');
  await until('the newest one', async () => {
    await second.clock.advance(5_000);
    return second.beds.bedOf(mon1) === 'icu-4';
  });
  await until('the end of the trouble', () => !second.isRefused());
  expect(second.refusals()).toEqual([true, false]);
});

test('a gateway that gets no answer for ten minutes says so, until it gets one', async () => {
  let isKnown = false;
  const body = config('icu-1');
  const { url } = await platform((_, response) => {
    if (isKnown) signedBy(KEY, body, response);
    else response.writeHead(401).end();
  });
  const { clock, told, failures } = await polling(url);
  const startMs = clock.wallMs();
  await until('ten minutes', async () => {
    await clock.advance(30_000);
    return told.length > 0;
  });
  expect(told).toEqual([['configUnread', true]]);
  expect(clock.wallMs() - startMs).toBeGreaterThan(600_000);
  expect(await failures()).toBeGreaterThan(1);
  isKnown = true;
  await until('the end of it', async () => {
    await clock.advance(5_000);
    return told.length > 1;
  });
  expect(told).toEqual([
    ['configUnread', true],
    ['configUnread', false],
  ]);
});

test('a configuration that the disk does not take is kept as soon as it does, without a new one', async () => {
  const body = config('icu-1');
  const { url } = await platform((request, response) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else signedBy(KEY, body, response, '"1"');
  });
  const folder = await mkdtemp(join(tmpdir(), 'vigil-config-'));
  const inTheWay = join(folder, 'config.json.tmp');
  await mkdir(inTheWay);
  const { beds, clock, failures } = await polling(url, folder);
  await until('the table, and the refusal of the disk', async () => beds.bedOf(mon1) === 'icu-1' && (await failures()) === 1);
  await rmdir(inTheWay);
  await until('the copy', async () => {
    await clock.advance(5_000);
    return (await readFile(join(folder, 'config.json'), 'utf8').catch(() => '')).includes('icu-1');
  });
  expect((await polling(NOWHERE, folder)).beds.bedOf(mon1)).toBe('icu-1');
});

test('a copy on the disk that was tampered with is refused, and what the platform says is taken', async () => {
  const body = config('icu-1');
  const { url } = await platform((_request, response) => signedBy(KEY, body, response));
  const first = await polling(url);
  const copy = join(first.folder, 'config.json');
  await until('the copy', () =>
    readFile(copy).then(
      () => true,
      () => false,
    ),
  );
  await first.poller.stop();
  await writeFile(copy, (await readFile(copy, 'utf8')).replace('icu-1', 'icu-7'));
  const alone = await polling(NOWHERE, first.folder);
  expect(alone.beds.config).toBeNull();
  expect(alone.refusals()).toEqual([true]);
  expect(await alone.refused()).toEqual({ 'signature-wrong': 1 });
  const second = await polling(url, first.folder);
  await until('the good one', () => second.beds.bedOf(mon1) === 'icu-1');
  await until('the end of the trouble', () => !second.isRefused());
  expect(second.refusals()).toEqual([true, false]);
});

test('a rotation: the platform signs by two keys, the gateway gets the new one, the old one goes', async () => {
  const next = testConfigKey();
  let header = (body: string): string => KEY.sign(body);
  let bed = 'icu-1';
  const { url } = await platform((_request, response) => {
    const body = config(bed);
    response.writeHead(200, { 'x-vigil-signature': header(body) }).end(body);
  });
  const { beds, clock, refused, keyFile } = await polling(url);
  const follows = async (to: string): Promise<void> => {
    bed = to;
    await until(to, async () => {
      await clock.advance(5_000);
      return beds.bedOf(mon1) === to;
    });
  };
  header = (body) => `${next.sign(body)}, ${KEY.sign(body)}`;
  await follows('icu-2');
  await writeFile(keyFile, next.pem + KEY.pem);
  header = (body) => next.sign(body);
  await follows('icu-3');
  await writeFile(keyFile, next.pem);
  await utimes(keyFile, 1, 1);
  header = (body) => KEY.sign(body);
  bed = 'icu-4';
  await until('the old key is refused', async () => {
    await clock.advance(5_000);
    return (await refused())['key-unknown'] !== undefined;
  });
  expect(beds.bedOf(mon1)).toBe('icu-3');
});

test('a gateway that has no key pinned does not start, and says what to copy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-config-'));
  const source = { url: NOWHERE, token: '', gatewayId: 'gw-1', dataDir: folder, keyFile: join(folder, 'config-keys.pem') };
  const poller = new ConfigPoller(source, new BedTable(), new FakeClock(), new GatewayMetrics(), SILENT);
  await expect(poller.start()).rejects.toThrow(/config-keys\.pem is missing; copy config-keys\.pem there/);
  await writeFile(source.keyFile, 'nothing');
  await expect(poller.start()).rejects.toThrow(/holds no public key/);
});

test('rules of a newer version: beds follow, the rules of before go on, also after a new start, and it is said until they are known', async () => {
  const rulesOf = (name: string, more: object = {}) => ({ v: 2, name, latenessMs: 0, rules: [], ...more });
  const bed = { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1', encounter: null, limits: [] };
  const withRules = (bedId: string, ruleSet: object) =>
    config(bedId, { watch: { ruleSet, ruleSetHash: contentHash(ruleSet), beds: [bed] } });
  let body = withRules('icu-1', rulesOf('first'));
  const { url } = await platform((_request, response) => signedBy(KEY, body, response));
  const { beds, clock, refused, isRefused, folder } = await polling(url);
  // A question may still be under way when its time comes again, so that time goes on while it is waited for.
  const asking = (what: string, holds: () => boolean) =>
    until(what, async () => {
      await clock.advance(5_000);
      return holds();
    });
  await until('the first', () => beds.config !== null);
  for (const newer of [rulesOf('third', { v: 3 }), rulesOf('odd', { fuzzy: true })]) {
    body = withRules('icu-2', newer);
    await asking('the beds', () => beds.bedOf(mon1) === 'icu-2' && isRefused());
    expect(beds.config!.watch!.ruleSet.name).toBe('first');
    await clock.advance(5_000);
    expect(isRefused()).toBe(true);
    body = withRules('icu-1', rulesOf('second'));
    await asking('the rules', () => beds.config!.watch!.ruleSet.name === 'second' && !isRefused());
    body = withRules('icu-1', rulesOf('first'));
    await asking('the first again', () => beds.config!.watch!.ruleSet.name === 'first');
  }
  expect((await refused())['rules-unknown']).toBeGreaterThanOrEqual(2);
  const copyHas = (what: string) => async () => (await readFile(join(folder, 'config.json'), 'utf8')).includes(what);
  await until('the copy of the first', copyHas('first'));
  body = withRules('icu-3', rulesOf('third', { v: 3 }));
  const again = await polling(url, folder);
  await until('the beds', () => again.beds.bedOf(mon1) === ('icu-3' as never));
  expect(again.beds.config!.watch!.ruleSet.name).toBe('first');
  // Without the platform the devices are still where they stand now, not where they stood when the rules were last known.
  await until('the copy', copyHas('icu-3'));
  const alone = await polling(NOWHERE, folder);
  expect([alone.beds.bedOf(mon1), alone.beds.config!.watch!.ruleSet.name, alone.isRefused()]).toEqual(['icu-3', 'first', true]);
});

test('a gateway that has never had rules takes beds and devices without them, and says so', async () => {
  const watch = { ruleSet: { v: 3 }, ruleSetHash: 'a'.repeat(64), beds: [] };
  const body = config('icu-1', { watch });
  const { url } = await platform((_request, response) => signedBy(KEY, body, response));
  const { beds, isRefused } = await polling(url);
  await until('the beds', () => beds.bedOf(mon1) === 'icu-1' && isRefused());
  expect(beds.config!.watch).toBeUndefined();
});
