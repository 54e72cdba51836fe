import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { SystemClock } from '@vigil/clock';
import { boundedPost, NoAnswer } from '../../src/adapters/net-guard/bounded-post.js';
import { isPublicAddress, NetGuard } from '../../src/adapters/net-guard/net-guard.js';
import { WebhookPager } from '../../src/adapters/webhook/webhook-pager.js';
import { pageTo } from './pager.contract.js';

/** A server on this machine that must never hear of anybody. */
let sink: Server;
let connects = 0;
let port = 0;
beforeAll(async () => {
  sink = createServer((socket) => {
    connects++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => sink.listen(0, '0.0.0.0', resolve));
  ({ port } = sink.address() as AddressInfo);
});
afterAll(() => void sink.close());
beforeEach(() => void (connects = 0));

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const clock = new SystemClock();
const names =
  (addresses: readonly string[]) => (_: string, done: (error: null, all: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

const sendTo = async (url: string, guard: NetGuard): Promise<unknown> => {
  const pager = new WebhookPager({ site: null, guard, clock, timeoutMs: 1_000 });
  const page = pageTo({ address: JSON.stringify({ url, secret }) });
  return pager.send(page).then(
    () => 'sent',
    (error: { code: string; retryable: boolean }) => [error.code, error.retryable],
  );
};

/** What an address is written as, so that it leads inside. `P` is the port of the sink. */
const URLS = [
  ['loopback', 'https://127.0.0.1:P/'],
  ['the whole of 127/8', 'https://127.9.8.7:P/'],
  ['decimal', 'https://2130706433:P/'],
  ['octal', 'https://0177.0.0.1:P/'],
  ['hexadecimal', 'https://0x7f000001:P/'],
  ['hexadecimal parts', 'https://0x7f.0x0.0x0.0x1:P/'],
  ['short form', 'https://127.1:P/'],
  ['nothing', 'https://0:P/'],
  ['unspecified', 'https://0.0.0.0:P/'],
  ['full-width digits', 'https://１２７.０.０.１:P/'],
  ['a dot at the end', 'https://127.0.0.1.:P/'],
  ['IPv6 loopback', 'https://[::1]:P/'],
  ['IPv6 unspecified', 'https://[::]:P/'],
  ['mapped', 'https://[::ffff:127.0.0.1]:P/'],
  ['mapped, hexadecimal', 'https://[::ffff:7f00:1]:P/'],
  ['compatible', 'https://[::127.0.0.1]:P/'],
  ['translated', 'https://[64:ff9b::7f00:1]:P/'],
  ['translated, local', 'https://[64:ff9b:1::7f00:1]:P/'],
  ['6to4', 'https://[2002:7f00:1::]:P/'],
  ['Teredo', 'https://[2001:0:7f00:1::1]:P/'],
  ['ISATAP', 'https://[2a00:1450::5efe:7f00:1]:P/'],
  ['unique local', 'https://[fc00::1]:P/'],
  ['IPv6 link-local', 'https://[fe80::1]:P/'],
  ['site-local', 'https://[fec0::1]:P/'],
  ['IPv6 multicast', 'https://[ff02::1]:P/'],
  ['documentation', 'https://[2001:db8::1]:P/'],
  ['metadata of clouds', 'https://169.254.169.254/latest/meta-data'],
  ['metadata of clouds, IPv6', 'https://[fd00:ec2::254]/'],
  ['ten', 'https://10.0.0.1:P/'],
  ['172.16', 'https://172.16.0.1:P/'],
  ['192.168', 'https://192.168.1.1:P/'],
  ['carrier NAT', 'https://100.64.0.1:P/'],
  ['multicast', 'https://224.0.0.1:P/'],
  ['broadcast', 'https://255.255.255.255:P/'],
  ['reserved', 'https://240.0.0.1:P/'],
  ['benchmarks', 'https://198.18.0.1:P/'],
  ['plain http', 'http://hook.example:P/'],
  ['plain http to this machine, not allowed', 'http://127.0.0.1:P/'],
  ['gopher', 'gopher://127.0.0.1:P/'],
  ['a file', 'file:///etc/passwd'],
  ['credentials', 'https://user:pass@hook.example:P/'],
  ['a name before @', 'https://hook.example@127.0.0.1:P/'],
  ['a port of the house', 'https://hook.example:22/'],
  ['mail', 'https://hook.example:25/'],
  ['no URL', 'not a url'],
] as const;

test.each(URLS)('%s: nobody is connected to', async (_what, url) => {
  const guard = new NetGuard([], names(['127.0.0.1']));
  expect(await sendTo(url.replace('P', String(port)), guard)).toEqual(['pager-unavailable', false]);
  expect(connects).toBe(0);
});

/** What a name of the public internet resolves to. */
const ANSWERS = [
  ['to this machine', ['127.0.0.1']],
  ['to this machine by IPv6', ['::1']],
  ['to a mapped address', ['::ffff:127.0.0.1']],
  ['to the metadata of clouds', ['169.254.169.254']],
  ['to a public and a private address', ['93.184.216.34', '127.0.0.1']],
  ['to nothing', []],
] as const;

test.each(ANSWERS)('a name that resolves %s is not connected to', async (_what, addresses) => {
  expect(await sendTo(`https://hook.example:${port}/`, new NetGuard([], names(addresses)))).toEqual(['pager-unavailable', false]);
  expect(connects).toBe(0);
});

test('a name that resolves to something else the second time gains nothing: the connection asks by itself', async () => {
  let asked = 0;
  const guard = new NetGuard([], (name, done) => names(asked++ === 0 ? ['93.184.216.34'] : ['127.0.0.1'])(name, done as never));
  const checked = guard.check(`https://hook.example:${port}/`);
  expect('url' in checked).toBe(true);
  const url = (checked as { url: URL }).url;
  await new Promise<void>((resolve) => guard.lookupFor(url)('hook.example', { all: true }, () => resolve()));
  expect(await sendTo(url.href, guard)).toEqual(['pager-unavailable', false]);
  expect([asked, connects]).toEqual([2, 0]);
});

test('a host of the house is connected to once the site allows it, and a redirect from there leads nowhere', async () => {
  let hits = 0;
  const hook = createHttpServer((_request, response) => {
    hits++;
    response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const at = (hook.address() as AddressInfo).port;
  const guard = new NetGuard([`127.0.0.1:${at}`]);
  expect(await sendTo(`http://127.0.0.1:${at}/`, guard)).toEqual(['pager-unavailable', false]);
  expect([hits, connects]).toEqual([1, 0]);
  expect('refused' in guard.check(`http://127.0.0.1:${at + 1}/`)).toBe(true);
  hook.closeAllConnections();
  await new Promise<void>((resolve) => hook.close(() => resolve()));
});

test('an answer is read no further than 64 KiB', async () => {
  const large = createHttpServer((_request, response) => void response.writeHead(200).end('x'.repeat(1_000_000)));
  await new Promise<void>((resolve) => large.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(large.address() as AddressInfo).port}/`);
  expect((await boundedPost({ url, headers: {}, body: '' })).text).toHaveLength(65_536);
  large.closeAllConnections();
  await new Promise<void>((resolve) => large.close(() => resolve()));
});

/** Answers the first bytes with this and keeps the connection as the other end leaves it. */
async function answering(text: string): Promise<{ readonly url: URL; end(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), end: () => void server.close() };
}

test.each([
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
  ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
  ['what is to come', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['no HTTP', 'hello\r\n\r\n'],
])('%s is no answer, and nobody waits for longer than the bound', async (_what, text) => {
  const odd = await answering(text);
  await expect(boundedPost({ url: odd.url, headers: {}, body: '', timeoutMs: 200 })).rejects.toBeInstanceOf(NoAnswer);
  odd.end();
});

test('an answer that ends with its connection is one', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${'x'.repeat(40_000)}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect((await boundedPost({ url, headers: {}, body: '' })).text).toHaveLength(40_000);
  server.close();
});

test('a host of the house may be allowed with the port that a URL leaves out', () => {
  const guard = new NetGuard(['hook.house:443']);
  const { url } = guard.check('https://hook.house/') as { url: URL };
  expect(guard.mayTalkTo(url, '10.0.0.1')).toBe(true);
  expect(guard.mayTalkTo(new URL('https://hook.house:8443/'), '10.0.0.1')).toBe(false);
});

test('names are asked of the name servers, and those of this machine lead nowhere', async () => {
  for (const host of ['localhost', 'localhost.', 'vigil.invalid']) {
    expect(await sendTo(`https://${host}:${port}/`, new NetGuard())).toEqual(['pager-unavailable', expect.any(Boolean)]);
  }
  expect(connects).toBe(0);
});

test('addresses of the public internet are public', () => {
  expect(['8.8.8.8', '93.184.216.34', '2606:4700::1', '2a00:1450:4001::200e'].filter((each) => !isPublicAddress(each))).toEqual(
    [],
  );
  expect(['fe80::1%eth0', '', 'localhost', '1.2.3'].filter(isPublicAddress)).toEqual([]);
});
