import type { z } from 'zod';
import type { BedId, NewPatient } from '@vigil/contracts';
import { hash32 } from '../physiology/random.js';
import type { PatientRecord } from '../recordings/record.js';

/** A recorded patient in a bed, as it is told to the platform. Ids are those of the record, so that a second start finds them. */
export interface Stay {
  readonly bedId: BedId;
  readonly patient: z.input<typeof NewPatient> & { readonly patientId: string };
  /** Event time of the admission. */
  readonly atMs: number;
}

/** `rec-<set>-<record>`: also the start of the ids of the record's encounters. */
export function recordPatientId(record: Pick<PatientRecord, 'set' | 'recordId'>, copy = 1): string {
  const id = `rec-${record.set}-${record.recordId.toLowerCase().replace(/[^a-z0-9-]/g, '-')}`;
  return (copy > 1 ? `${id}-copy${copy}` : id).slice(0, 43);
}

/** The record id of an encounter that `recordPatientId` named, or null when it is not one of that set. */
export function recordOfEncounter(encounterId: string, set: PatientRecord['set']): string | null {
  const match = new RegExp(`^rec-${set}-(.+?)(-copy\\d+)?-\\d+$`).exec(encounterId);
  return match?.[1] ?? null;
}

/** A patient whose name says that it is a recording. Age and sex are those of the record where it has them. */
export function stayOf(record: PatientRecord, { bedId, copy, atMs }: { bedId: BedId; copy: number; atMs: number }): Stay {
  const patientId = recordPatientId(record, copy);
  const random = hash32(patientId);
  const year = new Date(atMs).getUTCFullYear() - (record.ageYears ?? 45 + (random % 40));
  const day = new Date(Date.UTC(year, 0, 1 + (random % 364)));
  return {
    bedId,
    atMs,
    patient: {
      patientId,
      mrn: `REC-${record.recordId.toUpperCase()}${copy > 1 ? `-${copy}` : ''}`.slice(0, 32),
      familyName: 'RECORDING',
      givenName: record.recordId.toUpperCase().slice(0, 80),
      birthDate: day.toISOString().slice(0, 10),
      sex: record.sex ?? 'unknown',
    },
  };
}
