/** One condition of one stay that a person has put away, or asks to. `note` is sealed. Event times. */
export interface ShelfRow {
  shelf_id: string;
  encounter_id: string;
  patient_id: string;
  bed_id: string;
  condition_code: string;
  priority: string;
  /** `waiting`, `holds`, `ended`, `refused`. */
  state: string;
  asked_ms: number;
  from_ms: number | null;
  to_ms: number;
  ended_ms: number | null;
  cause: string | null;
  reason: string;
  note: string | null;
  set_by: string;
  second_by: string | null;
  rev: number;
}

/** The newest pause of one screen (`station_id`), or of all others of the care unit (''). Wall times. */
export interface AudioPauseRow {
  care_unit_id: string;
  station_id: string;
  pause_id: string;
  from_wall_ms: number;
  until_wall_ms: number;
  set_by: string;
}
