import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import type { DeviceId } from '@vigil/contracts';
import { type Load, readLedger, startLoad } from '@vigil/simulator';
import { tokenOf } from '../support/gateway-process.js';
import { type HubProcess, startHubProcess } from '../support/hub-process.js';
import { ROOT } from '../support/root.js';
import { until } from '../support/until.js';

const MAIN = join(ROOT, 'edge-gateway', 'dist', 'main.js');
const METRICS = ['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'arterialSystolic', 'arterialMean', 'etco2'] as const;
const DRAIN_MS = 60_000;

/** Why a small file system in memory can't be had here; null once it is mounted on `folder`. */
export function mountSmall(folder: string, mib: number): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'a file system in memory can not be mounted here';
  }
}

/** Why calls of the C library can't be made to fail here; null when they can. */
export function whyNoFiu(): string | null {
  const missing = ['fiu-run', 'fiu-ctrl'].find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return missing === undefined ? null : `${missing} is not installed`;
}

/** A line of the gateway's log, and when it came. */
export interface Line {
  readonly atMs: number;
  readonly level: number | string;
  readonly msg: string;
}

export interface SiteOptions {
  /** The gateway's data folder. */
  readonly dataDir: string;
  readonly devices: number;
  /** Started before the program, e.g. `fiu-run`. */
  readonly around?: readonly string[];
}

/** A gateway as a process on a disk that gives trouble, a load with a ledger, and a hub that the gateway may reach later. */
export class DiskSite {
  readonly lines: Line[] = [];
  readonly deviceIds: readonly string[];
  private readonly folder = mkdtempSync(join(tmpdir(), 'vigil-gateway-disk-'));
  private readonly ledgerFile = join(this.folder, 'ledger');
  private gateway: (ChildProcess & { readonly pid: number }) | null = null;
  private hub: HubProcess | null = null;
  private httpPort = 0;
  mqttPort = 0;
  load: Load | null = null;

  constructor(private readonly options: SiteOptions) {
    this.deviceIds = Array.from({ length: options.devices }, (_, n) => `mon-${n + 1}`);
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  }

  get isAlive(): boolean {
    return this.gateway?.exitCode === null && this.gateway.signalCode === null;
  }

  /** @param around overrides that of the options */
  async startGateway(around = this.options.around ?? []): Promise<void> {
    const devicesFile = join(this.folder, 'devices.json');
    writeFileSync(devicesFile, JSON.stringify(this.deviceIds.map((deviceId) => ({ deviceId, token: tokenOf(deviceId) }))), {
      mode: 0o600,
    });
    // Nothing listens on port 1.
    const away = 'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=none;SharedAccessKey=bm9uZQ==;UseDevelopmentEmulator=true';
    const flags = ['--data-dir', this.options.dataDir, '--devices', devicesFile];
    const ports = ['--mqtt-port', String(this.mqttPort), '--http-port', '0', '--watch-port', '0'];
    const command = [...around, process.execPath, MAIN, ...flags, ...ports, '--device-messages-per-second', '10000'];
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, EVENT_HUBS_CONNECTION_STRING: this.hub?.connection('gateway') ?? away },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.gateway = child as ChildProcess & { readonly pid: number };
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (text) => {
        const line = JSON.parse(text) as Line & { readonly mqttPort: number; readonly httpPort: number };
        this.lines.push({ atMs: Date.now(), level: line.level, msg: line.msg });
        if (line.msg !== 'gateway ready') return;
        [this.mqttPort, this.httpPort] = [line.mqttPort, line.httpPort];
        resolve();
      });
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
    });
  }

  async killGateway(): Promise<void> {
    if (!this.isAlive) return;
    this.gateway!.kill('SIGKILL');
    await once(this.gateway!, 'exit');
  }

  async startLoad(messagesPerSecond: number): Promise<void> {
    this.load = startLoad({
      ...{ mqttUrl: `mqtt://127.0.0.1:${this.mqttPort}`, messagesPerSecond, metrics: METRICS, ledgerFile: this.ledgerFile },
      devices: this.deviceIds.map((deviceId) => ({ deviceId: deviceId as DeviceId, token: tokenOf(deviceId) })),
    });
    await this.load.ready;
  }

  /** Calls of the C library in the gateway begin or cease to fail. @param path what `fiu-run` got as `-f` */
  control(command: string, path: string): void {
    execFileSync('fiu-ctrl', ['-f', path, '-c', command, String(this.gateway!.pid)], { stdio: 'pipe' });
  }

  /** The sum of a metric over all its labels that `matches` finds in the line. */
  async metric(name: string, matches = ''): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)).text();
    const found = text.split('\n').filter((line) => line.startsWith(`vigil_gateway_${name}`) && line.includes(matches));
    return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  segments(): string[] {
    return readdirSync(join(this.options.dataDir, 'spool')).filter((name) => name.endsWith('.seg'));
  }

  /**
   * Ends the load and the gateway, starts both the gateway, as after a kill, and a hub, and holds what devices were told
   * against what is on the hub then.
   */
  async compare(): Promise<{ acknowledged: number; missing: number; phantom: number; gaps: number }> {
    const bootId = this.load!.bootId;
    await this.load!.stop(5_000);
    this.load = null;
    await this.killGateway();
    const dataDir = join(this.folder, 'hub');
    this.hub = await startHubProcess({ dataDir });
    await this.startGateway([]);
    await until('the spool is empty', async () => (await this.metric('spool_pending')) === 0, DRAIN_MS);
    const { ids, gaps } = await everythingOn(this.hub.connection('platform'));
    const idOf = ({ deviceId, seq }: { readonly deviceId: string; readonly seq: number }): string =>
      `${deviceId}/${bootId}/${seq}`;
    const { entries } = readLedger(this.ledgerFile);
    const acknowledged = entries.filter(({ ackedMs }) => ackedMs !== null).map(idOf);
    const published = new Set(entries.map(idOf));
    return {
      acknowledged: acknowledged.length,
      missing: acknowledged.filter((id) => !ids.has(id)).length,
      phantom: [...ids].filter((id) => !published.has(id)).length,
      gaps,
    };
  }

  async end(): Promise<void> {
    await this.load?.stop(0).catch(() => undefined);
    await this.killGateway();
    await this.hub?.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ids of all messages on a hub, and how many gaps are declared there as lost. */
async function everythingOn(connection: string): Promise<{ ids: ReadonlySet<string>; gaps: number }> {
  const consumer = new EventHubConsumerClient('live', connection, 'vigil');
  const ids = new Set<string>();
  const nextOf = new Map<string, number>();
  let gaps = 0;
  const subscription = consumer.subscribe(
    {
      processEvents: async (batch, { partitionId }) => {
        for (const { body, sequenceNumber } of batch) {
          nextOf.set(partitionId, sequenceNumber + 1);
          const { kind, id, reason } = body as { readonly kind: string; readonly id: string; readonly reason?: string };
          if (kind === 'deviceMessage') ids.add(id);
          if (kind === 'gap' && (reason === 'damaged' || reason === 'evicted')) gaps++;
        }
      },
      processError: async () => undefined,
    },
    { startPosition: earliestEventPosition, maxBatchSize: 1_000, maxWaitTimeInSeconds: 1, prefetchCount: 3_000 },
  );
  try {
    const ends = await Promise.all((await consumer.getPartitionIds()).map((id) => consumer.getPartitionProperties(id)));
    const isRead = (): boolean =>
      ends.every(({ partitionId, lastEnqueuedSequenceNumber }) => (nextOf.get(partitionId) ?? 0) > lastEnqueuedSequenceNumber);
    await until('the hub is read', isRead, DRAIN_MS);
  } finally {
    await subscription.close();
    await consumer.close();
  }
  return { ids, gaps };
}

/** Takes so much room until it is removed. */
export function ballast(file: string, bytes: number): void {
  if (existsSync(file)) throw new Error(`${file} is there`);
  writeFileSync(file, Buffer.alloc(bytes));
}
