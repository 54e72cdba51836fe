/** The readings around the onset of an alarm. `content` is sealed for the patient, and empty until it is taken. */
export interface AlarmSnapshotRow {
  alarm_id: string;
  bed_id: string;
  /** The stay that the alarm is about, as the engine says now. */
  encounter_id: string | null;
  /** Under whose keys `content` is; null: the site's. */
  patient_id: string | null;
  origin: string;
  /** Which device's message raised it. */
  device_id: string | null;
  onset_ms: number;
  queued_wall_ms: number;
  /** When it is looked at next; null when it is done with. */
  next_wall_ms: number | null;
  /** How often it was kept. */
  looks: number;
  /** 1: the alarm is another stay's now, and `content` has to go under other keys. */
  moved: number;
  readings: number;
  complete: number;
  taken_wall_ms: number | null;
  content: string;
}

/** Who said what of an alarm, each time; the highest `rev` counts. A label of null takes it back. */
export interface AlarmLabelRow {
  alarm_id: string;
  rev: number;
  label: string | null;
  staff_id: string;
  at_ms: number;
  at_wall_ms: number;
}

/** What reports count of an alarm, derived from its transitions. */
export interface AlarmFactRow {
  care_unit_id: string;
  onset_ms: number;
  alarm_id: string;
  bed_id: string | null;
  encounter_id: string | null;
  condition_code: string;
  /** The highest that it has had. */
  priority_rank: number;
  technical: number;
  origin: string;
  flapping: number;
  shelved: number;
  /** 1: somebody was to be told of it. */
  begun: number;
  /** What was said last of what it was worth. */
  label: string | null;
}
