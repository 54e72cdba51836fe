import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleSet } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import { readRuleFile, RULE_FILE_BYTES_MAX, type RuleFileProblem } from './rule-file.js';

/** More files than anybody checks at once. */
const FILES_MAX = 200;

export interface CheckedFile {
  readonly file: string;
  readonly ruleSet: RuleSet | null;
  readonly problems: readonly RuleFileProblem[];
}

/** A rule file that can't be used. The message has a line for each problem: `file:line:column: problem`. */
export class RuleFileError extends Error {
  override readonly name = 'RuleFileError';
}

/** `file:line:column: path: problem`, as editors take it. */
export function problemLine(file: string, { line, column, path, message }: RuleFileProblem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** @throws RuleFileError */
export function loadRuleFile(file: string): RuleSet {
  const { ruleSet, problems } = checkRuleFile(file);
  if (ruleSet === null) throw new RuleFileError(problems.map((problem) => problemLine(file, problem)).join('\n'));
  return ruleSet;
}

/** The rule files that a path names: itself, or those that lie in the folder. @throws RuleFileError when there are none */
export function ruleFilesAt(path: string): readonly string[] {
  let names: readonly string[];
  try {
    names = statSync(path).isDirectory() ? readdirSync(path).filter((name) => /\.ya?ml$/.test(name)) : [''];
  } catch (error) {
    throw new RuleFileError(
      `${path}:1:1: can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): is the name right?`,
    );
  }
  if (names.length === 0) throw new RuleFileError(`${path}:1:1: no rule files here: they end in .yaml`);
  if (names.length > FILES_MAX) throw new RuleFileError(`${path}:1:1: more than ${FILES_MAX} files: check them folder by folder`);
  return names.map((name) => (name === '' ? path : join(path, name))).sort();
}

export function checkRuleFile(file: string): CheckedFile {
  const at = { line: 1, column: 1, path: '' };
  try {
    // Looked at before it is read: a device or a huge file would fill the memory.
    const { size } = statSync(file);
    const isLarge = size > RULE_FILE_BYTES_MAX;
    if (isLarge)
      return { file, ruleSet: null, problems: [{ ...at, message: 'larger than 1 MB: a rule file is written by people' }] };
    return { file, ...readRuleFile(readFileSync(file, 'utf8')) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { file, ruleSet: null, problems: [{ ...at, message: `can't be read (${code}): mend its rights` }] };
  }
}

/** What `vigil rules check` prints, and whether all is well. @throws RuleFileError */
export function checkReport(paths: readonly string[]): { readonly lines: readonly string[]; readonly isWell: boolean } {
  const checked = paths.flatMap(ruleFilesAt).map(checkRuleFile);
  const lines = checked.flatMap(({ file, ruleSet, problems }) => {
    if (ruleSet === null) return problems.map((problem) => problemLine(file, problem));
    return [`ok ${file}: ${ruleSet.name}, ${ruleSet.rules.length} rules, ${contentHash(ruleSet).slice(0, 16)}`];
  });
  return { lines, isWell: checked.every(({ ruleSet }) => ruleSet !== null) };
}
