import { readdirSync, readFileSync } from 'node:fs';
import { DEVICE_FAULTS, GATEWAY_FAULTS, ON_CALL_TROUBLES } from '@vigil/contracts';
import { BUILT_IN } from '../../packages/domain/src/rules/built-in.js';
import { makePlan } from '../../packages/domain/src/rules/plan.js';
import { defaultRuleSet } from '../../src/composition/default-rule-set.js';
import { anchorsOf, readHere } from '../support/anchors.js';

const runbook = readHere('docs/runbook.md');
const titles = new Set([...runbook.matchAll(/^### (.+)$/gm)].map((match) => match[1]));
const entryOf = (title: string): string => runbook.split(`\n### ${title}\n`)[1]?.split(/\n##+ /)[0] ?? '';

/** Rules of one kind share their entry: `spo2.noData` is explained by `noData`. */
const family = (code: string): string => (/\.(noData|leadsOff)$/.test(code) ? code.slice(code.lastIndexOf('.') + 1) : code);

/** Whatever the engine, a gateway or on-call can raise as a technical alarm by itself. */
function technicalCodes(): string[] {
  const set = defaultRuleSet();
  const plan = makePlan(set, 'all', set.rules);
  const ofRules = [...plan.silences.map(({ code }) => code)];
  const others = [...BUILT_IN, ...DEVICE_FAULTS, ...GATEWAY_FAULTS, ...ON_CALL_TROUBLES.map((code) => `onCall.${code}`)];
  return [...new Set([...ofRules.map(family), ...others, 'noData'])];
}

test('the runbook has an entry for every technical alarm', () => {
  const codes = technicalCodes();
  expect(codes.length).toBeGreaterThan(30);
  expect(codes.filter((code) => !titles.has(code))).toEqual([]);
});

test('each says what it means for patients, how to see that it is so, what to do and when it is over', () => {
  const parts = [/\*Patients\*/, /\*Sure\?\*/, /\*Do\*/, /\*Over\*/];
  const short = technicalCodes().filter((code) => code !== 'configRefused' && !parts.every((part) => part.test(entryOf(code))));
  expect(short).toEqual([]);
  expect(entryOf('configRefused')).toMatch(/\*Patients\*[^]*\*Over\*/);
});

/** Where the engine raises them; what each raises is in `technicalCodes`, or is the test alarm. */
const RAISED_IN = [
  ...[
    'bedside-alarms.ts',
    'bedside-pauses.ts',
    'canary.ts',
    'care-unit-alarms.ts',
    'corrected.ts',
    'device-spans.ts',
    'faults.ts',
  ],
  ...['gateway.ts', 'local-alarms.ts', 'not-accepted.ts', 'placed.ts', 'readings.ts', 'silence.ts', 'standby.ts'],
];

test('the engine raises technical alarms nowhere else: a new one needs an entry, too', () => {
  const folder = new URL('../../packages/domain/src/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test)\.ts$/.test(file));
  const raising = files.filter((file) =>
    /^ +(\.\.\.\{ .*)?kind: 'technical',/m.test(readFileSync(new URL(file, folder), 'utf8')),
  );
  expect(raising.sort()).toEqual([...RAISED_IN].sort());
  expect(titles).toContain('canary');
});

test('what the screen System and the health check name as a place in the runbook is there', () => {
  const screen = readHere('packages/dashboard/src/model/system-words.ts');
  const literal = [...screen.matchAll(/add\(.*, '([\w-]+)'\);/g)].map((match) => match[1]!);
  const problems = /type PagingProblem =([^;]+);/.exec(readHere('src/status/paging-problem.ts'))![1]!;
  const paging = [...problems.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]!);
  const files = ['ehr-out/ehr-out.service', 'audit/audit-keeper.module', 'rules/rule-activation.service', 'health/paging-health'];
  const workers = [
    'status/policy-watch',
    'feed/feed.service',
    'keys/keys.module',
    'stream/stream.service',
    'stream/history-watch',
    'composition/site-process',
  ];
  const sources = [...files, ...workers, 'stream/group-watch', 'stream/load-watch'].map((file) => readHere(`src/${file}.ts`));
  const parts = sources.flatMap((text) => [...text.matchAll(/\.expect\('([a-z-]+)'/g)].map((match) => match[1]!));
  expect(literal).toEqual(expect.arrayContaining(['canaryLate', 'unitUnwatched', 'stationSilent', 'undelivered', 'watchdog']));
  expect(parts.length).toBeGreaterThan(14);
  const isThere = (name: string): boolean => titles.has(name) || titles.has(`onCall.${name}`) || runbook.includes(`\`${name}\``);
  expect([...literal, ...paging, ...parts, ...ON_CALL_TROUBLES].filter((name) => !isThere(name))).toEqual([]);
});

test('every link within the documents about running Vigil leads somewhere', () => {
  const anchors = anchorsOf(runbook);
  const inside = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1]!);
  expect(inside.length).toBeGreaterThan(60);
  expect(inside.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});
