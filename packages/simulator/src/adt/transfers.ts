import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

/** Below the folder of recordings; from "MIMIC-IV Clinical Database Demo" on PhysioNet (ODbL: nothing of it is in this repository). */
const FILE = join('mimic_iv_demo', 'hosp', 'transfers.csv.gz');

/** The recorded moves are not where they should be. The message says what to do about it. */
export class TransfersMissing extends Error {
  override readonly name = 'TransfersMissing';
}

/** A line of transfers.csv by column name. */
export type TransferRow = Readonly<Record<string, string>>;

/** One place of a stay, in [fromMs, toMs) since the stay's first moment. */
export interface RecordedPlace {
  /** The recorded care unit, e.g. "Medicine". */
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One admission, as it was recorded. Its places follow each other without a gap. */
export interface RecordedStay {
  /** Whose: the same for all stays of one person. */
  readonly subject: string;
  readonly places: readonly [RecordedPlace, ...RecordedPlace[]];
}

export interface RecordedStays {
  /** Persons in the order of their ids, and the stays of one person in the order in which they happened. */
  readonly stays: readonly RecordedStay[];
  /** What was put right or left out on the way. */
  readonly found: {
    /** Rows that belong to no admission: visits of the emergency department. */
    readonly withoutAdmission: number;
    /** Rows without a time that can be read, and stays of which nothing was left. */
    readonly unusable: number;
    /** Places that ended before the next began: the patient is taken to have stayed until then. */
    readonly gaps: number;
    /** Places that had not ended when the next began: they end there. */
    readonly overlaps: number;
    /** Moves from one bed to another of the same unit. */
    readonly withinUnit: number;
  };
}

/**
 * Reads the recorded stays. @param dir the folder with the recorded sets
 * @throws TransfersMissing when the file is not there; the system's error when it can't be read to its end
 */
export async function readTransfers(dir: string): Promise<RecordedStays> {
  const file = join(dir, FILE);
  if (!existsSync(file)) {
    throw new TransfersMissing(
      `no recorded transfers: expected ${file} (from "MIMIC-IV Clinical Database Demo" on PhysioNet). ` +
        'Get it as packages/simulator/README.md, "Recordings", tells, or leave --adt out.',
    );
  }
  const parser = parse({ columns: true, skip_empty_lines: true });
  pipeline(createReadStream(file), createGunzip(), parser, () => undefined);
  const rows: TransferRow[] = [];
  for await (const row of parser as AsyncIterable<TransferRow>) rows.push(row);
  return staysOf(rows);
}

interface Entry {
  readonly id: string;
  readonly unit: string;
  readonly isEnd: boolean;
  readonly atMs: number;
  readonly endMs: number | null;
}

/** The stays behind the rows, in whatever order these come. Years are shifted for each person: only differences count. */
export function staysOf(rows: readonly TransferRow[]): RecordedStays {
  const found = { withoutAdmission: 0, unusable: 0, gaps: 0, overlaps: 0, withinUnit: 0 };
  const admissions = new Map<string, { readonly subject: string; readonly entries: Entry[] }>();
  for (const row of rows) {
    const [subject = '', admission = ''] = [row['subject_id'], row['hadm_id']];
    const entry = entryOf(row);
    if (admission === '') found.withoutAdmission += 1;
    else if (entry === null || subject === '') found.unusable += 1;
    else {
      const known = admissions.get(admission) ?? { subject, entries: [] };
      known.entries.push(entry);
      admissions.set(admission, known);
    }
  }
  const dated = [...admissions.values()].flatMap(({ subject, entries }) => {
    const sorted = entries.toSorted((a, b) => a.atMs - b.atMs || Number(a.isEnd) - Number(b.isEnd) || compare(a.id, b.id));
    const [first, ...rest] = placesOf(sorted, found);
    if (first === undefined) found.unusable += 1;
    return first === undefined ? [] : [{ startMs: sorted[0]!.atMs, subject, places: [first, ...rest] as const }];
  });
  dated.sort((a, b) => compare(a.subject, b.subject) || a.startMs - b.startMs);
  return { stays: dated.map(({ subject, places }) => ({ subject, places })), found };
}

function entryOf(row: TransferRow): Entry | null {
  const [atMs, endMs] = [timeOf(row['intime']), timeOf(row['outtime'])];
  if (atMs === null) return null;
  const isEnd = row['eventtype'] === 'discharge';
  const unit = row['careunit'] === undefined || row['careunit'].trim() === '' ? 'Unknown' : row['careunit'].trim();
  return { id: row['transfer_id'] ?? '', unit, isEnd, atMs, endMs };
}

function placesOf(entries: readonly Entry[], found: { gaps: number; overlaps: number; withinUnit: number }): RecordedPlace[] {
  const startMs = entries[0]?.atMs ?? 0;
  const end = entries.find((entry) => entry.isEnd);
  const places = entries.filter((entry) => !entry.isEnd && (end === undefined || entry.atMs < end.atMs));
  return places.flatMap((entry, n): RecordedPlace[] => {
    const next = places[n + 1];
    const toMs = next?.atMs ?? end?.atMs ?? entry.endMs ?? entry.atMs;
    if (next !== undefined && entry.endMs !== null && entry.endMs !== toMs) found[entry.endMs < toMs ? 'gaps' : 'overlaps'] += 1;
    if (next !== undefined && next.unit === entry.unit) found.withinUnit += 1;
    return toMs <= entry.atMs ? [] : [{ unit: entry.unit, fromMs: entry.atMs - startMs, toMs: toMs - startMs }];
  });
}

/** `2174-05-31 14:21:47`, taken as UTC: only differences count. */
function timeOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : ms;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
