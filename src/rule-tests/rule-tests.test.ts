import { RuleSet } from '@vigil/contracts';
import { type CaseSource, readCase } from './case-folder.js';
import { compareAlarms, type ExpectedAlarm } from './compare.js';
import { printCase } from './print.js';
import { CaseRefused } from './refused.js';
import { runCase } from './run-case.js';
import { type AlarmStretch, stretchesOf } from './stretch.js';
import { printTime, readDuration, readTime } from './times.js';

const low = { kind: 'limit', id: 'spo2-low', metric: 'spo2', side: 'low', limit: 90, hysteresis: 1, priority: 'medium' };
const rules = RuleSet.parse({
  ...{ v: 1, name: 'test', latenessMs: 5_000 },
  rules: [
    { ...low, onDelayMs: 10_000, offDelayMs: 5_000, source: 'test' },
    { kind: 'noData', id: 'none', metric: 'any', intervals: 3, transportMs: 10_000, priority: 'high', source: 'test' },
  ],
});
const wider = RuleSet.parse({ ...rules, rules: [{ ...rules.rules[0]!, limit: 80 }] });

type Files = Partial<Record<'case.yaml' | 'readings.csv' | 'alarms.csv', string>>;
const WELL = 'condition,priority,from,to\nspo2.low,medium,0:40,1:05\n';
const HELD: Files = {
  'case.yaml': 'about: a dip\nrules: rules.yaml\nfill: hold\n',
  'readings.csv': 'time,spo2\n0,97\n0:30,85\n1:00,96\n',
  'alarms.csv': WELL,
};

function source(files: Files): CaseSource {
  return {
    name: 'dip',
    read: (file) => ({ path: `dip/${file}`, text: { ...HELD, ...files }[file as keyof Files]! }),
    ruleSet: (file) => (file === 'wider.yaml' ? wider : rules),
  };
}
const run = (files: Files = {}): ReturnType<typeof runCase> => runCase(readCase(source(files)));
const alarms = (files: Files): string[] =>
  run(files).alarms.map(
    (a) => `${a.conditionCode} ${a.priority} ${printTime(a.fromMs)}-${a.toMs === null ? '' : printTime(a.toMs)}`,
  );
const refusal = (files: Files): string => {
  try {
    readCase(source(files));
  } catch (error) {
    if (error instanceof CaseRefused) return error.message;
    throw error;
  }
  return 'taken';
};

describe('a case', () => {
  test('that raises what was expected has no difference, and its line says how much was looked at', () => {
    expect(printCase('dip', run())).toEqual(['ok    dip: 1 alarm of 91 messages']);
  });

  test('twice is the same twice', () => {
    expect(run()).toEqual(run());
  });

  test('that raises something else prints what, when and by which rule', () => {
    const expected = 'condition,priority,from,to\nspo2.low,medium,0:30,1:05\nheartRate.low,high,5,10\n';
    expect(printCase('dip', run({ 'alarms.csv': expected }))).toEqual([
      'FAIL  dip',
      '                 condition      priority  from  to    within',
      '      different  spo2.low       medium    0:30  1:05  ± 2 s   begins 10 s late',
      '      missing    heartRate.low  high      0:05  0:10  ± 2 s',
    ]);
    expect(printCase('dip', run({ 'alarms.csv': 'condition,priority,from,to\n' }))[2]).toBe(
      '      unexpected  spo2.low   medium    0:40  1:05          by spo2-low',
    );
  });

  test('that goes in a line between two rows has the values between them', () => {
    // 97 to 87 in 20 s: below 90 from 15 s on, an alarm 10 s later.
    const rows = 'time,spo2\n0,97\n20,87\n60,87\n';
    expect(alarms({ 'case.yaml': 'about: x\nrules: r\nfill: line\nuntil: 60\n', 'readings.csv': rows })).toEqual([
      'spo2.low medium 0:25-',
    ]);
  });

  test('with rows alone sends each row once, and ticks make the silence between them', () => {
    const rows = 'time,spo2\n0,97\n30,97\n';
    expect(alarms({ 'case.yaml': 'about: x\nrules: r\nuntil: 35\n', 'readings.csv': rows })).toEqual(['noData high 0:11-0:30']);
  });

  test('with a row after its end is refused, and one within the last second counts', () => {
    const rows = 'time,spo2\n0,97\n30,97\n';
    expect(refusal({ 'case.yaml': 'about: x\nrules: r\nuntil: 20\n', 'readings.csv': rows })).toMatch(
      /readings.csv:3: comes after `until`/,
    );
    const late = 'time,spo2\n0,97\n0:30,85\n1:10.5,96\n';
    expect(alarms({ 'case.yaml': 'about: x\nrules: r\nfill: hold\nuntil: 75.5\n', 'readings.csv': late })).toEqual([
      'spo2.low medium 0:40-1:15.5',
    ]);
  });

  test('in long form is the same case', () => {
    const rows = 'time,metric,value,quality\n0,spo2,97,\n0:30,spo2,85,\n0:30,heartRate,80,valid\n1:00,spo2,96,\n';
    expect(alarms({ 'readings.csv': rows })).toEqual(['spo2.low medium 0:40-1:05']);
  });

  test('as a spreadsheet writes it, with comments about any metric, is the same case', () => {
    const rows = '\uFEFF# the metric is spo2\r\n\r\ntime,spo2\r\n0,97\r\n0:30,"85"\r\n1:00, 96 \r\n';
    expect(alarms({ 'readings.csv': rows })).toEqual(['spo2.low medium 0:40-1:05']);
    expect(refusal({ 'readings.csv': '\n'.repeat(100_000) })).toMatch(/is missing|has no rows/);
  });

  test('says what happens to the bed: limits, another rule set, a device that is silent, a discharge', () => {
    const rows = (event: string): Files => ({ 'readings.csv': `time,spo2,event\n0,97,\n0:30,85,${event}\n2:00,85,\n` });
    expect(alarms(rows('limits metric=spo2 low=80 for=30s'))).toEqual(['spo2.low medium 1:10-']);
    expect(alarms(rows('activate rules=wider.yaml'))).toEqual([]);
    expect(alarms({ 'readings.csv': 'time,spo2,event\n0,97,\n0:30,,silent\n1:00,97,\n' })).toEqual(['noData high 0:40-1:00']);
    expect(alarms({ 'readings.csv': 'time,spo2,event\n0,85,\n0:30,stop,discharge\n2:00,97,\n' })).toEqual([
      'spo2.low medium 0:10-0:30',
    ]);
  });

  test('what the monitor is unsure of counts, an artefact does not, and a heart rate of 0 is no value', () => {
    const rows = (cell: string): Files => ({ 'readings.csv': `time,spo2,heartRate\n0,97,0\n0:30,${cell},0\n1:00,96,0\n` });
    expect(alarms(rows('85?'))).toEqual(['spo2.low medium 0:40-1:05']);
    expect(alarms(rows('85 artefact'))).toEqual([]);
  });

  test('may raise an alarm that is optional, and need not', () => {
    const optional = 'condition,priority,from,to,tolerance,optional\nspo2.low,medium,0:40,1:05,1 s,yes\nspo2.low,high,5,9,,yes\n';
    expect(run({ 'alarms.csv': optional }).differences).toEqual([]);
  });
});

test.each<[string, Files, string]>([
  [
    'a stray column',
    { 'readings.csv': 'time,spO2\n0,97\n' },
    'dip/readings.csv:1: no column "spO2" is known here; take it out or mend its name',
  ],
  ['an unknown metric', { 'readings.csv': 'time,metric,value\n0,sp,9\n' }, 'dip/readings.csv:2: no metric is called "sp"'],
  ['no column time', { 'readings.csv': 'spo2\n97\n' }, 'dip/readings.csv:1: the column "time" is missing'],
  ['a column twice', { 'readings.csv': 'time,spo2,spo2\n0,1,2\n' }, 'dip/readings.csv:1: two columns are called "spo2"'],
  ['a row too short', { 'readings.csv': 'time,spo2\n0,97\n5\n' }, 'dip/readings.csv:3: '],
  ['a value that is none', { 'readings.csv': 'time,spo2\n0,NaN\n' }, 'dip/readings.csv:2: "NaN" is no quality'],
  ['infinity', { 'readings.csv': 'time,spo2\n0,1e999\n' }, 'dip/readings.csv:2: spo2 "1e999": write a number'],
  [
    'an implausible value',
    { 'readings.csv': 'time,spo2\n0,197\n' },
    'dip/readings.csv:2: spo2 "197" would be refused at the bedside',
  ],
  ['a time that goes back', { 'readings.csv': 'time,spo2\n9,97\n\n# x\n8,97\n' }, 'dip/readings.csv:5: this time is before'],
  ['a time that is none', { 'readings.csv': 'time,spo2\n1:70,97\n' }, 'dip/readings.csv:2: "1:70" is no time'],
  ['an endless case', { 'readings.csv': 'time,spo2\n0,97\n90:00:00,97\n' }, 'dip/readings.csv:3: a case is at most 48 h long'],
  ['an unknown event', { 'readings.csv': 'time,event\n0,explode\n' }, 'dip/readings.csv:2: no event is called "explode"'],
  ['an event with a stray word', { 'readings.csv': 'time,event\n0,admit ward=x\n' }, 'dip/readings.csv:2: admit has no "ward"'],
  [
    'limits without an end',
    { 'readings.csv': 'time,event\n0,limits metric=spo2 low=8\n' },
    'dip/readings.csv:2: limits needs for=',
  ],
  ['nothing to run', { 'readings.csv': 'time,spo2\n' }, 'dip/readings.csv: has no rows'],
  ['an unknown setting', { 'case.yaml': 'about: x\nrules: r\nfil: hold\n' }, 'dip/case.yaml:3: the file: Unrecognized key'],
  ['a setting that is wrong', { 'case.yaml': 'about: x\nrules: r\n\nfill: up\n' }, 'dip/case.yaml:4: fill: '],
  ['broken YAML', { 'case.yaml': 'about: x\nrules: [\n' }, 'dip/case.yaml:3: '],
  ['aliases', { 'case.yaml': 'about: &a x\nrules: *a\n' }, 'dip/case.yaml:2: write it out'],
  ['a wrong priority', { 'alarms.csv': 'condition,priority,from,to\nx,urgent,1,2\n' }, 'dip/alarms.csv:2: priority is'],
  [
    'an end before the beginning',
    { 'alarms.csv': 'condition,priority,from,to\nx,low,2,1\n' },
    'dip/alarms.csv:2: an alarm ends after',
  ],
])('%s is refused with file and line', (_, files, message) => {
  expect(refusal(files).startsWith(message) ? message : refusal(files)).toBe(message);
});

test('an alarm answers one expectation, and a rise of its priority is a stretch of its own', () => {
  const stretch = (from: number, to: number | null, priority: 'medium' | 'high' = 'medium'): AlarmStretch => ({
    ...{ conditionCode: 'spo2.low', priority, ruleId: 'r', fromMs: from * 1_000, toMs: to === null ? null : to * 1_000 },
  });
  const want = (from: number, to: number | null): ExpectedAlarm => ({ ...stretch(from, to), toleranceMs: 1_000 });
  expect(compareAlarms([want(10, 20), want(10, 20)], [stretch(10, 20)])).toEqual([{ is: 'missing', expected: want(10, 20) }]);
  expect(compareAlarms([want(10, 20)], [stretch(11, 19)])).toEqual([]);
  expect(compareAlarms([want(10, 20)], [stretch(12, null, 'high')])).toMatchObject([
    { is: 'different', why: 'high instead of medium, begins 2 s late, still holds, and should be over' },
  ]);
  expect(compareAlarms([want(10, null)], [stretch(10, 20)])).toMatchObject([{ why: 'is over, and should still hold' }]);
  const at = { alarmId: 'a', conditionCode: 'spo2.low', ruleId: 'r' };
  const moves = [
    { ...at, priority: 'medium', active: true, atMs: 10_000 },
    { ...at, priority: 'high', active: true, atMs: 15_000 },
    { ...at, priority: 'high', active: true, atMs: 16_000 },
    { ...at, priority: 'high', active: false, atMs: 20_000 },
    { ...at, priority: 'high', active: false, atMs: 30_000 },
  ];
  expect(stretchesOf(moves as never)).toEqual([stretch(10, 15), stretch(15, 20, 'high')]);
  // It began and ended in one moment, and somebody was paged.
  const blink = [moves[0], { ...at, priority: 'medium', active: false, atMs: 10_000 }];
  expect(stretchesOf(blink as never)).toEqual([stretch(10, 10)]);
});

test('times are read as they are printed, and nothing else is a time', () => {
  for (const ms of [0, 500, 59_000, 60_000, 3_599_000, 3_600_000, 86_399_250]) expect(readTime(printTime(ms))).toBe(ms);
  expect(['', '-1', '1:60', '1:60:00', '1e3', '10 s', '::1'].map(readTime)).toEqual(Array(7).fill(null));
  expect(['15 s', '5min', '2 h', '500 ms', '1.5 s'].map(readDuration)).toEqual([15_000, 300_000, 7_200_000, 500, 1_500]);
  expect(['', '15', '-1 s', '1 day'].map(readDuration)).toEqual(Array(4).fill(null));
});
