import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.js';

const MAIN = join(ROOT, 'edge-gateway', 'dist', 'main.js');
const SINK = join(ROOT, 'edge-gateway', 'bench', 'lib', 'sink-gateway.mjs');

/** The gateway as a process of its own can only be started once it is built. */
export const isGatewayBuilt = (): boolean => existsSync(MAIN);

interface Ports {
  readonly mqttPort: number;
  /** Left out without `--mqtts-port`. */
  readonly mqttsPort?: number | undefined;
  readonly httpPort: number;
}

export interface GatewayProcess extends Ports {
  readonly child: ChildProcess;
  readonly lines: readonly { readonly level: string | number; readonly msg: string }[];
  /** Resident memory now, in MiB; 0 where the system does not say. */
  residentMiB(): number;
  /** The sum of a metric over all its labels that `matches` finds in the line. */
  metric(name: string, matches?: string): Promise<number>;
  stop(): Promise<void>;
}

export const tokenOf = (deviceId: string): string => `token-of-${deviceId}-0123456789`;

/** A device that may connect, as the file of devices holds it; an id alone has `tokenOf` it. */
export type Enrolled =
  string | { readonly deviceId: string; readonly certificates: readonly { sha256: string; notAfterMs: number }[] };

/** The folder of a gateway and its file of devices. */
function site(devices: readonly Enrolled[]): { dataDir: string; devicesFile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-gateway-process-'));
  const devicesFile = join(folder, 'devices.json');
  const list = devices.map((each) => (typeof each === 'string' ? { deviceId: each, token: tokenOf(each) } : each));
  writeFileSync(devicesFile, JSON.stringify(list), { mode: 0o600 });
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  return { dataDir, devicesFile };
}

/** The built gateway with its spool in a new folder and no log to send to: what it takes stays on the spool. */
export function startGatewayProcess(devices: readonly Enrolled[], more: readonly string[] = []): Promise<GatewayProcess> {
  const { dataDir, devicesFile } = site(devices);
  const flags = ['--data-dir', dataDir, '--mqtt-port', '0', '--http-port', '0', '--devices', devicesFile, ...more];
  // Nothing listens on port 1.
  const log = 'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=none;SharedAccessKey=bm9uZQ==;UseDevelopmentEmulator=true';
  return start([MAIN, ...flags], { EVENT_HUBS_CONNECTION_STRING: log });
}

/** A gateway whose log takes everything at once: what it has in memory is its own. */
export function startSinkProcess(devices: readonly Enrolled[], limits: object): Promise<GatewayProcess> {
  const { dataDir, devicesFile } = site(devices);
  return start([SINK, dataDir, devicesFile, JSON.stringify(limits)], {});
}

async function start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: { level: string | number; msg: string }[] = [];
  const ready = await new Promise<Ports>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Ports & { level: number; msg: string; ready?: boolean };
      if (entry.msg === 'gateway ready' || entry.ready === true) resolve(entry);
      else lines.push(entry);
    });
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
  });
  return {
    ...{ child, lines, mqttPort: ready.mqttPort, mqttsPort: ready.mqttsPort, httpPort: ready.httpPort },
    residentMiB() {
      const file = `/proc/${child.pid}/status`;
      return existsSync(file) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024 : 0;
    },
    async metric(name, matches = '') {
      const text = await (await fetch(`http://127.0.0.1:${ready.httpPort}/metrics`)).text();
      const found = text.split('\n').filter((line) => line.startsWith(name) && line.includes(matches));
      return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
