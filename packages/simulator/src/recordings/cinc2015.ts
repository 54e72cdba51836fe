import { absent, cell, fromStart, type PatientRecord, type RecordedSample, type Row, valid } from './record.js';
import type { MetricName, Reading } from '@vigil/contracts';

/** The first column that has a value wins: a monitor shows one heart rate, from the lead that works. */
const SOURCES: readonly (readonly [MetricName, readonly string[]])[] = [
  ['heartRate', ['hr_ecg1', 'hr_ecg2']],
  ['pulseRate', ['pr_pleth', 'pr_abp']],
  ['respirationRate', ['rr_resp']],
  ['arterialSystolic', ['abp_sys']],
  ['arterialDiastolic', ['abp_dia']],
  ['arterialMean', ['abp_mean']],
];

/**
 * What an arterial pressure channel can carry at all, in mmHg. Beyond it the analogue input is at its rail (the set
 * has values down to -8189), which the monitor itself would show as no value. Between these and the contract's
 * plausible range is what a disconnected or badly zeroed line really sends; that is sent as recorded.
 */
const RAIL_MMHG = { low: -50, high: 400 };

/**
 * One record of the PhysioNet/CinC Challenge 2015 at 1 Hz. A column that is empty throughout is a channel that the
 * patient did not have; empty at one moment is "not measured". `flat_*` are left out: they describe waveforms.
 *
 * @param rows all rows of one record, columns as in `numerics_1hz_derived.csv`
 */
export function cinc2015Record(rows: readonly Row[]): PatientRecord {
  const present = SOURCES.map(
    ([metric, columns]) => [metric, columns.filter((c) => rows.some((row) => cell(row, c) !== null))] as const,
  );
  const channels = present.filter(([, columns]) => columns.length > 0);
  const samples = rows.map((row): RecordedSample => ({
    offsetMs: (cell(row, 'sec_rel_alarm') ?? 0) * 1000,
    readings: channels.map(([metric, columns]) => reading(metric, columns, row)),
  }));
  return { set: 'cinc2015', recordId: rows[0]?.['record'] ?? '', samples: fromStart(samples) };
}

function reading(metric: MetricName, columns: readonly string[], row: Row): Reading {
  const value = columns.map((column) => cell(row, column)).find((v) => v !== null) ?? null;
  if (value === null) return absent(metric, 'notMeasured');
  const railed = metric.startsWith('arterial') && (value < RAIL_MMHG.low || value > RAIL_MMHG.high);
  return railed ? absent(metric, 'outOfRange') : valid(metric, value);
}
