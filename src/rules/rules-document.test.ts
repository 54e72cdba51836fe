import { readFileSync } from 'node:fs';
import { readRuleFile } from './rule-file.js';
import { KIND_NAMES } from './rule-words.js';

/** docs/rules.md is followed word by word by somebody who writes a first rule. */
const document = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
const pieces = [...document.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text!);

describe('the examples of docs/rules.md', () => {
  test('are a rule file, the first alone and all of them in their order', () => {
    expect(readRuleFile(pieces[0]!).problems).toEqual([]);
    expect(readRuleFile(pieces.join('')).problems).toEqual([]);
  });

  test('have one rule of each kind', () => {
    const { ruleSet } = readRuleFile(pieces.join(''));
    expect(ruleSet!.rules.map(({ kind }) => kind).sort()).toEqual([...KIND_NAMES].sort());
  });
});
