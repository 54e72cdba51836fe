import type { MetricName, Reading } from '@vigil/contracts';
import { absent, cell, fromStart, type PatientRecord, type RecordedSample, type Row, valid } from './record.js';

const CONTINUOUS: readonly (readonly [string, MetricName])[] = [
  ['HR', 'heartRate'],
  ['PULSE', 'pulseRate'],
  ['RESP', 'respirationRate'],
  ['SpO2', 'spo2'],
  ['ABPSys', 'arterialSystolic'],
  ['ABPDias', 'arterialDiastolic'],
  ['ABPMean', 'arterialMean'],
];

/** Filled only in the minute of a cuff measurement; empty in between means nothing. */
const CUFF: readonly (readonly [string, MetricName])[] = [
  ['NBPSys', 'nibpSystolic'],
  ['NBPDias', 'nibpDiastolic'],
  ['NBPMean', 'nibpMean'],
];

/**
 * One numerics record of the MIMIC-II waveform database, one sample a minute. Zero and empty mean "disconnected or not
 * measured" in this set, for every channel, and become null; a column that never has a value is left out.
 *
 * @param rows all rows of one file; `recordId` is the file's name without its ending
 */
export function mimic2Record(recordId: string, rows: readonly Row[]): PatientRecord {
  const everMeasured = ([column]: readonly [string, MetricName]): boolean => rows.some((row) => measured(row, column) !== null);
  const continuous = CONTINUOUS.filter(everMeasured);
  const cuff = CUFF.filter(everMeasured);
  const samples = rows.map((row): RecordedSample => {
    const readings: Reading[] = continuous.map(([column, metric]) => {
      const value = measured(row, column);
      return value === null ? absent(metric, 'notMeasured') : valid(metric, value);
    });
    for (const [column, metric] of cuff) {
      const value = measured(row, column);
      if (value !== null) readings.push(valid(metric, value));
    }
    return { offsetMs: (cell(row, 'minute') ?? 0) * 60_000, readings };
  });
  return { set: 'mimic2', recordId, samples: fromStart(samples) };
}

function measured(row: Row, column: string): number | null {
  const value = cell(row, column);
  return value === 0 ? null : value;
}
