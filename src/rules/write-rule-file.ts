import type { RuleSet } from '@vigil/contracts';
import { stringify } from 'yaml';
import { durationText } from './durations.js';
import { FOR_KEYS, wordFor } from './rule-words.js';

/** The end of the year 9999: later instants have no form in ISO 8601 that everybody reads. */
const LAST_MS = 253_402_300_799_999;

/** Keys that people look for first. */
const FIRST = ['id', 'name', 'kind', 'metric', 'priority'];

/** A rule set as a file that `readRuleFile` reads back to the very same. Rules one after the other for the same patients share a block. */
export function writeRuleFile({ v, name, latenessMs, rules, suppressions, alarmCare }: RuleSet): string {
  const blocks: { readonly group: string; readonly rules: RuleSet['rules'] }[] = [];
  for (const rule of rules) {
    const group = JSON.stringify(groupOf(rule));
    const last = blocks.at(-1);
    if (last !== undefined && last.group === group) last.rules.push(rule);
    else blocks.push({ group, rules: [rule] });
  }
  const items = blocks.flatMap(({ group, rules: inside }): unknown[] => {
    if (group === '{}' || inside.length === 1) return inside.map(worded);
    const bare = inside.map((rule) => Object.fromEntries(Object.entries(rule).filter(([key]) => !FOR_KEYS.has(key))));
    return [{ for: worded(JSON.parse(group) as object), rules: bare.map(worded) }];
  });
  const file = {
    v,
    name,
    lateness: durationText(latenessMs),
    rules: items,
    ...(suppressions === undefined ? {} : { suppressions: suppressions.map(worded) }),
    ...(alarmCare === undefined ? {} : { alarmCare }),
  };
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2' });
}

function groupOf(rule: object): object {
  return Object.fromEntries(
    Object.entries(rule)
      .filter(([key]) => FOR_KEYS.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function worded(value: object): Record<string, unknown> {
  const rank = (key: string): number => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b)).map(([key, each]) => wordedEntry(key, each)));
}

function wordedEntry(key: string, value: unknown): [string, unknown] {
  const word = wordFor(key);
  if (word.as === 'duration') return [word.key, durationText(value as number)];
  if (word.as === 'instant' && (value as number) <= LAST_MS) return [word.key, new Date(value as number).toISOString()];
  if (key === 'levels') return [key, (value as object[]).map(worded)];
  if (key === 'window') return [key, worded(value as object)];
  return [key, value];
}
