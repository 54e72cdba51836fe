import { createReadStream, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { cinc2015Record } from './cinc2015.js';
import { mimic2Record } from './mimic2.js';
import { physionet2012Record } from './physionet2012.js';
import type { PatientRecord, RecordingSet, Row } from './record.js';

const CINC2015 = join('cinc2015_vt_alarms', 'numerics_1hz_derived.csv.gz');
const MIMIC2 = 'mimic2_numerics_1min';
const PHYSIONET2012 = join('physionet2012_icu', 'observations_long.csv.gz');
const PHYSIONET2012_OUTCOMES = join('physionet2012_icu', 'patients_outcomes.csv.gz');

const EXPECTED: Record<RecordingSet, { readonly path: string; readonly published: string }> = {
  cinc2015: { path: CINC2015, published: 'PhysioNet/CinC Challenge 2015' },
  mimic2: { path: join(MIMIC2, '*.csv'), published: 'MIMIC-II Waveform Database, numerics' },
  physionet2012: { path: PHYSIONET2012, published: 'PhysioNet/CinC Challenge 2012, set A' },
};

/** A recorded set is not where it should be. The message says what to do about it. */
export class RecordingsMissing extends Error {
  override readonly name = 'RecordingsMissing';

  constructor(set: RecordingSet, dir: string) {
    const { path, published } = EXPECTED[set];
    super(
      `no ${set} recordings: expected ${join(dir, path)} (from "${published}" on PhysioNet). ` +
        `Get the set as packages/simulator/README.md, "Recordings", tells, or start with VIGIL_SOURCE=simulator.`,
    );
  }
}

/** @throws RecordingsMissing when a set has no file in `dir` */
export async function requireRecordings(sets: Iterable<RecordingSet>, dir: string): Promise<void> {
  for (const set of sets) {
    const there = set === 'mimic2' ? (await mimic2Files(dir)).length > 0 : existsSync(join(dir, EXPECTED[set].path));
    if (!there) throw new RecordingsMissing(set, dir);
  }
}

/**
 * The records of a set, one after the other, as the consumer asks for them. Only one record is held; the file is read
 * no further than needed and closed when the consumer stops.
 *
 * @throws RecordingsMissing when the set is not in `dir`; the system's error when a file cannot be read to its end
 */
export async function* readRecords(set: RecordingSet, dir: string): AsyncGenerator<PatientRecord> {
  await requireRecordings([set], dir);
  switch (set) {
    case 'cinc2015':
      for await (const rows of groups(csvRows(join(dir, CINC2015)), 'record')) yield cinc2015Record(rows);
      return;
    case 'mimic2':
      for (const file of await mimic2Files(dir)) {
        const rows: Row[] = [];
        for await (const row of csvRows(file)) rows.push(row);
        yield mimic2Record(basename(file, '.csv'), rows);
      }
      return;
    case 'physionet2012': {
      const outcomes = await outcomeRows(join(dir, PHYSIONET2012_OUTCOMES));
      for await (const rows of groups(csvRows(join(dir, PHYSIONET2012)), 'RecordID')) {
        yield physionet2012Record(rows, outcomes.get(rows[0]?.['RecordID'] ?? ''));
      }
    }
  }
}

async function mimic2Files(dir: string): Promise<string[]> {
  const folder = join(dir, MIMIC2);
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.csv'))
    .toSorted()
    .map((name) => join(folder, name));
}

async function outcomeRows(file: string): Promise<ReadonlyMap<string, Row>> {
  const outcomes = new Map<string, Row>();
  if (!existsSync(file)) return outcomes;
  for await (const row of csvRows(file)) outcomes.set(row['RecordID'] ?? '', row);
  return outcomes;
}

/** Rows with the same value in `column`, which are neighbours in the file, as one array each. */
async function* groups(rows: AsyncIterable<Row>, column: string): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  for await (const row of rows) {
    if (group.length > 0 && group[0]?.[column] !== row[column]) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

async function* csvRows(file: string): AsyncGenerator<Row> {
  const parser = parse({ columns: true, skip_empty_lines: true });
  const raw = createReadStream(file);
  const source: Readable = file.endsWith('.gz') ? pipeline(raw, createGunzip(), settled) : raw;
  pipeline(source, parser, settled);
  try {
    yield* parser as AsyncIterable<Row>;
  } finally {
    raw.destroy();
    parser.destroy();
  }
}

/** An error of the pipeline reaches the reader through the parser, which `pipeline` destroys with it. */
function settled(): void {}
