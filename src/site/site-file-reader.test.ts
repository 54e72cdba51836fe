import { readSiteFile } from './site-file-reader.js';

const problems = (text: string): string[] =>
  readSiteFile(text).problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);

test('the words of a site.yaml are taken, and what is for its first start is told', () => {
  const text = 'v: 1\ncareUnits: [{careUnitId: icu, label: ICU}]\npatients: []\nstaff: [{staffId: amy}]\nruleSet: {v: 1}\n';
  const read = readSiteFile(text);
  expect(read.problems).toEqual([]);
  expect(read.file).toEqual({ v: 1, careUnits: [{ careUnitId: 'icu', label: 'ICU' }] });
  expect('leftOut' in read && read.leftOut).toEqual(['staff', 'ruleSet']);
});

test('a file with patients or stays is refused with the line, and says nothing of them', () => {
  const found = problems('v: 1\npatients:\n  - {patientId: p, familyName: CANARY}\nencounters: [{encounterId: e}]\n');
  expect(found).toHaveLength(2);
  expect(found[0]).toMatch(/^3:3 patients patients and stays are not taken/);
  expect(found.join()).not.toContain('CANARY');
});

test.each([
  ['a key twice', 'v: 1\nv: 1\n', /^2:1  a key is there twice/],
  ['an anchor', 'v: 1\nbeds: &a []\n', /^2:\d+  anchors, aliases and tags/],
  ['a bomb of aliases', 'a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\nv: 1\n', /anchors, aliases and tags/],
  ['a tag', 'v: 1\nbeds: !!js/function x\n', /^2:\d+ /],
  ['an unknown key', 'v: 1\nbedz: []\n', /an unknown key/],
  ['an id that is none', 'v: 1\nbeds:\n  - {bedId: Bed One, careUnitId: icu, label: x}\n', /^3:13 beds\.0\.bedId lower-case/],
  [
    'a bed twice',
    'v: 1\nbeds:\n  - {bedId: a, careUnitId: icu, label: x}\n  - {bedId: a, careUnitId: icu, label: y}\n',
    /^4:5 beds\.1 is there twice/,
  ],
  ['no map', '- 1\n', /a map of lists is expected/],
  ['nothing', '', /a map of lists is expected/],
  ['no YAML', 'v: [1\n', /is no YAML/],
  ['another version', 'v: 2\n', /^1:4 v /],
  ['what is too large', `v: 1 #${'x'.repeat(1_000_000)}`, /^1:1  larger than 1 MB/],
  ['what is too deep', `v: ${'['.repeat(20_000)}`, /nested too deeply|is no YAML/],
])('%s is refused, with its place', (_title, text, expected) => {
  expect(problems(text)[0]).toMatch(expected);
});

test('more beds than a site may have are refused', () => {
  const beds = Array.from({ length: 5_001 }, (_, i) => `  - {bedId: b-${i}, careUnitId: icu, label: B}`);
  expect(problems(`v: 1\nbeds:\n${beds.join('\n')}\n`)[0]).toMatch(/^3:3 beds .*5000/);
});
