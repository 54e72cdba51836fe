/** `content` and `chain` are the entry; the other columns repeat what searches need of it. */
export interface AuditTable {
  seq: number;
  /** Canonical JSON of the AuditEvent: the bytes that are hashed. */
  content: string;
  /** Link of the chain, base64. */
  chain: string;
  at_wall_ms: number;
  actor: string;
  action: string;
  object: string;
  outcome: string;
  /** Only of entries that may be handed over twice. */
  entry_id: string | null;
}

export interface AuditPatientTable {
  seq: number;
  patient_id: string;
}

/** Hash of a perfect subtree of 2^level entries, the place-th of its level, base64. */
export interface AuditNodeTable {
  level: number;
  place: number;
  hash: string;
}

export interface AuditHoldTable {
  hold_id: string;
  patient_id: string | null;
  reason: string;
  reference: string;
  set_by: string;
  set_wall_ms: number;
  lifted_by: string | null;
  lifted_wall_ms: number | null;
}
