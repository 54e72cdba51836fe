import type { Generated } from 'kysely';

/** What a device should be. `serial` and `udi` stay out of logs, labels and the audit trail. */
export interface DeviceTable {
  device_id: string;
  gateway_id: string;
  intervals_json: string;
  profile: string | null;
  manufacturer: string | null;
  model: string | null;
  serial: string | null;
  udi: string | null;
  firmware_wanted: string | null;
  owner: string | null;
  place: string | null;
  /** ISO day. */
  calibration_due_day: string | null;
  state: string;
  state_reason: string | null;
  state_since_ms: number | null;
  rev: number;
}

/** The person is sealed (sealed-columns.ts); what uniqueness and look-up need stands beside it. */
export interface PatientRow {
  patient_id: string;
  mrn: string;
  family_name: string;
  given_name: string;
  birth_date: string;
  sex: string;
  /** Blind indexes of the record number, and of family name with birth date; null once erased. */
  mrn_index: string | null;
  name_birth_index: string | null;
  /** Erased: shown to nobody from then on. Its keys are destroyed right afterwards, or as soon as their store answers. */
  erased_wall_ms: number | null;
  keys_destroyed_wall_ms: number | null;
  /** When history was last freed of what was measured of whoever was erased; null: not yet. */
  history_erased_wall_ms: number | null;
  /** The record that this one was the same person as; always one that is its own. Null while it is its own. */
  merged_into: string | null;
}
export type PatientTable = Omit<PatientRow, 'merged_into' | 'history_erased_wall_ms'> & {
  merged_into: Generated<string | null>;
  history_erased_wall_ms: Generated<number | null>;
};

export interface EncounterRow {
  encounter_id: string;
  patient_id: string;
  bed_id: string;
  admitted_ms: number;
  discharged_ms: number | null;
  /** Null where nobody could tell it: the rules of an adult then hold. */
  age_group: string | null;
  profile_rev: number;
  /** Since when the stay is in this bed; null: since the admission. */
  bed_since_ms: number | null;
  source: string;
  rev: number;
  /** It never was; kept so that it can be seen. */
  voided_wall_ms: number | null;
  /** The hospital's number of the stay: whose number it is, a blind index of both, and the number, sealed. Null: it has none. */
  visit_system: string | null;
  visit_index: string | null;
  visit: string | null;
  /** Under whose keys `visit` is sealed: whose stay it was when it was told. */
  visit_patient_id: string | null;
}

type Added = 'source' | 'rev' | 'voided_wall_ms' | 'visit_system' | 'visit_index' | 'visit' | 'visit_patient_id';
export type EncounterTable = Omit<EncounterRow, Added> & { [Column in Added]: Generated<EncounterRow[Column]> };

/** Of care units and beds. */
export interface PlaceColumns {
  rev: Generated<number>;
  /** Null while it is in use. */
  retired_wall_ms: Generated<number | null>;
}

/** A device at a bed in [from_ms, to_ms), event time; null: still. `note` is sealed. */
export interface DeviceAssignmentRow {
  assignment_id: string;
  device_id: string;
  bed_id: string;
  from_ms: number;
  to_ms: number | null;
  /** Null: everything that the device measures. */
  channels_json: string | null;
  source: string;
  set_by: string | null;
  reason: string;
  note: string | null;
  rev: number;
  /** It never held; kept so that it can be seen. */
  voided_wall_ms: number | null;
  set_wall_ms: number;
}

/** `note` is sealed under `patient_id`, whose stay it was when it was set. */
export interface StandbyRow {
  standby_id: string;
  encounter_id: string;
  patient_id: string;
  bed_id: string;
  from_ms: number;
  to_ms: number;
  ended_ms: number | null;
  cause: string | null;
  place: string;
  note: string | null;
  set_by: string;
}

/** What was put right: how it was and how it is, ids and times only. `note` is sealed, under `patient_id` where there is one. */
export interface CorrectionRow {
  correction_id: string;
  kind: string;
  /** E.g. `encounter:…`. */
  subject: string;
  patient_id: string | null;
  before_json: string;
  after_json: string;
  set_by: string | null;
  source: string;
  reason: string;
  note: string | null;
  at_wall_ms: number;
}

/** One stretch of time that belongs to another bed or stay than was said, for whoever has told others of it. */
export interface CorrectedRow {
  seq: number;
  correction_id: string;
  what: 'device' | 'stay';
  device_id: string | null;
  from_bed_id: string;
  to_bed_id: string | null;
  wrong_encounter_id: string | null;
  encounter_id: string | null;
  from_ms: number;
  to_ms: number | null;
}

export interface ReattributionRow {
  job_id: string;
  correction_id: string;
  device_id: string;
  from_bed_id: string;
  to_bed_id: string | null;
  from_ms: number;
  to_ms: number | null;
  state: 'waiting' | 'running' | 'done';
  moved: number;
  runs: number;
  next_wall_ms: number | null;
  /** Somebody works on it until then. */
  lease_wall_ms: number | null;
}

/** Times are wall time, because shifts are. */
export interface StaffAssignmentRow {
  assignment_id: string;
  staff_id: string;
  care_unit_id: string;
  bed_id: string | null;
  role: string;
  from_ms: number;
  to_ms: number | null;
  source: string;
  reason: string;
  set_by: string | null;
  ended_by: string | null;
  rev: number;
}
type AddedToDuty = 'source' | 'reason' | 'set_by' | 'ended_by' | 'rev';
export type StaffAssignmentTable = Omit<StaffAssignmentRow, AddedToDuty> & {
  [Column in AddedToDuty]: Generated<StaffAssignmentRow[Column]>;
};
