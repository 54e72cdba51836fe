/** What the benches of the gateway share: processes of their own, free ports, CPU and memory as the kernel counts them. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const round = (x, digits = 2) => Math.round(x * 10 ** digits) / 10 ** digits;

/** The eight readings of each message. */
export const READINGS = [
  'heartRate',
  'pulseRate',
  'spo2',
  'respirationRate',
  'arterialSystolic',
  'arterialDiastolic',
  'arterialMean',
  'etco2',
];

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** User and system time of a process since its start, in seconds. */
export function cpuS(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory now and at its highest, MiB. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { rssMiB: mib('VmRSS'), peakMiB: mib('VmHWM') };
}

/** A temporary folder and the processes in it; `end` stops the processes and removes the folder. */
export class Site {
  dir = mkdtempSync(join(process.env.VIGIL_BENCH_DIR ?? tmpdir(), 'vigil-bench-'));
  children = [];

  /** @param ready text of the line that says the process is there; resolves with the process and that output */
  start(command, args, { ready, env = {}, profile } = {}) {
    const nodeArgs = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const isNode = command.endsWith('.js') || command.endsWith('.mjs');
    const child = spawn(isNode ? process.execPath : command, [...(isNode ? [...nodeArgs, command] : []), ...args.map(String)], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.children.push(child);
    let said = '';
    child.stdout.setEncoding('utf8');
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => {
        said += text;
        if (ready !== undefined && said.includes(ready)) resolve({ child, said });
      });
      child.once('error', reject);
      child.once('exit', (code) => (ready === undefined ? resolve({ child, said }) : reject(new Error(`${command}: ${code}`))));
    });
  }

  /** SIGTERM, and SIGKILL to what is still there after 12 s. */
  async stop(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
    await gone;
    clearTimeout(timer);
  }

  async end() {
    await Promise.all(this.children.map((child) => this.stop(child)));
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Devices with tokens, in the file that the gateway reads. */
  devices(count) {
    const list = Array.from({ length: count }, (_, i) => ({
      deviceId: `bench-${i + 1}`,
      token: `token-of-bench-device-${i + 1}`,
    }));
    const file = join(this.dir, 'devices.json');
    writeFileSync(file, JSON.stringify(list), { mode: 0o600 });
    return { list, file };
  }

  /** The local hub. @returns its process and the connection string of one of its keys by name */
  async hub() {
    const [port, httpPort] = [await freePort(), await freePort()];
    const dir = join(this.dir, 'hub');
    const args = ['--data-dir', dir, '--port', port, '--http-port', httpPort];
    const { child } = await this.start(join(root, 'packages/event-hub/dist/main.js'), args, { ready: 'hub ready' });
    const { keys } = JSON.parse(readFileSync(join(dir, 'keys.json'), 'utf8'));
    const connectionString = (name) =>
      `Endpoint=sb://127.0.0.1:${port}/;SharedAccessKeyName=${name};SharedAccessKey=${keys.find((k) => k.name === name).primary};UseDevelopmentEmulator=true`;
    return { child, connectionString };
  }

  /** The product's own gateway process. */
  async gateway({ devicesFile, connectionString, args = [], env = {}, profile }) {
    const [mqttPort, httpPort] = [await freePort(), await freePort()];
    const dataDir = join(this.dir, 'gateway');
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const all = [
      '--data-dir',
      dataDir,
      '--mqtt-port',
      mqttPort,
      '--http-port',
      httpPort,
      '--watch-port',
      0,
      '--devices',
      devicesFile,
      ...args,
    ];
    const { child } = await this.start(join(root, 'edge-gateway/dist/main.js'), all, {
      ready: 'gateway ready',
      env: { ...env, EVENT_HUBS_CONNECTION_STRING: connectionString },
      profile,
    });
    return { child, mqttPort, httpPort };
  }
}

/** Values of the gateway's metrics, by name. */
export async function metricsOf(httpPort) {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}
