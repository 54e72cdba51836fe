import type { Reading } from '@vigil/contracts';
import { cell, type Column, fromStart, type PatientRecord, type Row, valid } from './record.js';

const tenth = (value: number): number => Math.round(value * 10) / 10;

/**
 * What of the set is a vital sign of ours. Left out on purpose: SaO2 (a blood gas, not the probe's SpO2), GCS (not
 * ACVPU), MechVent, urine and laboratory values.
 */
const COLUMNS: Readonly<Record<string, Column>> = {
  HR: { metric: 'heartRate' },
  RespRate: { metric: 'respirationRate' },
  Temp: { metric: 'temperature' },
  SysABP: { metric: 'arterialSystolic' },
  DiasABP: { metric: 'arterialDiastolic' },
  MAP: { metric: 'arterialMean' },
  NISysABP: { metric: 'nibpSystolic' },
  NIDiasABP: { metric: 'nibpDiastolic' },
  NIMAP: { metric: 'nibpMean' },
  FiO2: { metric: 'inspiredOxygen', convert: (share) => tenth(share * 100) },
};

/**
 * One stay of the PhysioNet/CinC Challenge 2012, irregular, mostly hourly. Values are sent as recorded, artefacts too
 * (heart rate 0 and 300, temperature -17.8, pressure 0), so that the gateway has real bad input to refuse.
 *
 * @param rows all rows of one RecordID, columns as in `observations_long.csv`
 * @param outcome the RecordID's row of `patients_outcomes.csv`, for age and sex
 */
export function physionet2012Record(rows: readonly Row[], outcome?: Row): PatientRecord {
  const byMinute = new Map<number, Map<string, Reading>>();
  for (const row of rows) {
    const column = COLUMNS[row['param'] ?? ''];
    const value = cell(row, 'value');
    const minute = cell(row, 'minute');
    if (column === undefined || value === null || minute === null) continue;
    const readings = byMinute.get(minute) ?? new Map<string, Reading>();
    // The last of several values in one minute counts, as on a monitor's display.
    readings.set(column.metric, valid(column.metric, column.convert?.(value) ?? value));
    byMinute.set(minute, readings);
  }
  const samples = [...byMinute].map(([minute, readings]) => ({ offsetMs: minute * 60_000, readings: [...readings.values()] }));
  return { set: 'physionet2012', recordId: rows[0]?.['RecordID'] ?? '', samples: fromStart(samples), ...demographics(outcome) };
}

function demographics(outcome: Row | undefined): Pick<PatientRecord, 'sex' | 'ageYears'> {
  if (outcome === undefined) return {};
  const age = cell(outcome, 'Age');
  const gender = cell(outcome, 'Gender');
  return {
    ...(age !== null && age >= 0 ? { ageYears: age } : {}),
    ...(gender === 0 ? { sex: 'female' as const } : gender === 1 ? { sex: 'male' as const } : {}),
  };
}
