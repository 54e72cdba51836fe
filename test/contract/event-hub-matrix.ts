/** Reads `event-hub-matrix.md`: which test shows what of the hub, and where it can run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MatrixRow {
  /** `b1` to `b7`, `d1` to `d14`. */
  readonly id: string;
  readonly what: string;
  /** Why it runs on our own hub only; null when it runs on any namespace. */
  readonly oursBecause: string | null;
  readonly title: string;
  /** Path from the repository's folder of contract tests. */
  readonly file: string;
}

const ANY = 'any namespace';
const OURS = 'ours: ';

/** @throws Error for a line that is no row, so that nothing is left out unseen */
export function readMatrix(): MatrixRow[] {
  const rows: MatrixRow[] = [];
  let id = '';
  for (const line of readFileSync(join(import.meta.dirname, 'event-hub-matrix.md'), 'utf8').split('\n')) {
    const heading = /^## ([bd]\d+) /.exec(line);
    if (heading !== null) id = heading[1]!;
    if (!line.startsWith('|') || /^\|(-|\s*-|\s*what\s)/.test(line)) continue;
    const cells = line.split('|').map((cell) => cell.trim());
    const [, what, where, title, file] = cells;
    const isWhere = where === ANY || where?.startsWith(OURS) === true;
    if (cells.length !== 6 || what === '' || !isWhere || title === '' || !/^`.+`$/.test(file!)) {
      throw new Error(`no row of the matrix: ${line}`);
    }
    const oursBecause = where === ANY ? null : where.slice(OURS.length);
    rows.push({ id, what: what!, oursBecause, title: title!, file: file!.slice(1, -1) });
  }
  return rows;
}
