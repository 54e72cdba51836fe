import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { RuleSet } from '@vigil/contracts';
import { CASE_FILES, readCase } from '../rule-tests/case-folder.js';
import { CaseTooLong } from '../rule-tests/case-log.js';
import { printCase } from '../rule-tests/print.js';
import { CaseRefused } from '../rule-tests/refused.js';
import { runCase } from '../rule-tests/run-case.js';
import { checkRuleFile } from '../rules/rule-files.js';

export interface TestRulesOptions {
  readonly folder: string;
  readonly out: (line: string) => void;
}

/** What came of all cases: `failed` had other alarms than expected, `refused` could not be read. */
export interface TestRulesResult {
  readonly passed: number;
  readonly failed: number;
  readonly refused: number;
}

/**
 * `vigil test <folder>`: runs every case below the folder through the engine and prints what is different from what was
 * expected. A case that can't be read is told with file and line, and the others run all the same. Changes nothing.
 *
 * @throws Error where the folder holds no case
 */
export function testRules({ folder, out }: TestRulesOptions): TestRulesResult {
  const root = resolve(folder);
  if (!existsSync(root)) throw new Error(`no folder ${folder}; say where the cases are, e.g. rules/`);
  const cases = caseFolders(root);
  if (cases.length === 0) {
    throw new Error(`no case below ${folder}: a case is a folder with ${Object.values(CASE_FILES).join(', ')} (docs/rules.md)`);
  }
  const counts = { passed: 0, failed: 0, refused: 0 };
  for (const path of cases) counts[testCase(root, path, out)] += 1;
  const { passed, failed, refused } = counts;
  out(`${cases.length} cases: ${passed} as expected, ${failed} different, ${refused} not readable`);
  return counts;
}

function testCase(root: string, path: string, out: (line: string) => void): keyof TestRulesResult {
  const name = relative(root, path) || basename(root);
  try {
    const result = runCase(
      readCase({ name, read: (file) => readText(join(path, file)), ruleSet: (file) => readRules(path, file) }),
    );
    for (const line of printCase(name, result)) out(line);
    return result.differences.length === 0 ? 'passed' : 'failed';
  } catch (error) {
    if (!(error instanceof CaseRefused || error instanceof CaseTooLong)) throw error;
    out(`MEND  ${name}: ${error.message}`);
    return 'refused';
  }
}

/** Every folder below with a case in it, in the order of their names. */
function caseFolders(folder: string): string[] {
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file; name the folder of the case`);
  const here = existsSync(join(folder, CASE_FILES.settings)) ? [folder] : [];
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name))
    .toSorted();
  return [...here, ...below.flatMap(caseFolders)];
}

function readText(file: string): { readonly path: string; readonly text: string } {
  const path = shown(file);
  if (!existsSync(file)) throw new CaseRefused(path, `is missing; a case has ${Object.values(CASE_FILES).join(', ')}`);
  return { path, text: readFileSync(file, 'utf8') };
}

function readRules(folder: string, file: string): RuleSet {
  const path = shown(resolve(folder, file));
  if (!existsSync(path)) throw new CaseRefused(path, 'there is no such rule file; cases name it from their own folder');
  const { ruleSet, problems } = checkRuleFile(path);
  if (ruleSet !== null) return ruleSet;
  const [first, ...more] = problems;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more: \`vigil rules check ${path}\` says them)`;
  throw new CaseRefused(path, `${first!.path === '' ? '' : `${first!.path}: `}${first!.message}${rest}`, first!.line);
}

/** As a person in this folder would write it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}
