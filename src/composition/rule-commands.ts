import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { leftOutOf } from '@vigil/domain';
import { readStoredRuleSets, type StoredRules } from '../adapters/sql/stored-rule-sets.js';
import { knownDatabaseOf, readableFile } from './database.js';
import { checkReport } from '../rules/rule-files.js';
import { writeRuleFile } from '../rules/write-rule-file.js';

export interface RuleCommandOptions {
  readonly dataDir: () => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
}

/**
 * `vigil rules …`: what needs no person. Proposing, approving and activating are for people who are signed in (the API):
 * a program or whoever has the data folder is no second person.
 */
export function addRuleCommands(program: Command, { dataDir, env, out }: RuleCommandOptions): void {
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
    .action(async () => {
      for (const { hash, name, state, proposedBy, approvedBy, ruleSet } of await stored(dataDir(), env)) {
        out(`${hash.slice(0, 16)}  ${state.padEnd(10)}  ${name}  proposed: ${proposedBy ?? '-'}  approved: ${approvedBy ?? '-'}`);
        for (const { part, id, reason } of leftOutOf(ruleSet)) out(`  CAN NOT RUN: ${part} ${id} ${reason}`);
      }
    });
  rules
    .command('export [hash]')
    .description('write a rule set as a rule file; the one in force, or the one whose hash begins so')
    .option('--to <file>', 'a new file to write it to, instead of the screen')
    .action(async (hash: string | undefined, { to }: { to?: string }) => {
      const text = writeRuleFile(chosen(await stored(dataDir(), env), hash).ruleSet);
      if (to === undefined) out(text.trimEnd());
      else writeFileSync(to, text, { flag: 'wx' });
    });
}

async function stored(dataDir: string, env: RuleCommandOptions['env']): Promise<readonly StoredRules[]> {
  const { file, end } = await readableFile(knownDatabaseOf(dataDir, env), 'rules');
  try {
    return readStoredRuleSets(file);
  } finally {
    end();
  }
}

/** @throws Error that says what there is */
function chosen(all: readonly StoredRules[], hash: string | undefined): StoredRules {
  const found = all.filter((each) => (hash === undefined ? each.state === 'active' : each.hash.startsWith(hash)));
  if (found.length === 1) return found[0]!;
  throw new Error(`${found.length === 0 ? 'no' : 'more than one'} rule set of that hash: \`vigil rules list\` names them`);
}
