import { METRIC_NAMES, RuleSet } from '@vigil/contracts';
import fc from 'fast-check';
import { defaultRuleSet } from '../composition/default-rule-set.js';
import { readRuleFile } from './rule-file.js';
import { writeRuleFile } from './write-rule-file.js';

const HEAD = 'name: ward\nlateness: 5 s\nrules:\n';
const LIMIT = `  - id: hr-high
    kind: limit
    metric: heartRate
    side: high
    limit: 120
    hysteresis: 2
    onDelay: 15 s
    offDelay: 5 s
    priority: medium
    source: test
`;
const problemsOf = (text: string): string[] =>
  readRuleFile(text).problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);

describe('a rule file', () => {
  test('says times as people do', () => {
    const { ruleSet } = readRuleFile(HEAD + LIMIT + '    from: 2027-01-31T07:00:00+01:00\n');
    expect(ruleSet).toMatchObject({ v: 2, latenessMs: 5_000 });
    expect(ruleSet!.rules[0]).toMatchObject({ onDelayMs: 15_000, offDelayMs: 5_000, fromMs: Date.UTC(2027, 0, 31, 6) });
  });

  test('may say them in the words of the contract', () => {
    const text = HEAD.replace('lateness: 5 s', 'latenessMs: 5000') + LIMIT.replace('onDelay: 15 s', 'onDelayMs: 15000');
    expect(readRuleFile(text).ruleSet).toEqual(readRuleFile(HEAD + LIMIT).ruleSet);
  });

  test('says for whom the rules of a block are', () => {
    const block = LIMIT.replaceAll(/^/gm, '    ').trimEnd();
    const text = `${HEAD}  - for: {ageGroups: [neonate], careUnitIds: [nicu]}\n    rules:\n${block}\n${LIMIT.replace('hr-high', 'hr-2')}`;
    const rules = readRuleFile(text).ruleSet!.rules;
    expect(rules.map(({ id, ageGroups, careUnitIds }) => [id, ageGroups, careUnitIds])).toEqual([
      ['hr-high', ['neonate'], ['nicu']],
      ['hr-2', undefined, undefined],
    ]);
  });

  test.each([
    ['an unknown key', HEAD + LIMIT + '    hysterisis: 3\n', '14:5 rules.0.hysterisis: unknown key: did you mean `hysteresis`?'],
    [
      'a key like no other, answered in the words of a file',
      HEAD + LIMIT + '    colour: 3\n',
      /^14:5 rules\.0\.colour: unknown key: known here: .*\bonDelay, offDelay\b/,
    ],
    ['an unknown metric', HEAD + LIMIT.replace('heartRate', 'hartRate'), /^6:13 rules\.0\.metric: has to be one of heartRate, /],
    [
      'an unknown kind',
      HEAD + LIMIT.replace('kind: limit', 'kind: limits'),
      /^5:11 rules\.0\.kind: has to be one of limit, windowMean/,
    ],
    ['what is missing', HEAD + LIMIT.replace('    limit: 120\n', ''), '4:5 rules.0.limit: is missing: write a number'],
    [
      'a missing duration',
      HEAD + LIMIT.replace('    onDelay: 15 s\n', ''),
      /^4:5 rules\.0\.onDelay: is missing: write a duration such as/,
    ],
    ['a duration that is too long', HEAD + LIMIT.replace('15 s', '25 h'), '10:14 rules.0.onDelay: has to be at most 24 h'],
    [
      'a long one in milliseconds',
      HEAD + LIMIT.replace('onDelay: 15 s', 'onDelayMs: 9e9'),
      /^10:16 rules\.0\.onDelayMs: has to be at most 24 h/,
    ],
    [
      'a set without its lateness',
      HEAD.replace('lateness: 5 s\n', '') + LIMIT,
      /^1:1 lateness: is missing: write a duration such as/,
    ],
    [
      'a level that comes too early',
      `${HEAD + LIMIT}    levels: [{ priority: high, after: 10 s }]\n`,
      /^14:39 rules\.0\.levels\.0\.after: has to be later than 15 s, when/,
    ],
    ['a text for a number', HEAD + LIMIT.replace('limit: 120', 'limit: high'), '8:12 rules.0.limit: has to be a number'],
    ['no duration', HEAD + LIMIT.replace('15 s', '15 sec'), /^10:14 rules\.0\.onDelay: has to be a duration such as/],
    ['a duration without a unit', HEAD + LIMIT.replace('15 s', '15'), /^10:14 rules\.0\.onDelay: has to be a duration/],
    [
      'a date without a zone',
      `${HEAD + LIMIT}    from: 2027-01-31\n`,
      /^14:11 rules\.0\.from: has to be an instant with its zone/,
    ],
    ['a thing said twice', `${HEAD + LIMIT}    onDelayMs: 3\n`, /^14:5 rules\.0\.onDelayMs: says onDelayMs a second time/],
    ['a duplicate key', `${HEAD + LIMIT}    limit: 3\n`, /^14:5 : Map keys must be unique/],
    ['two rules of one id', HEAD + LIMIT + LIMIT, /^14:9 rules\.1\.id: rule 1 has the id hr-high too/],
    ['an anchor', HEAD + LIMIT.replace('limit: 120', 'limit: &x 120'), /^8:\d+ : anchors and aliases/],
    [
      'what version 1 did not know',
      `v: 1\n${HEAD}${LIMIT}    ageGroups: [adult]\n`,
      '1:4 v: has to be 2: these rules say what version 1 did not know',
    ],
    ['a tag', HEAD + LIMIT.replace('limit: 120', 'limit: !!int "120"'), /^8:\d+ : tags are not taken/],
    ['bad syntax', `${HEAD}  - {id: x`, /^\d+:\d+ : /],
    ['nothing', '', /^1:1 : has to be an object/],
    ['a list', '- 1', /^1:1 : has to be an object/],
    ['a block for nobody', `${HEAD}  - rules: []\n`, /^4:5 rules\.0: a block of rules says for whom/],
    [
      'a rule that repeats its block',
      `${HEAD}  - for: {ageGroups: [neonate]}\n    rules:\n${LIMIT.replaceAll(/^/gm, '    ').trimEnd()}\n        ageGroups: [adult]\n`,
      /rules\.0\.ageGroups: the block of this rule says ageGroups already/,
    ],
    [
      'an unknown key of a window',
      `${HEAD}  - {id: w, kind: window, metric: heartRate, window: {type: tumbling, size: 1 min, hop: 10 s}, aggregate: mean, side: high, limit: 1, coveragePct: 50, priority: low, source: x}\n`,
      /^4:\d+ rules\.0\.window\.hop: unknown key/,
    ],
    ['a key that is no word', `${HEAD + LIMIT}    __proto__: {x: 1}\n`, /^14:5 rules\.0\.__proto__: unknown key/],
  ])('with %s is refused where it is wrong', (_name, text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  test('says which windows there are', () => {
    const text = `${HEAD}  - { id: w, kind: window, window: { size: 1 min } }\n`;
    expect(problemsOf(text)).toContain('4:36 rules.0.window.type: has to be one of tumbling, hopping, sliding, session');
  });

  test('with many faults says each of them, in the order of the file', () => {
    const text = HEAD + LIMIT.replace('limit: 120', 'limit: x').replace('priority: medium', 'priority: urgent');
    expect(problemsOf(text).map((problem) => problem.split(':')[0])).toEqual(['8', '12']);
  });

  test('that is a bomb is refused quickly', () => {
    expect(problemsOf(`name: ${'x'.repeat(1_000_001)}`)).toEqual(['1:1 : larger than 1 MB: a rule file is written by people']);
    const lol = Array.from(
      { length: 20 },
      (_, i) =>
        `a${i}: &a${i} [${Array(10)
          .fill(i === 0 ? 'x' : `*a${i - 1}`)
          .join()}]`,
    );
    expect(problemsOf(lol.join('\n'))[0]).toContain('anchors and aliases are not taken');
    expect(problemsOf(`rules: ${'['.repeat(20_000)}`)).not.toEqual([]);
    expect(problemsOf(`rules: ${'['.repeat(2_000)}${']'.repeat(2_000)}`)).not.toEqual([]);
  });

  test('whatever its text is, is read or refused, never thrown at', () => {
    const pieces = fc.constantFrom(
      ...(HEAD + LIMIT).split(/(?<=[\s:])/),
      '[',
      '{',
      '}',
      '&a ',
      '*a',
      '!!map ',
      '- ',
      '\n',
      '? ',
      '"',
      '|\n',
      '<<: ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => void readRuleFile(parts.join(''))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => expect(readRuleFile(text).ruleSet).toBeNull()),
      { numRuns: 200 },
    );
  });
});

describe('an exported rule set', () => {
  test('of a new site reads back to the same', () => {
    expect(readRuleFile(writeRuleFile(defaultRuleSet())).ruleSet).toEqual(defaultRuleSet());
  });

  const durationMs = fc.oneof(
    fc.constantFrom(0, 1_000, 60_000, 3_600_000, 86_400_000),
    fc.integer({ min: 1_000, max: 86_400_000 }),
  );
  const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme-ascii' });
  const common = {
    priority: fc.constantFrom('low', 'medium', 'high'),
    source: text,
    name: text,
    ageGroups: fc.subarray(['adult', 'paediatric', 'neonate'], { minLength: 1 }),
    careUnitIds: fc.constantFrom(['icu'], ['no', 'yes'], ['1e3']),
    fromMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(9e15)),
    toMs: fc.integer({ min: 0, max: 4e12 }),
    raises: fc.boolean(),
  };
  const optional = {
    requiredKeys: ['priority', 'source', 'kind', 'metric', 'side', 'limit', 'hysteresis', 'onDelayMs', 'offDelayMs'],
  } as never;
  const limit = fc.record(
    {
      ...common,
      kind: fc.constant('limit'),
      metric: fc.constantFrom(...METRIC_NAMES),
      side: fc.constantFrom('low', 'high'),
      limit: fc.double({ noNaN: true, noDefaultInfinity: true }),
      hysteresis: fc.double({ min: 0, max: 1e6, noNaN: true }),
      onDelayMs: durationMs,
      offDelayMs: durationMs,
      levels: fc.constant([{ priority: 'high', limit: 3, afterMs: 90_000 }]),
    },
    optional,
  );
  const others = fc
    .constantFrom(
      {
        kind: 'window',
        metric: 'spo2',
        window: { type: 'session', sizeMs: 60_000, gapMs: 1_500 },
        aggregate: 'mean',
        side: 'low',
        limit: 90,
        coveragePct: 50,
      },
      {
        kind: 'rateOfChange',
        metric: 'spo2',
        direction: 'fall',
        change: 3,
        unit: 'absolute',
        overMs: 60_000,
        levels: [{ priority: 'low' }],
      },
      { kind: 'noData', metric: 'any', intervals: 3, transportMs: 10_000 },
      {
        kind: 'baseline',
        metric: 'heartRate',
        side: 'both',
        z: 3,
        recentMs: 60_000,
        baselineMs: 600_000,
        coveragePct: 50,
        deviationMin: 1,
      },
      { kind: 'eventCount', of: 'r0', withinMs: 600_000, atLeast: 3, onDelayMs: 5 },
      { kind: 'composite', when: { all: [{ rule: 'r0' }, { not: { any: [{ rule: 'r0' }] } }] } },
      { kind: 'score', score: 'news2', basis: 'estimate', atLeast: 5, singleParameter: true },
    )
    .chain((rule) => fc.record(common, { requiredKeys: ['priority', 'source'] }).map((more) => ({ ...more, ...rule })));
  const suppression = fc.constantFrom(
    { id: 's1', while: { condition: 'heartRate.leadsOff' }, hides: ['r0'], releaseMs: 5_000, source: 'x' },
    { id: 's2', while: { rule: 'r0' }, hides: ['r1'], releaseMs: 0, source: 'null' },
  );
  const ruleSet = fc
    .record(
      {
        v: fc.constantFrom(1, 2),
        name: text.filter((each) => each.length <= 64),
        latenessMs: durationMs,
        rules: fc
          .array(fc.oneof(limit, others), { maxLength: 12 })
          .map((rules) => rules.map((rule, i) => ({ ...rule, id: `r${i}` }))),
        suppressions: fc.array(suppression, { maxLength: 2 }),
      },
      { requiredKeys: ['v', 'name', 'latenessMs', 'rules'] },
    )
    .map((draft) => RuleSet.parse(draft))
    .map((set): RuleSet => ({ ...set, v: 2 }));

  test('reads back to the same, whatever is in it', () => {
    const same = fc.property(ruleSet, (set) => {
      const file = writeRuleFile(set);
      const { ruleSet: again, problems } = readRuleFile(file, () => []);
      expect(problems).toEqual([]);
      expect(again).toEqual(set);
    });
    fc.assert(same, { numRuns: 200 });
  });
});
