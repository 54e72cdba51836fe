import { EdgeReading, METRIC_NAMES, type MetricName, metricRow, Quality, ZERO_IS_NO_VALUE } from '@vigil/contracts';
import { type CaseEvent, type CaseRow, type Cell, CASE_MS_MAX } from './case.js';
import { readEvents } from './events-cell.js';
import { CaseRefused } from './refused.js';
import { readTable } from './table.js';
import { readTime } from './times.js';

const METRICS: ReadonlySet<string> = new Set(METRIC_NAMES);
const LONG: ReadonlySet<string> = new Set(['time', 'metric', 'value', 'quality', 'event']);

/**
 * `readings.csv`, wide (`time`, a column for each metric, `event`) or long (`time`, `metric`, `value`, `quality`, `event`).
 *
 * A cell of a metric: empty, nothing is sent; `97`; `97?` a value of which the device is unsure; `-` no value; the name of a
 * quality (`leadsOff`, `artefact` …) with or without a value before it; `stop`, not sent from here on. What the gateway would
 * refuse is refused here, and a heart or pulse rate of 0 is no value, as the gateway says.
 *
 * @param ruleSetOf reads the file that an `activate` names
 * @throws CaseRefused with the line
 */
export function readReadings(file: string, text: string, ruleSetOf: (path: string) => CaseEvent): readonly CaseRow[] {
  const header =
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const isLong = /\bmetric\b/.test(header);
  const may = (column: string): boolean =>
    isLong ? LONG.has(column) : column === 'time' || column === 'event' || METRICS.has(column);
  const rows: CaseRow[] = [];
  let beforeMs = 0;
  for (const { line, cells } of readTable(file, text, may, isLong ? ['time', 'metric', 'value'] : ['time'])) {
    const refuse = (problem: string): never => {
      throw new CaseRefused(file, problem, line);
    };
    const atMs = readTime(cells['time'] ?? '') ?? refuse(`"${cells['time']}" is no time; write seconds, m:ss or h:mm:ss`);
    if (atMs < beforeMs) refuse('this time is before that of the row above; rows are in order of time');
    if (atMs > CASE_MS_MAX) refuse('a case is at most 48 h long');
    beforeMs = atMs;
    const events = readEvents(cells['event'] ?? '', ruleSetOf, refuse);
    const said = isLong ? [longCell(cells, refuse)] : Object.entries(cells).filter(([column]) => METRICS.has(column));
    const found = new Map<MetricName, Cell>();
    for (const [column, content] of said) {
      if (content === '' || column === '') continue;
      found.set(column as MetricName, readCell(column as MetricName, content, refuse));
    }
    const above = rows.at(-1);
    if (isLong && above?.atMs === atMs && ![...found.keys()].some((metric) => above.cells.has(metric))) {
      rows[rows.length - 1] = { ...above, cells: new Map([...above.cells, ...found]), events: [...above.events, ...events] };
    } else rows.push({ atMs, line, cells: found, events });
  }
  return rows;
}

function longCell(cells: Readonly<Record<string, string>>, refuse: (problem: string) => never): [string, string] {
  const metric = cells['metric'] ?? '';
  if (metric === '') return ['', ''];
  if (!METRICS.has(metric)) refuse(`no metric is called "${metric}"; there are ${METRIC_NAMES.join(' ')}`);
  return [metric, `${cells['value'] ?? ''} ${cells['quality'] ?? ''}`.trim()];
}

function readCell(metric: MetricName, content: string, refuse: (problem: string) => never): Cell {
  if (content === 'stop') return 'stop';
  const [, number, unsure, word] = /^(-?\d+(?:\.\d+)?|[ACVPU](?=$|\?| )|-)?(\?)?(?: ?([a-zA-Z]+))?$/.exec(content) ?? [];
  const row = metricRow(metric);
  if (number === undefined && word === undefined) {
    refuse(`${metric} "${content}": write a number, a number and ?, -, stop, or a quality (${Quality.options.join(' ')})`);
  }
  const said = word === undefined ? null : Quality.safeParse(word);
  if (said?.success === false) refuse(`"${word}" is no quality; there are ${Quality.options.join(' ')}`);
  const coded = row.kind === 'coded' && number !== '-' ? number : undefined;
  const value = number === undefined || number === '-' ? null : (coded ?? Number(number));
  const isZero = value === 0 && ZERO_IS_NO_VALUE.has(metric);
  const quality = said?.data ?? (unsure === '?' ? 'questionable' : value === null || isZero ? 'notMeasured' : 'valid');
  const reading = EdgeReading.safeParse({ metric, value, unit: row.unit, quality });
  if (!reading.success) refuse(`${metric} "${content}" would be refused at the bedside: ${reading.error.issues[0]!.message}`);
  return { value: isZero ? null : value, quality };
}
