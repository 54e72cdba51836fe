import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, loadClock } from '@vigil/clock';
import { Site } from '@vigil/contracts';
import type { DeviceCredentials } from '@vigil/simulator';
import { parse, stringify } from 'yaml';
import { type LaunchSettings, PORTS, readSettings } from '../../scripts/launch/settings.mjs';
import {
  addresses,
  gatewaySpec,
  hubSpec,
  inboxSpec,
  platformSpec,
  type ProcessSpec,
  simulatorSpec,
  watchdogSpec,
} from '../../scripts/launch/specs.mjs';
import { freePorts } from './free-ports.js';
import { ROOT } from './root.js';
import { StackProcess } from './stack-process.js';

const SPECS: Readonly<Record<Part, (settings: LaunchSettings) => ProcessSpec | null>> = {
  hub: hubSpec,
  inbox: inboxSpec,
  platform: platformSpec,
  gateway: gatewaySpec,
  watchdog: watchdogSpec,
  simulator: simulatorSpec,
};
/** What writes first, then what reads and writes the log, then the log. */
const STOP_ORDER: readonly (readonly Part[])[] = [['simulator', 'watchdog'], ['gateway'], ['platform'], ['inbox', 'hub']];
const BUILT = ['dist/main.js', 'dist/cli.js', 'dist/watchdog.js', 'packages/event-hub/dist/main.js', 'edge-gateway/dist/main.js'];

export type Part = 'hub' | 'platform' | 'gateway' | 'watchdog' | 'inbox' | 'simulator';

export interface StackOptions {
  readonly beds?: number;
  readonly source?: 'simulator' | 'recordings';
  /** Event time per wall time. */
  readonly speed?: number;
  /** Folder of the recordings, for that source. */
  readonly recordings?: string;
  /** Changes the demo site before anything starts. */
  readonly site?: (site: Site) => Site;
  /** Environment beyond what the launcher gives, by process. */
  readonly env?: Partial<Record<Part, Readonly<Record<string, string>>>>;
  /** Arguments behind those that the launcher gives, by process. */
  readonly args?: Partial<Record<Part, readonly string[]>>;
  /** Hears every line that a process writes. */
  readonly onLine?: (part: Part, line: string) => void;
  /** Of another version that was built; left out: this one. */
  readonly root?: string;
  /** Log lines of level error that this test provokes. */
  readonly expectedErrors?: readonly RegExp[];
}

/**
 * The real, built processes of Vigil on free ports of loopback, in a data folder of their own, with the command lines of
 * the launcher. Nothing here watches over them: whoever kills one starts it again.
 */
export class Stack {
  private readonly processes = new Map<Part, StackProcess>();

  private constructor(
    readonly settings: LaunchSettings,
    private readonly options: StackOptions,
  ) {}

  /** Makes the data folder as `vigil init` does; starts nothing. */
  static async make(options: StackOptions): Promise<Stack> {
    const missing = BUILT.filter((file) => !existsSync(join(ROOT, file)));
    if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')}; run \`npm run build\` first`);
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-stack-'));
    const ports = await freePorts(PORTS.length);
    const { settings, problem } = readSettings({
      VIGIL_DATA_DIR: dataDir,
      VIGIL_BEDS: String(options.beds ?? 8),
      VIGIL_SOURCE: options.source ?? 'simulator',
      VIGIL_SPEED: String(options.speed ?? 1),
      VIGIL_RECORDINGS: options.recordings,
      ...Object.fromEntries(PORTS.map(([name], i) => [name, String(ports[i])])),
    });
    if (settings === undefined) throw new Error(problem);
    const stack = new Stack(settings, options);
    stack.cli('init');
    if (options.site !== undefined) {
      writeFileSync(join(dataDir, 'site.yaml'), stringify(options.site(stack.site())));
    }
    return stack;
  }

  /** Of processes that are started first from now on, and of commands. */
  private get root(): string {
    return this.options.root ?? ROOT;
  }

  get dataDir(): string {
    return this.settings.dataDir;
  }

  get url(): string {
    return addresses(this.settings).app;
  }

  get inboxUrl(): string {
    return addresses(this.settings).inbox;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.settings.VIGIL_MQTT_PORT}`;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.settings.VIGIL_GATEWAY_HTTP_PORT}`;
  }

  /** The clock that all processes of this folder share. */
  clock(): Clock {
    return loadClock(this.dataDir, this.settings.VIGIL_SPEED);
  }

  /** As its site.yaml stands now. */
  site(): Site {
    return Site.parse(parse(readFileSync(join(this.dataDir, 'site.yaml'), 'utf8')));
  }

  devices(): readonly DeviceCredentials[] {
    return this.read('devices.json') as DeviceCredentials[];
  }

  password(username: string): string {
    const accounts = this.read('demo-accounts.json') as { username: string; password: string }[];
    return accounts.find((a) => a.username === username)!.password;
  }

  pid(part: Part): number | null {
    return this.processes.get(part)?.pid ?? null;
  }

  /** Starts one process after the other, each when the one before is ready: the order of the launcher. */
  async start(...parts: readonly Part[]): Promise<void> {
    for (const part of parts) await this.process(part).start();
  }

  /** `kill -9`, all at the same moment. */
  async kill(...parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.map((part) => this.process(part).kill()));
  }

  async stop(...parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.map((part) => this.process(part).stop()));
  }

  /** `npm run vigil -- <args>` on this folder; answers what it printed on stdout. */
  cli(...args: readonly string[]): string {
    const { dataDir, VIGIL_BEDS, VIGIL_SOURCE, VIGIL_SPEED, VIGIL_HUB_PORT } = this.settings;
    const env = { VIGIL_DATA_DIR: dataDir, ...stringsOf({ VIGIL_BEDS, VIGIL_SOURCE, VIGIL_SPEED, VIGIL_HUB_PORT }) };
    return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(this.root, 'dist', 'cli.js'), ...args], {
      cwd: this.root,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /**
   * Runs a test and stops everything after it. When it fails, the last log lines of each process are part of the
   * message; it also fails for any line of level error, or process that ended by itself, that it did not expect.
   */
  async run<T>(test: () => Promise<T>): Promise<T> {
    try {
      const result = await test();
      await this.stopAll();
      this.requireNoComplaints();
      rmSync(this.dataDir, { recursive: true, force: true });
      return result;
    } catch (error) {
      const tails = [...this.processes.values()].map((p) => p.tail).join('\n');
      await this.stopAll();
      throw new Error(`${messagesOf(error)}\n\ndata folder: ${this.dataDir}\nlast lines of the processes:\n${tails}`, {
        cause: error,
      });
    }
  }

  private async stopAll(): Promise<void> {
    for (const parts of STOP_ORDER) await this.stop(...parts.filter((part) => this.pid(part) !== null));
  }

  private requireNoComplaints(): void {
    const expected = this.options.expectedErrors ?? [];
    const loud = [...this.processes.values()].flatMap((p) => p.complaints.map((line) => `${p.name}: ${line}`));
    const unexpected = loud.filter((line) => !expected.some((pattern) => pattern.test(line)));
    if (unexpected.length > 0) throw new Error(`unexpected in the logs:\n${unexpected.slice(0, 20).join('\n')}`);
  }

  /** Its command line needs keys that the hub makes, so it is put together when it is started first. */
  private process(part: Part): StackProcess {
    let found = this.processes.get(part);
    if (found === undefined) {
      const spec = SPECS[part](this.settings);
      if (spec === null) throw new Error(`there is no ${part} for this source`);
      const args = [...spec.args, ...(this.options.args?.[part] ?? [])];
      found = new StackProcess(
        { ...spec, args },
        this.options.env?.[part] ?? {},
        (line) => this.options.onLine?.(part, line),
        this.root,
      );
      this.processes.set(part, found);
    }
    return found;
  }

  private read(file: string): unknown {
    return JSON.parse(readFileSync(join(this.dataDir, file), 'utf8'));
  }
}

/** The message of an error and of its causes. */
function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messagesOf(error.cause)}`;
}

function stringsOf(values: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
