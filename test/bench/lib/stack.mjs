/** All of Vigil but the simulator, as `npm start` runs it, in a temporary folder on free ports. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../../../scripts/launch/child.mjs';
import { PORTS, readSettings } from '../../../scripts/launch/settings.mjs';
import { addresses, gatewaySpec, hubSpec, inboxSpec, platformSpec, watchdogSpec } from '../../../scripts/launch/specs.mjs';
import { onEnd } from './cleanup.mjs';
import { progress, sleep } from './report.mjs';

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/** What most bedside monitors send; eight metrics, one message a second. */
export const EIGHT_METRICS = [
  ...['heartRate', 'pulseRate', 'spo2', 'respirationRate'],
  ...['arterialSystolic', 'arterialDiastolic', 'arterialMean', 'etco2'],
];

/** So many ports of 127.0.0.1 that nobody has, all different. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Environment of a start of its own: free ports, an empty temporary folder. */
export async function ownEnvironment(beds) {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  const remove = onEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const ports = await freePorts(PORTS.length);
  const env = {
    ...process.env,
    VIGIL_DATA_DIR: join(dir, 'data'),
    VIGIL_BEDS: String(beds),
    ...Object.fromEntries(PORTS.map(([name], i) => [name, String(ports[i])])),
  };
  return { dir, env, remove };
}

async function get(url) {
  return fetch(url).catch(() => null);
}

class Stack {
  constructor({ dir, settings, children, profile }) {
    Object.assign(this, { dir, settings, children, profile });
  }

  get app() {
    return addresses(this.settings).app;
  }

  get mqttUrl() {
    return `mqtt://127.0.0.1:${this.settings.VIGIL_MQTT_PORT}`;
  }

  get historyFile() {
    return join(this.settings.dataDir, 'history.db');
  }

  /** Device ids and tokens, bed 1 first: device `sim-icu-<n>` is on bed `icu-<n>`. */
  get devices() {
    return JSON.parse(readFileSync(join(this.settings.dataDir, 'devices.json'), 'utf8'));
  }

  /** Name -> pid of the product's processes, which must have run without a restart. */
  pids() {
    const died = this.children.filter((child) => child.restarts > 0 || child.pid === null);
    if (died.length > 0) throw new Error(`${died.map((child) => child.name).join(', ')} died during the measurement`);
    return Object.fromEntries(this.children.map((child) => [child.name, child.pid]));
  }

  /** Name and password of the demo's account with that role. */
  account(role) {
    const accounts = JSON.parse(readFileSync(join(this.settings.dataDir, 'demo-accounts.json'), 'utf8'));
    const { username, password } = accounts.find((account) => account.roles.includes(role));
    return { username, password };
  }

  /** A bearer token of the charge nurse of the demo. */
  async token() {
    const { username, password } = this.account('charge-nurse');
    const response = await fetch(`${this.app}/api/v1/session?token=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!response.ok) throw new Error(`sign-in was answered with ${response.status}`);
    return (await response.json()).token;
  }

  /** Sum of a metric over its labels, of the gateway or the platform. */
  async metric(process, name) {
    const base = process === 'gateway' ? `http://127.0.0.1:${this.settings.VIGIL_GATEWAY_HTTP_PORT}` : this.app;
    const text = await (await fetch(`${base}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** In the order of `npm start`: who writes, then who reads, then the hub. */
  async stop() {
    for (const child of this.children) child.isStopping = true;
    for (const names of [['watchdog'], ['gateway', 'platform'], ['inbox', 'hub']]) {
      await Promise.all(this.children.filter((child) => names.includes(child.name)).map((child) => child.stop(STOP_WITHIN_MS)));
    }
  }
}

/**
 * Starts the processes and waits until the platform calls itself ready.
 *
 * @param options.profileDir where each process leaves a CPU profile at its end; left out: none
 * @returns {Promise<{stack: Stack, end: () => Promise<void>}>} `end` stops everything and removes the folder
 */
export async function startStack({ beds, profileDir }) {
  const { dir, env, remove } = await ownEnvironment(beds);
  const { settings, problem } = readSettings(env);
  if (problem) throw new Error(problem);
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const init = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'dist', 'cli.js'), 'init'], {
    env,
  });
  if (init.status !== 0) throw new Error(`vigil init: ${init.stderr}`);
  const options = { level: 'warn', colour: false, write: progress, onChange: () => undefined };
  const children = [];
  const stack = new Stack({ dir, settings, children });
  const stop = onEnd(() => stack.stop());
  for (const makers of [[hubSpec, inboxSpec], [platformSpec, watchdogSpec], [gatewaySpec]]) {
    const batch = makers.map((make) => new Child(profiled(make(settings), profileDir), options));
    children.push(...batch);
    const problems = await Promise.all(batch.map((child) => child.start()));
    const first = problems.find((p) => p !== null);
    if (first !== undefined) throw new Error(first);
  }
  for (const untilMs = performance.now() + READY_WITHIN_MS; !(await get(`${stack.app}/health/ready`))?.ok; await sleep(100)) {
    if (performance.now() > untilMs) throw new Error('the platform did not become ready');
  }
  return {
    stack,
    end: async () => {
      await stop();
      await remove();
    },
  };
}

function profiled(spec, profileDir) {
  if (profileDir === undefined) return spec;
  const options = `--cpu-prof --cpu-prof-dir=${join(profileDir, spec.name)}`;
  return { ...spec, env: { ...spec.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${options}`.trim() } };
}
