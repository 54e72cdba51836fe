import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.js';

const MAIN = join(ROOT, 'edge-gateway', 'dist', 'main.js');

/** The gateway as a process of its own can only be started once it is built. */
export const isGatewayBuilt = (): boolean => existsSync(MAIN);

export interface GatewayProcess {
  readonly mqttPort: number;
  readonly httpPort: number;
  readonly child: ChildProcess;
  readonly lines: readonly { readonly level: string | number; readonly msg: string }[];
  /** Resident memory now, in MiB; 0 where the system does not say. */
  residentMiB(): number;
  /** The sum of a metric over all its labels that `matches` finds in the line. */
  metric(name: string, matches?: string): Promise<number>;
  stop(): Promise<void>;
}

export const tokenOf = (deviceId: string): string => `token-of-${deviceId}-0123456789`;

/**
 * The built gateway with its spool in a new folder and no log to send to: what it takes stays on the spool.
 *
 * @param devices ids that may connect, each with `tokenOf` it
 */
export async function startGatewayProcess(devices: readonly string[], more: readonly string[] = []): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-gateway-process-'));
  const devicesFile = join(folder, 'devices.json');
  writeFileSync(devicesFile, JSON.stringify(devices.map((deviceId) => ({ deviceId, token: tokenOf(deviceId) }))), {
    mode: 0o600,
  });
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const args = [
    '--data-dir',
    join(folder, 'data'),
    '--mqtt-port',
    '0',
    '--http-port',
    '0',
    '--watch-port',
    '0',
    '--devices',
    devicesFile,
    ...more,
  ];
  // Nothing listens on port 1.
  const log = 'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=none;SharedAccessKey=bm9uZQ==;UseDevelopmentEmulator=true';
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, EVENT_HUBS_CONNECTION_STRING: log },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: { level: string | number; msg: string }[] = [];
  const ready = await new Promise<{ mqttPort: number; httpPort: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { level: number; msg: string; mqttPort: number; httpPort: number };
      if (entry.msg === 'gateway ready') resolve(entry);
      else lines.push(entry);
    });
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
  });
  return {
    ...{ child, lines, mqttPort: ready.mqttPort, httpPort: ready.httpPort },
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
