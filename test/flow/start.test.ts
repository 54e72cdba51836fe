import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.js';
import { Terminal } from '../support/terminal.js';
import { until } from '../support/until.js';

const PORTS = [
  'VIGIL_PORT',
  'VIGIL_MQTT_PORT',
  'VIGIL_MQTTS_PORT',
  'VIGIL_HUB_PORT',
  'VIGIL_GATEWAY_HTTP_PORT',
  'VIGIL_WATCH_PORT',
  'VIGIL_HUB_HTTP_PORT',
  'VIGIL_WATCHDOG_HTTP_PORT',
  'VIGIL_INBOX_HTTP_PORT',
  'VIGIL_INBOX_SMTP_PORT',
];

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

let dataDir: string;
let env: Record<string, string>;
const pids = (): Record<string, number> => {
  const { children } = JSON.parse(readFileSync(join(dataDir, 'launcher.json'), 'utf8')) as {
    children: { name: string; pid: number }[];
  };
  return Object.fromEntries(children.map((child) => [child.name, child.pid]));
};

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'vigil-start-'));
  const ports = await freePorts(PORTS.length);
  env = { VIGIL_DATA_DIR: dataDir, VIGIL_BEDS: '2', ...Object.fromEntries(PORTS.map((name, i) => [name, String(ports[i])])) };
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test('npm start: everything comes up, a killed process comes back, a second start is refused, a signal stops it all', async () => {
  const vigil = new Terminal(env);
  await vigil.says(`vigil ready http://127.0.0.1:${env.VIGIL_PORT}`);
  expect(vigil.said).toContain(`demo inbox: http://127.0.0.1:${env.VIGIL_INBOX_HTTP_PORT}`);
  const accounts = join(dataDir, 'demo-accounts.json');
  expect(statSync(accounts).mode & 0o077).toBe(0);
  for (const { username, password } of JSON.parse(readFileSync(accounts, 'utf8')) as { username: string; password: string }[]) {
    expect(vigil.said).toContain(username);
    expect(vigil.said).toContain(password);
  }
  expect(Object.keys(pids()).sort()).toEqual(['gateway', 'hub', 'inbox', 'platform', 'simulator', 'watchdog']);

  const second = new Terminal(env);
  await second.ends(10_000);
  expect(second.ended).toBe(1);
  expect(second.said).toMatch(/^vigil already runs in .*\n$/);

  const other = new Terminal({ ...env, VIGIL_DATA_DIR: join(dataDir, 'other') });
  await other.ends(10_000);
  expect(other.said).toMatch(
    /^port \d+ for the dashboard and API is in use; stop what uses it or set VIGIL_PORT to another port.*\n$/,
  );

  const gateway = pids().gateway!;
  process.kill(gateway, 'SIGKILL');
  await vigil.says('ready again');
  expect(pids().gateway).not.toBe(gateway);

  const before = Object.values(pids());
  vigil.kill('SIGTERM');
  await vigil.ends(15_000);
  expect(vigil.ended).toBe(0);
  expect(before.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dataDir, 'launcher.json'))).toBe(false);
}, 120_000);

test('a second npm start resumes with its data; a killed launcher leaves nothing behind', async () => {
  const accounts = readFileSync(join(dataDir, 'demo-accounts.json'), 'utf8');
  const vigil = new Terminal(env);
  await vigil.says('vigil ready');
  expect(readFileSync(join(dataDir, 'demo-accounts.json'), 'utf8')).toBe(accounts);
  const running = Object.values(pids());
  vigil.kill('SIGKILL');
  await until('every process has stopped itself', () => !running.some(isAlive), 20_000);
}, 120_000);

test.each([
  [{ VIGIL_PORT: 'abc' }, /^VIGIL_PORT=abc cannot be used: is not a port\n$/],
  [{ VIGIL_SOURCE: 'recordings' }, /^there are no recordings in .*; README.md, "Real recorded patients", .*\n$/],
  [{ VIGIL_SPEED: '0' }, /^VIGIL_SPEED=0 cannot be used: it must be a number from 0.1 to 1000\n$/],
  [{ VIGIL_BEDS: '2.5' }, /^VIGIL_BEDS=2.5 cannot be used: it must be a whole number from 1 to 500\n$/],
  [
    { VIGIL_DATA_DIR: '/dev/null/vigil' },
    /^the data folder .* cannot be written \(\w+\); make it yours or set VIGIL_DATA_DIR .*\n$/,
  ],
  [{ VIGIL_HOST: '0.0.0.0' }, /^npm start serves this machine only; .*\n$/],
])('%j gives one clear line', async (wrong: Record<string, string>, line) => {
  const vigil = new Terminal({ ...env, ...wrong });
  await vigil.ends(10_000);
  expect(vigil.ended).toBe(1);
  expect(vigil.said).toMatch(line);
});
