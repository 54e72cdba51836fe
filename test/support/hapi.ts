import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './root.js';

const SCRIPT = join(ROOT, 'scripts', 'hapi.mjs');
/** What the script gives the server to start, and a little. */
const START_MS = 200_000;
const STOP_MS = 10_000;

/** Where a built server lies, or a running one listens; or why there is neither, to be printed by a test that is skipped. */
export function fhirServerOfTests(): { readonly folder: string } | { readonly url: string } | { readonly missing: string } {
  const { VIGIL_TEST_FHIR_URL: url, VIGIL_TEST_HAPI: folder } = process.env;
  if (url !== undefined && url !== '') return { url: url.replace(/\/+$/, '') };
  if (folder === undefined || folder === '') {
    return { missing: 'needs VIGIL_TEST_HAPI, the folder of `node scripts/hapi.mjs build`, or VIGIL_TEST_FHIR_URL' };
  }
  return existsSync(folder) ? { folder } : { missing: `${folder} of VIGIL_TEST_HAPI is not there; node scripts/hapi.mjs build` };
}

export interface HapiOptions {
  /** It refuses what is not conformant. */
  readonly validate: boolean;
  /** Keeps what is stored over a restart; left out: in memory. */
  readonly dataDir?: string;
}

/** A real FHIR R4 server in a process of its own. */
export class Hapi {
  private child: ChildProcess | null = null;
  private port = 0;

  private constructor(
    private readonly folder: string,
    private readonly options: HapiOptions,
  ) {}

  /** Takes 15 to 60 s, by how busy the machine is. */
  static async start(folder: string, options: HapiOptions): Promise<Hapi> {
    const hapi = new Hapi(folder, options);
    await hapi.run();
    return hapi;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/fhir`;
  }

  /** Ends it and starts it again, at the same address. */
  async restart(): Promise<void> {
    await this.stop();
    await this.run();
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'close');
    // The end of its input ends the server and then the script.
    child.stdin?.end();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  private async run(): Promise<void> {
    const { validate, dataDir } = this.options;
    const env = {
      ...process.env,
      ...{ PORT: String(this.port), VALIDATE: validate ? '1' : '0' },
      ...(dataDir === undefined ? {} : { DATA: dataDir }),
    };
    const child = spawn(process.execPath, [SCRIPT, 'serve', this.folder], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said = `${said}${data.toString()}`.slice(-4_000)));
    const lines = createInterface(child.stdout);
    const [line] = (await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(START_MS) }),
      once(child, 'close').then(() => [`ended: ${said}`]),
    ])) as [string];
    const port = /^ready (\d+)$/.exec(line)?.[1];
    if (port === undefined) throw new Error(`the FHIR server did not start: ${line}`);
    this.port = Number(port);
  }
}
