import { RuleSet } from '@vigil/contracts';
import { type RuleSetProblem, ruleSetProblems } from '@vigil/domain';
import { isAlias, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { DURATION_FORM, durationText, INSTANT_FORM } from './durations.js';
import { RuleFileReader } from './rule-file-reader.js';
import { KIND_NAMES, type Word, WINDOW_NAMES, wordFor } from './rule-words.js';

/** A rule file is written by people; one that is larger is something else. */
export const RULE_FILE_BYTES_MAX = 1_000_000;
const PROBLEMS_MAX = 50;

/** Where in the file (both from 1), what is wrong, and what to do. */
export interface RuleFileProblem {
  readonly line: number;
  readonly column: number;
  /** E.g. `rules.3.limit`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type RuleFile =
  | { readonly ruleSet: RuleSet; readonly problems: readonly [] }
  | { readonly ruleSet: null; readonly problems: readonly RuleFileProblem[] };

/**
 * Reads a rule file: YAML in the words of `RuleSet`, in which durations may be written `15 s` (without `Ms` in the key), effective
 * dates as instants, and rules that belong to one group of patients in a block: `for: {ageGroups: [neonate]}` with its `rules`.
 *
 * Total: whatever the text is, the answer is a rule set that the engine takes, or what is wrong with it and where. Anchors and
 * aliases, duplicate keys, tags and unknown keys are refused.
 *
 * @param check what keeps rules from fitting together, once each of them is in its form
 */
export function readRuleFile(text: string, check: (ruleSet: RuleSet) => readonly RuleSetProblem[] = ruleSetProblems): RuleFile {
  if (Buffer.byteLength(text) > RULE_FILE_BYTES_MAX) {
    return refused([{ line: 1, column: 1, path: '', message: 'larger than 1 MB: a rule file is written by people' }]);
  }
  try {
    return read(text, check);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused([{ line: 1, column: 1, path: '', message: 'nested too deeply: write it flat' }]);
  }
}

function read(text: string, check: (ruleSet: RuleSet) => readonly RuleSetProblem[]): RuleFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const at = (offset: number): { readonly line: number; readonly column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ ...at(pos[0]), path: '', message }));
  if (syntax.length > 0) return refused(syntax);
  const aliases: RuleFileProblem[] = [];
  visit(document, {
    Node: (_key, node) => {
      const isNamed = isAlias(node) || ('anchor' in node && node.anchor !== undefined);
      if (!isNamed && node.tag === undefined) return;
      const message = isNamed ? 'anchors and aliases are not taken: write it out' : 'tags are not taken: write the plain value';
      aliases.push({ ...at(node.range?.[0] ?? 0), path: '', message });
    },
  });
  if (aliases.length > 0) return refused(aliases);
  const reader = new RuleFileReader();
  const value = reader.read(document.contents);
  const place = (path: readonly PropertyKey[], message: string): RuleFileProblem => ({
    ...at(reader.offsetOf(path)),
    path: reader.asWritten(path),
    message: inWordsOfFile(message),
  });
  const words = reader.problems.map(({ offset, path, message }) => ({ ...at(offset), path, message }));
  const parsed = RuleSet.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    const told = new Set(words.map(({ path }) => path));
    const more = parsed.error.issues.flatMap((issue) => issuesOf(issue)).map(({ path, message }) => place(path, message));
    return refused([...words, ...more.filter(({ path }) => !told.has(path))]);
  }
  if (parsed.data.v === 1 && !isOfVersion1(parsed.data)) {
    return refused([...words, place(['v'], 'has to be 2: these rules say what version 1 did not know')]);
  }
  const fits = check(parsed.data).map(({ path, problem }) => place(path, problem));
  return words.length + fits.length > 0 ? refused([...words, ...fits]) : { ruleSet: parsed.data, problems: [] };
}

const KINDS_OF_1: ReadonlySet<string> = new Set(['limit', 'windowMean', 'noData']);
const KEYS_OF_2 = ['name', 'ageGroups', 'careUnitIds', 'fromMs', 'toMs', 'raises', 'levels', 'neverShelve'];

/** A gateway of before version 2 would drop what it does not know, and judge by what is left under the same name. */
function isOfVersion1({ rules, suppressions, alarmCare }: RuleSet): boolean {
  if (suppressions !== undefined || alarmCare !== undefined) return false;
  return rules.every((rule) => KINDS_OF_1.has(rule.kind) && !KEYS_OF_2.some((key) => key in rule));
}

function refused(problems: readonly RuleFileProblem[]): RuleFile {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return { ruleSet: null, problems: sorted.slice(0, PROBLEMS_MAX) };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What zod found, in words that say what to write. */
function issuesOf(issue: z.core.$ZodIssue): readonly Issue[] {
  const { path } = issue;
  const { as } = wordFor(String(path.at(-1)));
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return [{ path, message: `is missing: write ${formOf(as) ?? article(issue.expected)}` }];
      return [{ path, message: `has to be ${article(issue.expected)}` }];
    case 'invalid_value':
      return [{ path, message: `has to be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}` }];
    case 'invalid_union':
      if (issue.discriminator === 'kind') return [{ path, message: `has to be one of ${KIND_NAMES.join(', ')}` }];
      if (issue.discriminator === 'type') return [{ path, message: `has to be one of ${WINDOW_NAMES.join(', ')}` }];
      return [{ path, message: 'is in none of the forms that this takes: see docs/rules.md' }];
    case 'too_small':
      return [{ path, message: `has to be at least ${bound(issue.minimum, as)}${issue.origin === 'number' ? '' : ' long'}` }];
    case 'too_big':
      return [{ path, message: `has to be at most ${bound(issue.maximum, as)}${issue.origin === 'number' ? '' : ' long'}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

const formOf = (as: Word['as']): string | null => (as === 'duration' ? DURATION_FORM : as === 'instant' ? INSTANT_FORM : null);

const bound = (most: number | bigint, as: Word['as']): string => (as === 'duration' ? durationText(Number(most)) : String(most));

/** The checks speak of `afterMs: 20000`; who writes a file knows `after: 20 s`. */
function inWordsOfFile(message: string): string {
  return message
    .replaceAll(/\b[a-zA-Z]+Ms\b/g, (key) => wordFor(key).key)
    .replaceAll(/\b(\d{1,15}) ms\b/g, (_, ms: string) => durationText(Number(ms)));
}

const article = (word: string): string =>
  word === 'int' ? 'a whole number' : /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
