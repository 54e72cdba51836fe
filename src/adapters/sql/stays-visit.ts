import type { AgeGroup, BedId, EncounterId, FeedIdentifier, PatientId } from '@vigil/contracts';
import type { Fields } from './fields.js';
import type { EncounterRow } from './schema-stays.js';
import { SEALED } from './sealed-columns.js';

/** The hospital's number of a stay as it is stored. */
export interface SealedVisit {
  readonly system: string;
  readonly index: string;
  readonly sealed: string;
}

export interface Admission {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
  readonly bedId: BedId;
  readonly atMs: number;
  /** Left out where the birth date can't be read. */
  readonly ageGroup?: AgeGroup | undefined;
  /** The hospital's number of the stay, sealed before the transaction. */
  readonly visit?: SealedVisit | undefined;
}

/** The row of a stay that begins. */
export function newStay(request: Admission, source: string): EncounterRow {
  const { visit } = request;
  return {
    encounter_id: request.encounterId,
    patient_id: request.patientId,
    bed_id: request.bedId,
    admitted_ms: Math.round(request.atMs),
    discharged_ms: null,
    age_group: request.ageGroup ?? null,
    profile_rev: 0,
    bed_since_ms: null,
    source,
    rev: 1,
    voided_wall_ms: null,
    visit_system: visit?.system ?? null,
    visit_index: visit?.index ?? null,
    visit: visit?.sealed ?? null,
    visit_patient_id: visit === undefined ? null : request.patientId,
  };
}

const VISIT_INDEX = 'encounter-visit';

/** The same number of the same system gives the same index; nothing that is only alike. @throws PlatformError('keys-unavailable') */
export function visitIndex(fields: Fields, { system, value }: FeedIdentifier): Promise<string> {
  return fields.blindIndex(VISIT_INDEX, JSON.stringify([system, value]));
}

/** To be done before the transaction that admits. @throws PlatformError('keys-unavailable'), 'conflict' for an erased patient */
export async function sealVisit(
  fields: Fields,
  visit: FeedIdentifier,
  { encounterId, patientId }: { readonly encounterId: EncounterId; readonly patientId: PatientId },
): Promise<SealedVisit> {
  const index = await visitIndex(fields, visit);
  const of = { encounterId, patientId, bedId: '' as never, atMs: 0 };
  const row = { ...newStay(of, 'hl7'), visit_patient_id: patientId, visit: visit.value };
  const { visit: sealed } = await fields.sealRow(SEALED.encounter, row);
  return { system: visit.system, index, sealed: sealed ?? '' };
}
