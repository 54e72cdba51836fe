/**
 * `node scripts/plant-bugs.mjs [--only=<part of a name>] [--list=<file>]`, or `npm run faults -- --only=planted-bugs`: are the
 * tests awake? Copies the tree to a temporary folder, plants one bug at a time there, runs the tests that are named for it and
 * expects one of them to fail. Your own tree is not touched. Ends with 1 when a bug went unseen or the list is out of date.
 *
 * The list (test/faults/planted-bugs.json) holds {name, file, find, replace, tests}: `find` stands exactly once in `file`;
 * `tests` are patterns of test files.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LIST = join(root, 'test', 'faults', 'planted-bugs.json');
/** A bug that makes a test hang is seen as well. */
const RUN_MS_MAX = 180_000;
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** Seen, unseen, or a list that no longer fits the code. */
export function plantAll({ list = LIST, only = '', print = console.log } = {}) {
  const bugs = JSON.parse(readFileSync(list, 'utf8')).filter(({ name }) => name.includes(only));
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bugs-'));
  try {
    copyTree(folder);
    const results = [];
    const sound = runTests(folder, [...new Set(bugs.flatMap(({ tests }) => tests))]);
    if (sound.failed || sound.broken) {
      print(`the tests fail without any bug: ${sound.why}`);
      return { results, passed: false };
    }
    for (const bug of bugs) {
      const result = plant(folder, bug);
      results.push({ name: bug.name, ...result });
      print(`${result.state.padEnd(6)} ${bug.name}${result.why === '' ? '' : `: ${result.why}`}`);
    }
    const count = (state) => results.filter((result) => result.state === state).length;
    print(`${results.length} bugs planted: ${count('caught')} caught, ${count('MISSED')} missed, ${count('stale')} out of date`);
    return { results, passed: results.every(({ state }) => state === 'caught') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sources as they are now, committed or not; packages are the tree's own. */
function copyTree(folder) {
  const filter = (path) => !LEFT_OUT.has(basename(path)) && !basename(path).startsWith('.vigil');
  cpSync(root, folder, { recursive: true, filter, verbatimSymlinks: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

function plant(folder, { file, find, replace, tests }) {
  const path = join(folder, file);
  if (!existsSync(path)) return { state: 'stale', why: `no file ${file}` };
  const before = readFileSync(path, 'utf8');
  const times = before.split(find).length - 1;
  if (times !== 1) return { state: 'stale', why: `its line stands ${times} times in ${file}` };
  writeFileSync(
    path,
    before.replace(find, () => replace),
  );
  try {
    const run = runTests(folder, tests);
    // A program that does not even start would make every test look awake.
    if (run.broken) return { state: 'stale', why: `does not run: ${run.why}` };
    return { state: run.failed ? 'caught' : 'MISSED', why: run.failed ? run.why : '' };
  } finally {
    writeFileSync(path, before);
  }
}

function runTests(folder, tests) {
  const report = join(folder, 'jest-report.json');
  rmSync(report, { force: true });
  const args = ['scripts/jest.mjs', '-w', '1', '--json', `--outputFile=${report}`, '--testPathPatterns', ...tests];
  // So many random logs and simulated runs, and no more: a bug that hides from them is not well hidden enough to keep.
  const env = { ...process.env, COUNT: '60', SEED: '1' };
  const run = spawnSync(process.execPath, args, { cwd: folder, timeout: RUN_MS_MAX, encoding: 'utf8', env });
  if (run.error?.code === 'ETIMEDOUT') return { failed: true, broken: false, why: 'the tests hang' };
  if (!existsSync(report)) return { failed: true, broken: true, why: `jest gave no report: ${run.stderr.slice(-400)}` };
  const { numTotalTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failures = testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'));
  const broken = numTotalTests === 0 || (numFailedTests === 0 && run.status !== 0);
  const message = testResults.find((file) => file.status === 'failed')?.message ?? 'no test was found';
  return { failed: numFailedTests > 0, broken, why: failures[0]?.title ?? (broken ? message.slice(0, 400) : '') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, list: { type: 'string', default: LIST } } });
  process.exitCode = plantAll(values).passed ? 0 : 1;
}
