import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import { until } from '../test-support/gateway-fixture.js';
import { BedTable } from './bed-table.js';
import { ConfigPoller } from './config-poller.js';

const config = (bedId: string, gatewayId = 'gw-1') => ({ v: 1, gatewayId, rate: 1, devices: [{ deviceId: 'mon-1', bedId }] });
const mon1 = 'mon-1' as DeviceId;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

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

async function polling(url: string, dataDir?: string) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'vigil-config-')));
  const beds = new BedTable();
  const clock = new FakeClock();
  const metrics = new GatewayMetrics();
  const poller = new ConfigPoller({ url, token: 'secret', gatewayId: 'gw-1', dataDir: folder }, beds, clock, metrics, SILENT);
  closers.push(() => poller.stop());
  await poller.start();
  const failures = async (): Promise<number> => (await metrics.configFailures.get()).values[0]!.value;
  return { beds, clock, failures, folder };
}

test('the bed table follows the platform, and an unchanged one is not sent again', async () => {
  let bed = 'icu-1';
  const { url, requests } = await platform((request, response) => {
    const etag = `"${bed}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(JSON.stringify(config(bed)));
  });
  const { beds, clock, failures } = await polling(url);
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
});

test('without the platform the last table is used, also by the next start', async () => {
  const { url } = await platform((_request, response) =>
    response.writeHead(200, { etag: '"1"' }).end(JSON.stringify(config('icu-1'))),
  );
  const first = await polling(url);
  await until('the table on disk', async () => {
    const second = await polling('http://127.0.0.1:9/', first.folder);
    return second.beds.bedOf(mon1) === 'icu-1';
  });
});

test.each([
  ['an error', (r: ServerResponse) => r.writeHead(500).end('{}')],
  ['no JSON', (r: ServerResponse) => r.end('<html>')],
  ['another shape', (r: ServerResponse) => r.end('{"v":1}')],
  ['another gateway', (r: ServerResponse) => r.end(JSON.stringify(config('icu-9', 'gw-2')))],
  ['too much', (r: ServerResponse) => r.end(' '.repeat(2_000_000))],
  ['a redirect', (r: ServerResponse) => r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
])('%s changes nothing and is counted', async (_what, answer) => {
  const { url } = await platform((_request, response) => void answer(response));
  const { beds, failures } = await polling(url);
  await until('the failure', async () => (await failures()) === 1);
  expect(beds.bedIds()).toEqual([]);
});
