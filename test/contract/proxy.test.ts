import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHere } from '../support/anchors.js';
import { freePorts } from '../support/free-ports.js';
import { until } from '../support/until.js';

/** The configuration that is shipped, with ports of this test, by the HAProxy of the system before two processes that say who they are. */
const haproxy = process.env['VIGIL_TEST_HAPROXY'] ?? 'haproxy';
const isThere = spawnSync(haproxy, ['-v']).status === 0;
if (!isThere) process.stdout.write('skipped: the proxy (no haproxy here: Debian has it in haproxy; or VIGIL_TEST_HAPROXY)\n');
const proxied = isThere ? describe : describe.skip;

interface Answer {
  readonly status: number;
  readonly cookie: string | null;
  /** What the process behind it saw. */
  readonly said: Readonly<Record<string, string | null>>;
}

proxied('the proxy before the APIs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-proxy-'));
  const apis: Server[] = [];
  let proxy: ChildProcess;
  let port = 0;
  let figures = 0;

  beforeAll(async () => {
    const pem = join(folder, 'tls.pem');
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    spawnSync('openssl', [...made, '-subj', '/CN=vigil.example', '-keyout', join(folder, 'key'), '-out', join(folder, 'crt')]);
    const joined = spawnSync('cat', [join(folder, 'crt'), join(folder, 'key')]).stdout;
    writeFileSync(pem, joined, { mode: 0o600 });
    for (const name of ['one', 'two']) apis.push(await api(name));
    [port, figures] = (await freePorts(2)) as [number, number];
    const [one, two] = apis.map((server) => String((server.address() as AddressInfo).port));
    const cfg = readHere('deploy/proxy/haproxy.cfg')
      .replace('bind :3000 ', `bind 127.0.0.1:${port} `)
      .replace('127.0.0.1:3009', `127.0.0.1:${figures}`)
      .replace('127.0.0.1:3010', `127.0.0.1:${one}`)
      .replace('127.0.0.1:3011', `127.0.0.1:${two}`);
    writeFileSync(join(folder, 'haproxy.cfg'), cfg);
    proxy = spawn(haproxy, ['-db', '-f', join(folder, 'haproxy.cfg')], {
      env: { ...process.env, VIGIL_PROXY_TLS: pem },
      stdio: 'ignore',
    });
    await until('the proxy answers', async () => (await ask(port, '/')).status === 200, 30_000);
  });

  afterAll(async () => {
    if (proxy.exitCode === null) {
      proxy.kill('SIGKILL');
      await once(proxy, 'exit');
    }
    for (const server of apis) server.close();
    rmSync(folder, { recursive: true });
  });

  test('an API hears for whom it is asked, and nothing that the client made up', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', via: '1.1 other' };
    const { said } = await ask(port, '/', headers);
    expect(said).toMatchObject({ from: '127.0.0.1', forwarded: null, via: null });
  });

  test('a browser stays at one process, by a cookie that no script reads', async () => {
    const { cookie, said } = await ask(port, '/');
    expect(cookie).toMatch(/^vigil_api=\d; path=\/; HttpOnly; Secure; SameSite=Strict$/);
    for (let i = 0; i < 6; i++)
      expect((await ask(port, '/', { cookie: cookie!.split(';')[0]! })).said['name']).toBe(said['name']);
  });

  test("figures of a process are not anybody's, those of the proxy are for this machine", async () => {
    expect((await ask(port, '/metrics')).status).toBe(404);
    expect((await ask(port, '/metrics/')).said).toMatchObject({ url: '/metrics/' });
    const text = await (await fetch(`http://127.0.0.1:${figures}/metrics`)).text();
    expect(text).toMatch(/^haproxy_server_status\{proxy="apis",server="api-2",state="UP"\} 1$/m);
    expect((await fetch(`http://127.0.0.1:${figures}/`)).status).toBe(404);
  });

  test('what a process that has just gone would have had goes to the other one, and its browsers too', async () => {
    const { cookie, said } = await ask(port, '/');
    const other = said['name'] === 'one' ? 'two' : 'one';
    const gone = apis[said['name'] === 'one' ? 0 : 1]!;
    gone.closeAllConnections();
    gone.close();
    const answers = [];
    for (let i = 0; i < 10; i++) answers.push(await ask(port, '/', { cookie: cookie!.split(';')[0]! }));
    expect(answers.map(({ status, said: by }) => [status, by['name']])).toEqual(answers.map(() => [200, other]));
  });
});

async function api(name: string): Promise<Server> {
  const server = createServer(({ url, headers }, response) => {
    const { forwarded = null, via = null } = headers;
    response.end(JSON.stringify({ name, url, from: headers['x-forwarded-for'], forwarded, via }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Status 0: nobody answers. */
function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request({ port, path, headers, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('end', () => {
        const said = response.statusCode === 200 ? (JSON.parse(text) as Answer['said']) : {};
        resolve({ status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0] ?? null, said });
      });
    });
    asked.on('error', () => resolve({ status: 0, cookie: null, said: {} }));
    asked.end();
  });
}
