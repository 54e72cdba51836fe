export type Cell = string | number | null;

/**
 * How a text begins that a spreadsheet works out, in the wide forms of some keyboards too.
 * Source: OWASP, CSV Injection.
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * Lines by RFC 4180: CRLF, quotes where they are needed, no byte order mark. A text that a spreadsheet would take for a formula gets an
 * apostrophe before it: codes of conditions come from rule sets and names of devices from devices.
 */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const guarded = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
