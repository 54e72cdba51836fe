import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyFile } from '@vigil/sealed-records';
import { testAuthority } from '../test-support/certificates.js';
import { devices, gateway } from '../test-support/gateway-fixture.js';
import { testConfigKey } from '../test-support/signed-config.js';
import { certificateFindings, pageFindings } from './certificate-findings.js';
import { clockFindings } from './clock-findings.js';
import { runDoctor } from './doctor.js';
import type { Finding } from './finding.js';
import { folderFindings } from './folder-findings.js';
import { healthFindings } from './health-findings.js';
import { portFindings } from './port-findings.js';
import { configFindings } from './reach-findings.js';
import { deviceFileFindings, keyFindings } from './secret-findings.js';

const DAY_MS = 86_400_000;
const SPOOL_MAX = 64 * 1024 * 1024;
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'vigil-doctor-'));
const toMend = (findings: readonly Finding[]): string[] => findings.flatMap(({ ok, say }) => (ok ? [] : [say]));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test('a private folder with room is fine, and the doctor leaves nothing in it', async () => {
  const dir = await folder();
  const findings = await folderFindings(dir, SPOOL_MAX);
  expect(findings.map(({ what, ok }) => [what, ok])).toEqual([
    ['data folder', true],
    ['disk space', true],
    ['disk speed', expect.any(Boolean)],
  ]);
  expect(findings[2]!.say).toMatch(/durable after [\d.]+ ms/);
  expect(await readdir(dir)).toEqual([]);
});

test('a folder that others can look into, one that lacks room and one that is a file are to be mended', async () => {
  const dir = await folder();
  await chmod(dir, 0o755);
  expect(toMend(await folderFindings(dir, 2 ** 52))).toEqual([
    expect.stringContaining('chmod 700'),
    expect.stringMatching(/\d+ MiB free, but the spool may need \d+ MiB more; make room or lower --spool-max-bytes/),
  ]);
  const file = join(dir, 'file');
  await writeFile(file, '', { mode: 0o600 });
  expect(toMend(await folderFindings(file, SPOOL_MAX))).toEqual([expect.stringContaining("can't be written")]);
});

test('a folder that is not there is fine where the first start can make it', async () => {
  const dir = await folder();
  expect(toMend(await folderFindings(join(dir, 'a', 'b'), SPOOL_MAX))).toEqual([]);
});

test('the key file: made by the first start, missing beside a spool, open to others, whole', async () => {
  const dir = await folder();
  expect(toMend(await keyFindings(dir))).toEqual([]);
  await mkdir(join(dir, 'spool'));
  await writeFile(join(dir, 'spool', '00000000000000000000.seg'), 'x');
  expect(toMend(await keyFindings(dir))).toEqual([expect.stringContaining('restore it from its backup')]);
  await openKeyFile(join(dir, 'kek.json'), { create: 'if-missing' });
  expect(toMend(await keyFindings(dir))).toEqual([]);
  await chmod(join(dir, 'kek.json'), 0o644);
  expect(toMend(await keyFindings(dir))).toHaveLength(1);
});

test('the devices file: missing, open to others, no JSON, not understood, fine; its tokens are never said', async () => {
  const dir = await folder();
  const file = join(dir, 'devices.json');
  const say = async (text: string, mode = 0o600): Promise<string[]> => {
    await writeFile(file, text);
    await chmod(file, mode);
    return toMend(await deviceFileFindings(file, false));
  };
  expect(toMend(await deviceFileFindings(file, false))).toEqual([expect.stringContaining('vigil devices enrol')]);
  expect(toMend(await deviceFileFindings(file, true))).toEqual([]);
  expect(await say(JSON.stringify(devices('mon-1')))).toEqual([]);
  expect(await say(JSON.stringify(devices('mon-1')), 0o644)).toEqual([expect.stringContaining('chmod 600')]);
  expect(await say('[]')).toEqual([expect.stringContaining('every device is refused')]);
  expect(await say('{"SECRET')).toEqual([`${file} is no JSON`]);
  expect(await say('[{"deviceId":"mon-1","token":"SECRET"}]')).toEqual([`${file} is not understood at entry 0.token`]);
});

test('certificates: none needed, whole, near their end, expired, missing', async () => {
  const { files } = await testAuthority();
  const nowMs = Date.now();
  expect(toMend(await certificateFindings(null, nowMs))).toEqual([]);
  expect(toMend(await certificateFindings(files, nowMs))).toEqual([]);
  expect(toMend(await certificateFindings(files, nowMs + 350 * DAY_MS))).toEqual([
    expect.stringContaining('renew it before that'),
  ]);
  expect((await certificateFindings(files, nowMs + 4_000 * DAY_MS)).map(({ ok }) => ok)).toEqual([false, false]);
  const missing = { cert: '/nowhere/a', key: '/nowhere/b', deviceCa: '/nowhere/c' };
  expect(toMend(await certificateFindings(missing, nowMs))).toEqual([
    expect.stringContaining('/nowhere/a'),
    '/nowhere/c is missing; copy device-ca.pem of the platform there',
  ]);
  expect(await pageFindings(undefined, nowMs)).toEqual([]);
  expect(toMend(await pageFindings(files, nowMs))).toEqual([]);
  expect(toMend(await pageFindings(missing, nowMs))).toEqual([expect.stringContaining('/nowhere/a')]);
});

const NOW_MS = Date.UTC(2026, 10, 21);
test.each([
  ['in 1970', 86_400_000, {}, false],
  ['in 2099', Date.UTC(2099, 0, 1), { timedatectl: 'yes\n' }, false],
  ['kept by systemd', NOW_MS, { timedatectl: 'yes\n' }, true],
  ['kept by chrony', NOW_MS, { timedatectl: 'no\n', chronyc: 'Leap status     : Normal\n' }, true],
  ['kept by nobody', NOW_MS, { timedatectl: 'no\n' }, false],
  ['of which nobody can tell', NOW_MS, {}, true],
])('a clock %s', async (_what, wallMs, answers: Record<string, string>, ok) => {
  const findings = await clockFindings(wallMs, async (command) => answers[command] ?? null);
  expect(findings.map((f) => f.ok)).toEqual([ok]);
});

test('ports: free, taken by another program, held by the gateway that runs', async () => {
  const at = await gateway();
  const ports = [{ flag: '--mqtt-port', host: '127.0.0.1', port: at.mqttPort }];
  expect(toMend(await portFindings(ports, at.httpPort))).toEqual([]);
  expect(toMend(await portFindings(ports, at.mqttPort))).toEqual(['another program has it; stop that or change --mqtt-port']);
  await at.stop(400);
  expect(toMend(await portFindings(ports, at.httpPort))).toEqual([]);
  const elsewhere = [{ flag: '--mqtts-port', host: '192.0.2.1', port: 8883 }];
  expect(toMend(await portFindings(elsewhere, at.httpPort))).toEqual([expect.stringContaining('--mqtts-host')]);
});

test('each port is asked about once, so that none is in its own way', async () => {
  const lines: string[] = [];
  const env = {
    EVENT_HUBS_CONNECTION_STRING:
      'Endpoint=sb://127.0.0.1:9/;SharedAccessKeyName=g;SharedAccessKey=eA==;UseDevelopmentEmulator=true',
  };
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const flags = ['--mqtt-port', '--http-port', '--watch-port'].flatMap((flag, i) => [flag, String(ports[i])]);
  await runDoctor(['--data-dir', await folder(), ...flags], env, (line) => lines.push(line));
  expect(lines.filter((line) => line.includes(' port ')).map((line) => line.trim())).toEqual(
    ports.map((port) => `ok   ${`port ${port}`.padEnd(12)} free`),
  );
}, 30_000);

test('what a gateway that runs says of itself is said here, and where none runs nothing is', async () => {
  const at = await gateway();
  expect(await healthFindings(at.httpPort)).toMatchObject([{ ok: true }]);
  at.faults.gateway('diskLow', true);
  expect(toMend(await healthFindings(at.httpPort))).toEqual([expect.stringContaining('diskLow')]);
  await at.stop(400);
  expect(await healthFindings(at.httpPort)).toEqual([]);
});

test('the platform: a signed configuration is fine; unsigned, for another gateway, refused and away are to be mended', async () => {
  const key = testConfigKey();
  const keyFile = join(await folder(), 'config-keys.pem');
  await writeFile(keyFile, key.pem);
  const body = JSON.stringify({ v: 1, gatewayId: 'gw-1', rate: 1, devices: [], issuedAtMs: Date.now() });
  let answer = { status: 200, signature: key.sign(body) };
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, { 'x-vigil-signature': answer.signature }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const place = { url, token: 'SECRET', gatewayId: 'gw-1', keyFile };
  expect(toMend(await configFindings(place))).toEqual([]);
  expect(toMend(await configFindings({ ...place, gatewayId: 'gw-2' }))).toEqual([expect.stringContaining('--gateway-id')]);
  answer = { status: 200, signature: testConfigKey().sign(body) };
  expect(toMend(await configFindings(place))).toEqual([expect.stringContaining('(key-unknown)')]);
  answer = { status: 401, signature: '' };
  expect(toMend(await configFindings(place))).toEqual([expect.stringContaining('VIGIL_GATEWAY_TOKEN')]);
  expect(toMend(await configFindings({ ...place, url: 'http://127.0.0.1:9/' }))).toEqual([
    expect.stringContaining('does not listen there'),
  ]);
  expect(toMend(await configFindings({ ...place, keyFile: '/nowhere' }))).toEqual([expect.stringContaining('is missing')]);
  expect(toMend(await configFindings(null))).toEqual([]);
});

test('settings that can not be used are one line to be mended, and no secret is said', async () => {
  const lines: string[] = [];
  const out = (line: string): void => void lines.push(line);
  expect(await runDoctor([], {}, out)).toBe(1);
  expect(lines).toEqual(["MEND settings     EVENT_HUBS_CONNECTION_STRING is missing or can't be used; see --help"]);
  const secret = createHash('sha256').update('secret').digest('base64');
  const plain = `Endpoint=sb://192.0.2.1/;SharedAccessKeyName=g;SharedAccessKey=${secret};UseDevelopmentEmulator=true`;
  expect(await runDoctor([], { EVENT_HUBS_CONNECTION_STRING: plain }, out)).toBe(1);
  expect(lines.join()).not.toContain(secret);
});
