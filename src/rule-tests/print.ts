import type { CaseResult } from './run-case.js';
import { printTime } from './times.js';

/** The lines for one case: a single one when all is as expected, else a table of what is different. */
export function printCase(name: string, result: CaseResult): readonly string[] {
  const { differences, alarms, messages } = result;
  if (differences.length === 0) return [`ok    ${name}: ${count(alarms.length, 'alarm')} of ${count(messages, 'message')}`];
  const rows = differences.map((difference) => {
    const alarm = difference.is === 'unexpected' ? difference.actual : difference.expected;
    const within = difference.is === 'unexpected' ? '' : `± ${difference.expected.toleranceMs / 1_000} s`;
    const why =
      difference.is === 'different' ? difference.why : difference.is === 'unexpected' ? `by ${difference.actual.ruleId}` : '';
    const to = alarm.toMs === null ? 'the end' : printTime(alarm.toMs);
    return [difference.is, alarm.conditionCode, alarm.priority, printTime(alarm.fromMs), to, within, why];
  });
  return [`FAIL  ${name}`, ...table([['', 'condition', 'priority', 'from', 'to', 'within', ''], ...rows])];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `      ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
