import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkReport, loadRuleFile, RuleFileError } from './rule-files.js';

const GOOD = `name: ward
lateness: 5 s
rules:
  - {id: hr, kind: limit, metric: heartRate, side: high, limit: 120, hysteresis: 2, onDelay: 0 s, offDelay: 0 s, priority: low, source: x}
`;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'vigil-rules-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

test('the files of a folder are checked one by one, each problem with its place', () => {
  const good = write('a.yaml', GOOD);
  const bad = write('b.yml', GOOD.replace('120', 'high').replace('lateness', 'latenes'));
  write('notes.txt', 'no rules');
  const { lines, isWell } = checkReport([folder]);
  expect(isWell).toBe(false);
  expect(lines[0]).toMatch(`ok ${good}: ward, 1 rules, `);
  expect(lines.slice(1)).toEqual([
    `${bad}:1:1: lateness: is missing: write a duration such as \`15 s\`, \`5 min\` or \`2 h\``,
    `${bad}:2:1: latenes: unknown key: did you mean \`lateness\`?`,
    expect.stringMatching(`^${bad}:4:\\d+: rules\\.0\\.limit: has to be a number$`),
  ]);
});

test('a file that is loaded is what the check says it is', () => {
  expect(loadRuleFile(write('a.yaml', GOOD)).rules[0]!.id).toBe('hr');
  expect(() => loadRuleFile(write('b.yaml', 'rules: 1'))).toThrow(RuleFileError);
});

test('what can not be read says why', () => {
  expect(() => checkReport([join(folder, 'gone.yaml')])).toThrow(/gone\.yaml:1:1: can't be read \(ENOENT\)/);
  mkdirSync(join(folder, 'empty'));
  expect(() => checkReport([join(folder, 'empty')])).toThrow('no rule files here');
  expect(checkReport([write('big.yaml', `a: ${'x'.repeat(1_000_001)}`)]).lines[0]).toMatch(/big\.yaml:1:1: larger than 1 MB/);
});
