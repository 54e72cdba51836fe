/** A message of a device that was at no bed then. `content` is the event, sealed. */
export interface HeldMessageTable {
  message_id: string;
  device_id: string;
  gateway_id: string;
  boot_id: string;
  seq: number;
  origin: string;
  at_ms: number;
  held_wall_ms: number;
  bytes: number;
  content: string;
}

/** What the hospital's systems sent. `raw` (base64) and `move_json` are sealed; both are empty once the patient is erased. */
export interface InboundMessageTable {
  seq: number;
  message_id: string;
  source: 'hl7' | 'fhir';
  sender: string;
  sha256: string;
  received_wall_ms: number;
  /** `kept`: to be worked off. `quarantined`: a person has to look at it. */
  state: string;
  /** Why it waits, or can't be read. */
  reason: string | null;
  /** Whose it was, once that was decided. */
  patient_id: string | null;
  /** Who is meant, as a person has said. */
  confirmed_patient_id: string | null;
  raw: string;
  /** Empty where nobody can read it. */
  move_json: string;
  answer: string | null;
  done_wall_ms: number | null;
}

/** `detail` (JSON) and `note` are sealed, under `patient_id` where there is one. */
export interface TaskTable {
  seq: number;
  task_id: string;
  kind: string;
  reason: string;
  message_id: string | null;
  care_unit_id: string | null;
  bed_id: string | null;
  patient_id: string | null;
  detail: string;
  note: string | null;
  opened_wall_ms: number;
  state: 'open' | 'done';
  resolution: string | null;
  resolved_by: string | null;
  resolved_wall_ms: number | null;
  rev: number;
}

/** The same thing here and at the FHIR server. `patient_id`: of a patient or a stay. */
export interface EhrLinkTable {
  resource_type: string;
  server_id: string;
  local_kind: string;
  local_id: string;
  version: string | null;
  patient_id: string | null;
}

/** `draft_json` is sealed, under `patient_id` where there is one. */
export interface EhrRefusedTable {
  identity: string;
  seq: number;
  reason: 'no-stay' | 'no-identifier' | 'refused';
  issue: string;
  status: number | null;
  bed_id: string;
  encounter_id: string | null;
  patient_id: string | null;
  kept_wall_ms: number;
  tries: number;
  draft_json: string;
}
