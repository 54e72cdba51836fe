import { CsvError, parse } from 'csv-parse/sync';
import { CaseRefused } from './refused.js';

/** A line of a CSV file: its number in the file and its cells by column, trimmed. */
export interface TableRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

const BYTES_MAX = 8 * 1024 * 1024;

/**
 * The rows of a CSV text with a header. Lines that begin with `#` are comments.
 *
 * @param may which columns there may be; another one is refused, because a misspelt column would be left out in silence
 * @throws CaseRefused with the line
 */
export function readTable(file: string, text: string, may: (column: string) => boolean, must: readonly string[]): TableRow[] {
  if (text.length > BYTES_MAX) throw new CaseRefused(file, `longer than ${BYTES_MAX} characters; split the case`);
  let columns: readonly string[] = [];
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(text, {
      ...{ bom: true, comment: '#', comment_no_infix: true, skip_empty_lines: true, trim: true, info: true },
      columns: (names: string[]) => (columns = names),
    }) as unknown as typeof rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CaseRefused(file, error.message, typeof error['lines'] === 'number' ? error['lines'] : undefined);
  }
  const double = columns.find((name, i) => columns.indexOf(name) !== i);
  if (double !== undefined) throw new CaseRefused(file, `two columns are called "${double}"`, 1);
  const stray = columns.find((name) => !may(name));
  if (stray !== undefined) throw new CaseRefused(file, `no column "${stray}" is known here; take it out or mend its name`, 1);
  const absent = must.find((name) => !columns.includes(name));
  if (absent !== undefined) throw new CaseRefused(file, `the column "${absent}" is missing`, 1);
  return rows.map(({ record, info }) => ({ line: info.lines, cells: record }));
}
