/** A schedule that is there, or was. What it says is in its versions. */
export interface OnCallScheduleRow {
  schedule_id: string;
  care_unit_id: string;
  rev: number;
  retired_wall_ms: number | null;
}

/** What a schedule said in [from_wall_ms, to_wall_ms). `reason` is sealed; empty where nobody gave one. */
export interface OnCallVersionRow {
  schedule_id: string;
  rev: number;
  content_json: string;
  from_wall_ms: number;
  /** Null: it says so still. */
  to_wall_ms: number | null;
  /** Null: the site's description. */
  set_by: string | null;
  reason: string;
}

/** Never deleted: one that somebody took back counts for the time before. `reason` is sealed. */
export interface OnCallOverrideRow {
  override_id: string;
  schedule_id: string;
  seq: number;
  kind: 'replace' | 'add' | 'remove';
  staff_id: string | null;
  instead: string | null;
  from_wall_ms: number;
  to_wall_ms: number;
  reason: string;
  /** The swap that it belongs to. */
  swap_id: string | null;
  set_by: string;
  set_wall_ms: number;
  voided_by: string | null;
  voided_wall_ms: number | null;
}

/** `open` until `until_wall_ms` at the latest: then the first of the turns has begun. */
export interface OnCallSwapRow {
  swap_id: string;
  rev: number;
  state: 'open' | 'agreed' | 'declined' | 'withdrawn';
  asked_by: string;
  to_staff_id: string;
  give_schedule_id: string;
  give_from_wall_ms: number;
  give_to_wall_ms: number;
  take_schedule_id: string | null;
  take_from_wall_ms: number | null;
  take_to_wall_ms: number | null;
  asked_wall_ms: number;
  until_wall_ms: number;
  answered_wall_ms: number | null;
}

/** `text` is sealed. */
export interface OnCallNoteRow {
  note_id: string;
  schedule_id: string;
  text: string;
  set_by: string;
  set_wall_ms: number;
}
