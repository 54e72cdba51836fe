import { metricRow, type MetricName, type Quality, type Reading } from '@vigil/contracts';

/** The recorded sets that can be replayed; the names are those of `recording` in site.yaml. */
export const RECORDING_SETS = ['cinc2015', 'mimic2', 'physionet2012'] as const;
export type RecordingSet = (typeof RECORDING_SETS)[number];

export interface RecordedSample {
  /** Since the first sample of the record, in event time. */
  readonly offsetMs: number;
  readonly readings: readonly Reading[];
}

/** One recorded patient: one encounter when it is replayed. */
export interface PatientRecord {
  readonly set: RecordingSet;
  readonly recordId: string;
  /** In order of time; the first is at 0. */
  readonly samples: readonly RecordedSample[];
  readonly sex?: 'female' | 'male';
  readonly ageYears?: number;
}

/** A line of a CSV file by column name. */
export type Row = Readonly<Record<string, string>>;

/** Where a column goes: the metric, and what turns the recorded number into the contract's unit. */
export interface Column {
  readonly metric: MetricName;
  readonly convert?: (value: number) => number;
}

export const durationMs = (record: PatientRecord): number => record.samples.at(-1)?.offsetMs ?? 0;

export function valid(metric: MetricName, value: number): Reading {
  return { metric, value, unit: metricRow(metric).unit, quality: 'valid' };
}

/** "No value": null with the reason, never zero (decisions.md, D23). */
export function absent(metric: MetricName, quality: Quality): Reading {
  return { metric, value: null, unit: metricRow(metric).unit, quality };
}

/** A cell as a number, or null where it is empty or not a number at all. */
export function cell(row: Row, column: string): number | null {
  const text = row[column];
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Puts samples in order of time and starts them at 0; leaves out those without a reading. */
export function fromStart(samples: readonly RecordedSample[]): readonly RecordedSample[] {
  const filled = samples.filter((sample) => sample.readings.length > 0).toSorted((a, b) => a.offsetMs - b.offsetMs);
  const startMs = filled[0]?.offsetMs ?? 0;
  return filled.map((sample) => ({ ...sample, offsetMs: sample.offsetMs - startMs }));
}
