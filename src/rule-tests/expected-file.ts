import { Priority } from '@vigil/contracts';
import type { ExpectedAlarm } from './compare.js';
import { CaseRefused } from './refused.js';
import { readTable } from './table.js';
import { readDuration, readTime } from './times.js';

const COLUMNS: ReadonlySet<string> = new Set(['condition', 'priority', 'from', 'to', 'tolerance', 'optional']);

/**
 * `alarms.csv`: one row for each alarm, and one more for each step of its priority. `to` empty: it holds at the end of the case.
 * `tolerance` and `optional` may be left out.
 *
 * @throws CaseRefused with the line
 */
export function readExpected(file: string, text: string, toleranceMs: number): readonly ExpectedAlarm[] {
  const must = ['condition', 'priority', 'from', 'to'];
  return readTable(file, text, (column) => COLUMNS.has(column), must).map(({ line, cells }) => {
    const refuse = (problem: string): never => {
      throw new CaseRefused(file, problem, line);
    };
    const time = (column: string): number =>
      readTime(cells[column] ?? '') ?? refuse(`${column} "${cells[column]}" is no time; write seconds, m:ss or h:mm:ss`);
    const priority = Priority.safeParse(cells['priority']);
    const tolerance = cells['tolerance'] || undefined;
    const optional = cells['optional'] || 'no';
    if (!/^[\w.-]{1,80}$/.test(cells['condition'] ?? '')) refuse('condition is the code of an alarm, e.g. heartRate.high');
    if (optional !== 'yes' && optional !== 'no') refuse('optional is yes or no');
    const fromMs = time('from');
    const toMs = (cells['to'] ?? '') === '' ? null : time('to');
    if (toMs !== null && toMs <= fromMs) refuse('an alarm ends after it began');
    return {
      conditionCode: cells['condition']!,
      priority: priority.success ? priority.data : refuse('priority is low, medium or high'),
      fromMs,
      toMs,
      toleranceMs:
        tolerance === undefined
          ? toleranceMs
          : (readDuration(tolerance) ?? refuse(`tolerance "${tolerance}" is no duration; write e.g. 2 s or 1 min`)),
      optional: optional === 'yes',
    };
  });
}
