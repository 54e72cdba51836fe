import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.js';

const MAIN = join(ROOT, 'packages', 'event-hub', 'dist', 'main.js');

/** The hub as a process of its own can only be started once it is built. */
export const isHubBuilt = (): boolean => existsSync(MAIN);

export interface HubProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly tlsPort: number | null;
  readonly httpPort: number;
  /** Everything it has logged since it was ready, line by line. */
  readonly log: { readonly level: number | string; readonly msg: string }[];
  /** What it has written beside its log; passed on as well. */
  readonly stderr: string[];
  connection(keyName: string): string;
  /** SIGTERM or SIGKILL, and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

interface Options {
  readonly dataDir: string;
  readonly port?: number;
  readonly more?: readonly string[];
  /** For Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** Makes a private authority and a certificate for loopback in the folder of a hub. Answers the authority's file. */
export function makeHubCertificates(dataDir: string): string {
  const args = [MAIN, 'certificates', '--data-dir', dataDir, '--host', 'localhost', '127.0.0.1'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no certificates: ${stderr}`);
  return join(dataDir, 'tls', 'ca.pem');
}

/** Starts the built hub and answers once it accepts clients. */
export async function startHubProcess({ dataDir, port = 0, more = [], nodeArgs = [] }: Options): Promise<HubProcess> {
  const args = [...nodeArgs, MAIN, '--data-dir', dataDir, '--port', String(port), '--http-port', '0', ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stderr: string[] = [];
  child.stderr.on('data', (data: Buffer) => {
    stderr.push(data.toString());
    process.stderr.write(data);
  });
  const log: { level: number | string; msg: string }[] = [];
  const ready = await new Promise<{ port: number; tlsPort?: number | null; httpPort: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { level: number; msg: string; port: number; httpPort: number };
      if (entry.msg === 'hub ready') resolve(entry);
      else log.push(entry);
    });
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code} before it was ready`)));
  });
  return {
    child,
    log,
    stderr,
    port: ready.port,
    tlsPort: ready.tlsPort ?? null,
    httpPort: ready.httpPort,
    connection: (keyName) => {
      const { keys } = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as {
        keys: { name: string; primary: string }[];
      };
      const key = keys.find((each) => each.name === keyName)!.primary;
      const endpoint = `Endpoint=sb://127.0.0.1:${ready.port}/`;
      return `${endpoint};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
    },
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}
