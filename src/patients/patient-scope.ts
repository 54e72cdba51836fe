import type { CareUnitId, PatientId } from '@vigil/contracts';
import type { BedRow, Directory } from '../ports/directory.js';

/** Where each admitted patient lies now. A patient who is not in it has no care unit. */
export async function careUnitsOfPatients(directory: Directory): Promise<ReadonlyMap<PatientId, CareUnitId>> {
  const beds: readonly BedRow[] = await directory.beds();
  return new Map(beds.flatMap((bed) => (bed.encounter === null ? [] : [[bed.encounter.patientId, bed.careUnitId] as const])));
}

/** An id for something new: from the request's idempotency key where there is one, so that a repeat names the same. */
export function newId(prefix: string, key: string): string {
  return `${prefix}-${key.replaceAll('-', '')}`;
}
