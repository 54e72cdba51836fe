/**
 * `npm test`, after the install and the build: the checks, then every kind of test. A check that fails counts as a
 * failed test. The last line is `N passed, N failed` (and `, N skipped` where some could not run here).
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name, path) => join(root, 'node_modules', name, path);

/** Wall time after which it is stopped, on two cores. It is to take 20 minutes at most and takes longer (docs/measurements.md, "Tests"): the screens in Chromium. */
const BUDGET_MS = (process.env.VIGIL_TEST_HAPI || process.env.VIGIL_TEST_FHIR_URL ? 70 : 65) * 60_000;
const STOP_WITHIN_MS = 5_000;
const deadlineMs = Date.now() + BUDGET_MS;

const tsc = bin('typescript', 'bin/tsc');
const CHECKS = [
  ['types', [tsc, '-p', 'tsconfig.json', '--noEmit']],
  ['types of the dashboard', [tsc, '-p', 'packages/dashboard/tsconfig.json', '--noEmit']],
  ['lint', [bin('eslint', 'bin/eslint.js'), '.']],
  [
    'arrows',
    [
      bin('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'packages',
      'edge-gateway',
      'src',
      'test',
    ],
  ],
  ['format', [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.']],
];
/** Of the flow tests, those that start all of Vigil's processes, or look at how long one of them takes. */
const WHOLE = [
  ...['adopt-log', 'cloud-cut', 'device-certificates', 'end-to-end', 'fleet', 'key-loss', 'leaks', 'replay', 'start', 'watchdog'],
].join('|');
/** Of the browser tests, those that look at how soon a screen says something, or how often it flashes: nothing beside them. */
const ALONE = [
  ...['safety-[a-z]+', 'sound', 'loss-sound', 'station', 'stays', 'watch', 'first-load', 'goals-press'],
  ...['clock-off', 'kept-forms', 'slow-network'],
].join('|');
/**
 * How many files go on at once, and which files of a project, where not all. One where each starts all of Vigil's processes;
 * three where they mostly wait for a client or a hub, so that two of them work.
 */
const PROJECTS = [
  { name: 'unit', workers: 2 },
  { name: 'contract', workers: 3 },
  { name: 'fhir', workers: 1 },
  { name: 'engine', workers: 2 },
  { name: 'golden', workers: 2 },
  { name: 'flow', workers: 2, files: `^(?!.*/(${WHOLE})\\.test)` },
  { name: 'flow', workers: 1, files: `/(${WHOLE})\\.test` },
  { name: 'faults', workers: 1 },
  { name: 'browser', workers: 2, files: `^(?!.*/browser/(${ALONE})\\.test)` },
  { name: 'browser', workers: 1, files: `/browser/(${ALONE})\\.test` },
];

const total = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'vigil-test-'));
const seconds = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Runs node on `args` until it ends or the budget does. Answers its exit code, null when it ran out of time. */
function run(args, stdio) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', stdio, stdio], env: process.env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said = (said + data).slice(-50_000)));
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS).unref();
      },
      Math.max(1, deadlineMs - Date.now()),
    );
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: isLate ? null : code, said });
    });
  });
}

async function check([name, args]) {
  const sinceMs = Date.now();
  const { code, said } = await run(args, 'pipe');
  if (code === 0) {
    total.passed++;
    console.log(`  ok    ${name} (${seconds(sinceMs)})`);
    return;
  }
  total.failed++;
  console.log(`  FAIL  ${name} (${code === null ? 'out of time' : seconds(sinceMs)})\n${said.trim()}`);
}

/** Two at a time, for two cores. */
async function checkAll() {
  const waiting = [...CHECKS];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await check(next);
  };
  await Promise.all([worker(), worker()]);
}

function addResults(file, code) {
  if (!existsSync(file)) {
    total.failed++;
    return code === null ? 'out of time' : 'did not run';
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const failedOtherwise = failed === 0 && code !== 0 ? 1 : 0;
  total.passed += result.numPassedTests;
  total.failed += failed + failedOtherwise;
  total.skipped += result.numPendingTests;
  return `${result.numPassedTests} passed, ${failed + failedOtherwise} failed, ${result.numPendingTests} skipped`;
}

async function runProject({ name, workers, files }, place) {
  const sinceMs = Date.now();
  console.log(`\n${name} tests`);
  const file = join(scratch, `${place}.json`);
  const only = files === undefined ? [] : ['--testPathPatterns', files];
  const args = ['scripts/jest.mjs', '--selectProjects', name, ...only, '--passWithNoTests', '--maxWorkers', String(workers)];
  // A timer that a client library forgets (one of 45 minutes is known) must not use up the time of the other tests.
  const { code } = await run([...args, '--forceExit', '--json', '--outputFile', file], 'inherit');
  console.log(`${name}: ${addResults(file, code)} (${seconds(sinceMs)})`);
}

const startedMs = Date.now();
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
console.log('checks');
await checkAll();
for (const [place, project] of PROJECTS.entries()) await runProject(project, place);

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\nin ${seconds(startedMs)}\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
