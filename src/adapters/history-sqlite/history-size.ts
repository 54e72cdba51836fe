import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** One part of the file. Bytes are those of its contents; keys and pages that are not full come on top. */
export interface SizePart {
  readonly rows: number;
  /** Samples that it keeps, or stands for. */
  readonly samples: number;
  readonly bytes: number;
}

export interface HistorySize {
  /** Of the file and of its write-ahead log. */
  readonly fileBytes: number;
  readonly walBytes: number;
  /** Of the file: pages that the next writes take. */
  readonly freeBytes: number;
  readonly beds: number;
  readonly series: number;
  /** Event time, half-open; null where there is nothing. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Single samples of the last hours, in minutes. */
  readonly open: SizePart;
  /** Single samples, in packed hours. */
  readonly packed: SizePart;
  readonly minutes: SizePart;
  readonly hours: SizePart;
  /** Samples that the open and the packed ones are, and the time that they are of, in bed-days. */
  readonly bedDays: number;
}

const EVERY_HOUR =
  'SELECT DISTINCT bed_id, minute / 60 AS hour FROM chunk UNION SELECT bed_id, hour FROM hour WHERE samples IS NOT NULL';

/** What is in the file of an embedded history, by class. Reads it whole, and only reads. @throws Error where there is none */
export function historySize(file: string): HistorySize {
  if (!existsSync(file)) throw new Error(`there is no history at ${file}`);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const one = (sql: string): Record<string, number | null> => db.prepare(sql).get() as Record<string, number | null>;
    const part = (sql: string): SizePart => {
      const { rows, samples, bytes } = one(sql);
      return { rows: rows ?? 0, samples: samples ?? 0, bytes: bytes ?? 0 };
    };
    const page = one('PRAGMA page_size')['page_size']!;
    const chunks = one('SELECT min(minute) AS low, max(minute) AS high FROM chunk');
    const hours = one('SELECT min(hour) AS low, max(hour) AS high FROM hour');
    const ends = [
      ...(chunks['low'] === null ? [] : [chunks['low']! * MINUTE_MS, (chunks['high']! + 1) * MINUTE_MS]),
      ...(hours['low'] === null ? [] : [hours['low']! * HOUR_MS, (hours['high']! + 1) * HOUR_MS]),
    ];
    const names = 'SELECT bed_id, metric FROM chunk UNION SELECT bed_id, metric FROM hour';
    return {
      fileBytes: statSync(file).size,
      walBytes: existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0,
      freeBytes: one('PRAGMA freelist_count')['freelist_count']! * page,
      beds: one(`SELECT count(DISTINCT bed_id) AS n FROM (${names})`)['n']!,
      series: one(`SELECT count(*) AS n FROM (${names})`)['n']!,
      fromMs: ends.length === 0 ? null : Math.min(...ends),
      toMs: ends.length === 0 ? null : Math.max(...ends),
      open: part(
        'SELECT count(*) AS rows, sum(count) AS samples, sum(length(samples) + ifnull(length(quality), 0)) AS bytes FROM chunk',
      ),
      packed: part(
        'SELECT count(*) AS rows, sum(count) AS samples, sum(length(samples)) AS bytes FROM hour WHERE samples IS NOT NULL',
      ),
      minutes: part(
        'SELECT count(*) AS rows, sum(count) AS samples, sum(length(minutes)) AS bytes FROM hour WHERE minutes IS NOT NULL',
      ),
      hours: part('SELECT count(*) AS rows, sum(count) AS samples, sum(length(hours)) AS bytes FROM hour'),
      bedDays: one(`SELECT count(*) AS n FROM (${EVERY_HOUR})`)['n']! / 24,
    };
  } finally {
    db.close();
  }
}
