import { AgeGroup, type CareUnitId, MetricName, type RuleSet } from '@vigil/contracts';
import { LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { CASE_MS_MAX, type CaseEvent, type RuleCase } from './case.js';
import { readExpected } from './expected-file.js';
import { readReadings } from './readings-file.js';
import { CaseRefused } from './refused.js';
import { readDuration, readTime } from './times.js';

/** The three files of a case. */
export const CASE_FILES = { settings: 'case.yaml', readings: 'readings.csv', alarms: 'alarms.csv' } as const;

/** How the files of a case are reached; the caller has the disk. Paths are those that a person sees in messages. */
export interface CaseSource {
  readonly name: string;
  /** @throws CaseRefused where there is no such file */
  read(file: string): { readonly path: string; readonly text: string };
  /** @throws CaseRefused with the place of each problem */
  ruleSet(file: string): RuleSet;
}

const duration = z.string().transform((text, ctx) => {
  const ms = readDuration(text);
  if (ms === null) ctx.addIssue({ code: 'custom', message: 'write a duration such as 2 s, 5 min or 1 h' });
  return ms ?? 0;
});
const Settings = z.strictObject({
  about: z.string().min(1).max(400),
  rules: z.string().min(1).max(200),
  ageGroup: AgeGroup.default('adult'),
  careUnit: z.string().min(1).max(64).optional(),
  fill: z.enum(['none', 'hold', 'line']).default('none'),
  until: z.union([z.string(), z.number()]).optional(),
  tolerance: duration.optional(),
  every: z.partialRecord(MetricName, duration).default({}),
});

/** What an alarm may be early or late where nothing else is said: a reading a second, and one more. */
const TOLERANCE_MS = 2_000;
/** Without `until` the case goes on for so long after its last row, so that a silence is seen. */
const AFTER_LAST_ROW_MS = 30_000;

/**
 * Reads a case from its folder.
 *
 * @throws CaseRefused with file and line
 */
export function readCase(source: CaseSource): RuleCase {
  const { path, text } = source.read(CASE_FILES.settings);
  const { until, tolerance, careUnit, rules, every, ...settings } = readSettings(path, text);
  const readings = source.read(CASE_FILES.readings);
  const activate = (file: string): CaseEvent => ({ event: 'activate', ruleSet: source.ruleSet(file) });
  const rows = readReadings(readings.path, readings.text, activate);
  if (rows.length === 0) throw new CaseRefused(readings.path, 'has no rows; a case needs at least one');
  const behind = rows.find((row) => row.atMs > (until ?? Infinity));
  if (behind !== undefined) {
    throw new CaseRefused(readings.path, 'comes after `until` of case.yaml: move one of them', behind.line);
  }
  const alarms = source.read(CASE_FILES.alarms);
  return {
    ...settings,
    name: source.name,
    ruleSet: source.ruleSet(rules),
    careUnitId: (careUnit as CareUnitId | undefined) ?? null,
    intervalsMs: every,
    untilMs: until ?? rows.at(-1)!.atMs + AFTER_LAST_ROW_MS,
    rows,
    expected: readExpected(alarms.path, alarms.text, tolerance ?? TOLERANCE_MS),
  };
}

type CaseSettings = Omit<z.output<typeof Settings>, 'until'> & { readonly until: number | undefined };

function readSettings(path: string, text: string): CaseSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) throw new CaseRefused(path, broken.message.split('\n')[0]!, lines.linePos(broken.pos[0]).line);
  visit(document, {
    Alias(_, { range }) {
      throw new CaseRefused(
        path,
        'write it out: aliases (*name) are not read here',
        range ? lines.linePos(range[0]).line : undefined,
      );
    },
  });
  const lineOf = (at: readonly PropertyKey[]): number | undefined => {
    const node = document.getIn(at, true) as { readonly range?: readonly number[] } | undefined;
    return node?.range === undefined ? undefined : lines.linePos(node.range[0]!).line;
  };
  const parsed = Settings.safeParse(document.toJS());
  if (!parsed.success) {
    const { path: at, message, ...issue } = parsed.error.issues[0]!;
    const key = issue.code === 'unrecognized_keys' ? [...at, issue.keys[0]!] : at;
    throw new CaseRefused(path, `${at.join('.') || 'the file'}: ${message}`, lineOf(key) ?? lineOf(at));
  }
  const { until } = parsed.data;
  const untilMs = until === undefined ? undefined : readTime(String(until));
  if (untilMs === null || (untilMs ?? 0) > CASE_MS_MAX) {
    throw new CaseRefused(path, 'until: write seconds, m:ss or h:mm:ss, at most 48 h', lineOf(['until']));
  }
  return { ...parsed.data, until: untilMs };
}
