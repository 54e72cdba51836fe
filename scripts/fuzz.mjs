/**
 * `npm run fuzz -- [--cases=10000] [--role=all] [--seed=1]`: requests that schemathesis makes up, to every route as each kind
 * of caller, held against the OpenAPI document (test/flow/fuzz.test.ts). `--role=nurse,admin` for some of them. Findings are
 * printed with the requests to send again; .vigil-fuzz/report.jsonl has a line for each role.
 *
 * Schemathesis is a Python program. It is fetched once, in the version that the tests know, into .vigil-fuzz/venv.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

/** As in test/fuzz/schemathesis.ts. */
const SCHEMATHESIS_VERSION = '4.32.5';
const PYTHONS = ['python3', 'python'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.vigil-fuzz');
const venv = join(folder, 'venv');
const bin = (name) => join(venv, process.platform === 'win32' ? `Scripts/${name}.exe` : `bin/${name}`);
const reportFile = join(folder, 'report.jsonl');

function readOptions() {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '10000' },
      role: { type: 'string', default: 'all' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  if (!Number.isInteger(cases) || cases < 1) throw new Error('--cases is a whole number from 1');
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed is a whole number from 0');
  return { cases, seed, role: values.role };
}

function run(program, args) {
  return spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

function versionIn(program) {
  const probe = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return probe.status === 0 ? (/(\d+\.\d+\.\d+)/.exec(probe.stdout)?.[1] ?? null) : null;
}

/** Fetches schemathesis where it is not there yet. @throws Error that says what is missing */
function prepare() {
  mkdirSync(folder, { recursive: true });
  if (versionIn(bin('schemathesis')) === SCHEMATHESIS_VERSION) return;
  const python = PYTHONS.find((name) => versionIn(name) !== null);
  if (python === undefined) throw new Error('this needs Python 3.10 or newer, as python3 on the path');
  if (!existsSync(bin('python')) && !run(python, ['-m', 'venv', venv])) {
    throw new Error('python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv');
  }
  console.log(`fetching schemathesis ${SCHEMATHESIS_VERSION} into .vigil-fuzz/venv`);
  const isThere = run(bin('python'), ['-m', 'pip', 'install', '--quiet', `schemathesis==${SCHEMATHESIS_VERSION}`]);
  if (!isThere) throw new Error('schemathesis could not be fetched; the lines above say why');
}

/** Routes and single checks that are left out, in the words of test/fuzz/schemathesis.toml. */
function sayWhatIsLeftOut() {
  const tables = readFileSync(join(root, 'test', 'fuzz', 'schemathesis.toml'), 'utf8')
    .split('[[operations]]')
    .slice(1);
  console.log('left out, and why:');
  for (const table of tables) {
    const lines = table.split(/\n\n/, 1)[0].trim().split('\n');
    const why = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
    const what = lines.filter((line) => !line.startsWith('#'));
    console.log(`  ${what.join('\n  ')}\n    ${why.join('\n    ')}`);
  }
}

function main() {
  const { cases, seed, role } = readOptions();
  prepare();
  sayWhatIsLeftOut();
  rmSync(reportFile, { force: true });
  const env = {
    ...process.env,
    VIGIL_TEST_FUZZ_CASES: String(cases),
    VIGIL_TEST_FUZZ_SEED: String(seed),
    VIGIL_TEST_FUZZ_REPORT: reportFile,
    VIGIL_TEST_SCHEMATHESIS: bin('schemathesis'),
    ...(role === 'all' ? {} : { VIGIL_TEST_FUZZ_ROLES: role }),
  };
  const args = ['scripts/jest.mjs', '--selectProjects', 'flow', '--runInBand', '--testPathPatterns', 'test/flow/fuzz.test'];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  if (existsSync(reportFile)) process.stdout.write(readFileSync(reportFile, 'utf8'));
  process.exit(status ?? 1);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
