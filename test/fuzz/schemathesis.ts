import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/root.js';

/** The one whose findings are known here: another version may check something else. As in scripts/fuzz.mjs. */
export const SCHEMATHESIS_VERSION = '4.32.5';

const FOLDER = join(ROOT, 'test', 'fuzz');
const PROBE_MS = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** How to call a program: its path and first arguments. */
export type Command = readonly [string, ...string[]];

const CANDIDATES: readonly Command[] = [
  ...(process.env.VIGIL_TEST_SCHEMATHESIS === undefined ? [] : [[process.env.VIGIL_TEST_SCHEMATHESIS] as const]),
  [join(ROOT, '.vigil-fuzz', 'venv', process.platform === 'win32' ? 'Scripts/schemathesis.exe' : 'bin/schemathesis')],
  ['schemathesis'],
  ['python3', '-m', 'schemathesis.cli'],
  ['uvx', '--offline', `schemathesis@${SCHEMATHESIS_VERSION}`],
];

/** Schemathesis on this machine, or why the test can't run. Nothing is fetched: `npm run fuzz` does that. */
export function findSchemathesis(): { readonly command: Command } | { readonly missing: string } {
  const others: string[] = [];
  for (const [program, ...args] of CANDIDATES) {
    const probe = spawnSync(program, [...args, '--version'], { encoding: 'utf8', timeout: PROBE_MS });
    const version = probe.status === 0 ? /(\d+\.\d+\.\d+)/.exec(probe.stdout)?.[1] : undefined;
    if (version === SCHEMATHESIS_VERSION) return { command: [program, ...args] };
    if (version !== undefined) others.push(version);
  }
  const found = others.length === 0 ? 'is not here' : `is here in version ${others.join(', ')}`;
  return { missing: `schemathesis ${SCHEMATHESIS_VERSION} ${found}: \`npm run fuzz\` fetches it (needs Python 3.10 or newer)` };
}

export interface FuzzRun {
  /** With the port. Passkeys need a name, so `localhost` and no number. */
  readonly url: string;
  readonly credentials: { readonly token: string } | { readonly stationCookie: string } | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly phases: readonly ('coverage' | 'fuzzing' | 'stateful')[];
  /** For each operation, in the fuzzing phase. */
  readonly examples: number;
  readonly seed: number;
  readonly env: Readonly<Record<string, string>>;
}

export interface FuzzReport {
  readonly cases: number;
  /** One line each, e.g. `ST103 Undocumented status code: GET /api/v1/beds`. */
  readonly failures: readonly string[];
  /** What schemathesis wrote, with the requests to send again. */
  readonly output: string;
}

interface JsonReport {
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly { readonly code: string; readonly title: string; readonly operations: readonly string[] }[];
  readonly errors: readonly unknown[];
}

/** One run against an app that listens. Rejects where schemathesis could not do its work. */
export async function fuzz([program, ...first]: Command, run: FuzzRun): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-fuzz-'));
  try {
    const config = join(folder, 'schemathesis.toml');
    writeFileSync(config, `${topOf(run.credentials)}${readFileSync(join(FOLDER, 'schemathesis.toml'), 'utf8')}`, { mode: 0o600 });
    const headers = Object.entries(run.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const args = [
      ...['--config-file', config, 'run', `${run.url}/openapi.json`, ...headers],
      ...['--phases', run.phases.join(','), '-n', String(run.examples), '--seed', String(run.seed), '--workers', '2'],
      ...['--continue-on-failure', '--no-shrink', '--generation-database', 'none', '--no-color', '--output-truncate', 'true'],
      ...['--report', 'json', '--report-dir', folder],
    ];
    const output = await outputOf([program, ...first, ...args], folder, { ...run.env, VIGIL_FUZZ_SEED: String(run.seed) });
    return { ...reportIn(folder, output), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Before the tables of the file, because these keys belong to none. */
function topOf(credentials: FuzzRun['credentials']): string {
  const hooks = `hooks = ${JSON.stringify('vigil_hooks')}\n`;
  if (credentials === null) return hooks;
  if ('token' in credentials) return `${hooks}[auth.openapi.token]\nbearer = ${JSON.stringify(credentials.token)}\n`;
  return `${hooks}[auth.openapi.station]\napi_key = ${JSON.stringify(credentials.stationCookie)}\n`;
}

function outputOf([program, ...args]: Command, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  writeFileSync(join(cwd, 'vigil_hooks.py'), readFileSync(join(FOLDER, 'hooks.py')));
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { cwd, env: { ...process.env, ...env, PYTHONPATH: cwd }, maxBuffer: OUTPUT_BYTES_MAX },
      // A finding is a status of 1; what came of it is in the report.
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
    );
  });
}

function reportIn(folder: string, output: string): Omit<FuzzReport, 'output'> {
  const file = readdirSync(folder).find((name) => name.startsWith('json-'));
  if (file === undefined) throw new Error(`schemathesis left no report:\n${output.slice(-2_000)}`);
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonReport;
  if (!report.complete || report.errors.length > 0) throw new Error(`schemathesis did not get through:\n${output.slice(-4_000)}`);
  const failures = report.failures.flatMap(({ code, title, operations }) =>
    operations.map((operation) => `${code} ${title}: ${operation}`),
  );
  return { cases: report.test_cases.generated, failures };
}
