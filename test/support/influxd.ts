import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.js';

const SCRIPT = join(ROOT, 'scripts', 'influxd.mjs');
const START_MS = 90_000;
const STOP_MS = 20_000;

/** A server of tests: its organisation is `vigil`. */
export interface InfluxOfTests {
  readonly url: string;
  readonly token: string;
}

/** Where a built server lies, or a running one listens; or why there is neither, to be printed by a test that is skipped. */
export function influxOfTests(): { readonly folder: string } | InfluxOfTests | { readonly missing: string } {
  const { VIGIL_TEST_INFLUX_URL: url, VIGIL_TEST_INFLUX_TOKEN_FILE: tokenFile, VIGIL_TEST_INFLUXD: folder } = process.env;
  if (url !== undefined && url !== '') {
    if (tokenFile === undefined || !existsSync(tokenFile))
      return { missing: 'VIGIL_TEST_INFLUX_URL needs VIGIL_TEST_INFLUX_TOKEN_FILE' };
    return { url: url.replace(/\/+$/, ''), token: readFileSync(tokenFile, 'utf8').trim() };
  }
  if (folder === undefined || folder === '') {
    return { missing: 'needs VIGIL_TEST_INFLUXD, the folder of `node scripts/influxd.mjs build`, or VIGIL_TEST_INFLUX_URL' };
  }
  return existsSync(folder)
    ? { folder }
    : { missing: `${folder} of VIGIL_TEST_INFLUXD is not there; node scripts/influxd.mjs build` };
}

/** A real InfluxDB 2.7 in a process of its own. */
export class Influxd {
  private child: ChildProcess | null = null;
  private port = 0;
  token = '';

  private constructor(
    private readonly folder: string,
    private readonly dataDir: string,
  ) {}

  /** Takes some seconds. What is stored is kept in `dataDir` over a restart. */
  static async start(folder: string, dataDir: string): Promise<Influxd> {
    const influxd = new Influxd(folder, dataDir);
    await influxd.run();
    return influxd;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** At the same address as before. */
  async run(): Promise<void> {
    const env = { ...process.env, PORT: String(this.port) };
    const child = spawn(process.execPath, [SCRIPT, 'run', this.folder, this.dataDir], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said = `${said}${data.toString()}`.slice(-4_000)));
    const lines = createInterface(child.stdout);
    const [line] = (await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(START_MS) }),
      once(child, 'close').then(() => [`ended: ${said}`]),
    ])) as [string];
    const [, port, token] = /^ready (\d+) (\w+)$/.exec(line) ?? [];
    if (port === undefined || token === undefined) throw new Error(`InfluxDB did not start: ${line}`);
    this.port = Number(port);
    this.token = token;
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'close');
    child.stdin?.end();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }
}
