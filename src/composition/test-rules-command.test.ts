import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testRules } from './test-rules-command.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-rule-tests-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every rule test that ships with the rules raises exactly what it says', () => {
  const lines: string[] = [];
  const { failed, refused, passed } = testRules({ folder: resolve('rules'), out: (line) => lines.push(line) });
  expect(lines.filter((line) => !line.startsWith('ok'))).toEqual([expect.stringMatching(/ 0 different, 0 not readable$/)]);
  expect([failed, refused]).toEqual([0, 0]);
  expect(passed).toBeGreaterThan(5);
});

test('a case that fails and one that cannot be read are told, and the others run all the same', () => {
  cpSync('rules', folder, { recursive: true });
  writeFileSync(join(folder, 'tests', 'desaturation', 'alarms.csv'), 'condition,priority,from,to\n');
  writeFileSync(join(folder, 'tests', 'tachycardia', 'readings.csv'), 'time,hartRate\n0,1\n');
  rmSync(join(folder, 'tests', 'probe-off', 'alarms.csv'));
  writeFileSync(join(folder, 'tests', 'neonate', 'case.yaml'), 'about: x\nrules: ../nowhere.yaml\n');
  writeFileSync(join(folder, 'tests', 'opioid', 'case.yaml'), 'about: x\nrules: broken.yaml\n');
  writeFileSync(join(folder, 'tests', 'opioid', 'broken.yaml'), 'name: x\nlateness: 5 s\nrules:\n  - { id: a, kind: limt }\n');
  const lines: string[] = [];
  const { failed, refused } = testRules({ folder, out: (line) => lines.push(line) });
  expect([failed, refused]).toEqual([1, 4]);
  expect(lines.find((line) => line.startsWith('MEND  tests/neonate'))).toMatch(/nowhere\.yaml: there is no such rule file/);
  expect(lines.find((line) => line.startsWith('MEND  tests/opioid'))).toMatch(/broken\.yaml:4: rules\.0\.kind: has to be one of/);
  expect(lines).toContain('FAIL  tests/desaturation');
  expect(lines.find((line) => line.includes('hartRate'))).toMatch(/^MEND {2}tests\/tachycardia: .*readings\.csv:1: /);
  expect(lines.find((line) => line.startsWith('MEND  tests/probe-off'))).toMatch(/alarms\.csv: is missing/);
});

test('a folder without a case, or none at all, is no success', () => {
  expect(() => testRules({ folder: 'docs', out: () => undefined })).toThrow(/no case below docs/);
  expect(() => testRules({ folder: 'nowhere', out: () => undefined })).toThrow(/no folder nowhere/);
});
