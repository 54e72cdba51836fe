import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { leftOutOf } from '@vigil/domain';
import { readStoredRuleSets, type StoredRules } from '../adapters/sql/stored-rule-sets.js';
import { checkReport } from '../rules/rule-files.js';
import { writeRuleFile } from '../rules/write-rule-file.js';

export interface RuleCommandOptions {
  readonly dataDir: () => string;
  readonly out: (line: string) => void;
}

/**
 * `vigil rules …`: what needs no person. Proposing, approving and activating are for people who are signed in (the API):
 * a program or whoever has the data folder is no second person.
 */
export function addRuleCommands(program: Command, { dataDir, out }: RuleCommandOptions): void {
  const rules = program.command('rules').description('rule files, and the rule sets of this site');
  rules
    .command('check <path...>')
    .description('check rule files, or those of a folder: a line for each problem with file, line and column')
    .action((paths: string[]) => {
      const { lines, isWell } = checkReport(paths);
      for (const line of lines) out(line);
      process.exitCode = isWell ? 0 : 1;
    });
  rules
    .command('list')
    .description('list the rule sets of this site, newest first; reads only, also while Vigil runs')
    .action(() => {
      for (const { hash, name, state, proposedBy, approvedBy, ruleSet } of stored(dataDir())) {
        out(`${hash.slice(0, 16)}  ${state.padEnd(10)}  ${name}  proposed: ${proposedBy ?? '-'}  approved: ${approvedBy ?? '-'}`);
        for (const { part, id, reason } of leftOutOf(ruleSet)) out(`  CAN NOT RUN: ${part} ${id} ${reason}`);
      }
    });
  rules
    .command('export [hash]')
    .description('write a rule set as a rule file; the one in force, or the one whose hash begins so')
    .option('--to <file>', 'a new file to write it to, instead of the screen')
    .action((hash: string | undefined, { to }: { to?: string }) => {
      const text = writeRuleFile(chosen(stored(dataDir()), hash).ruleSet);
      if (to === undefined) out(text.trimEnd());
      else writeFileSync(to, text, { flag: 'wx' });
    });
}

function stored(dataDir: string): readonly StoredRules[] {
  const file = join(dataDir, 'vigil.db');
  if (!existsSync(file)) throw new Error(`no database in ${dataDir}; \`npm start\` makes it`);
  return readStoredRuleSets(file);
}

/** @throws Error that says what there is */
function chosen(all: readonly StoredRules[], hash: string | undefined): StoredRules {
  const found = all.filter((each) => (hash === undefined ? each.state === 'active' : each.hash.startsWith(hash)));
  if (found.length === 1) return found[0]!;
  throw new Error(`${found.length === 0 ? 'no' : 'more than one'} rule set of that hash: \`vigil rules list\` names them`);
}
