import type { PageKind, PageStage, StaffChannel } from '@vigil/contracts';
import type { Generated } from 'kysely';
import type { PolicyChangeRow, PolicyInForceRow, PolicyVersionRow } from './schema-policies.js';
import type { ContactMethodRow, ContactTestRow } from './contact-rows.js';
import type { TestPageRow } from './sql-test-pages.js';
import type { OnCallNoteRow, OnCallOverrideRow, OnCallScheduleRow, OnCallSwapRow, OnCallVersionRow } from './schema-on-call.js';
import type { AlarmFactRow, AlarmLabelRow, AlarmSnapshotRow } from './schema-alarm-records.js';
import type { DutyCheckRow } from './sql-duty-checks.js';
import type { AuditHoldTable, AuditNodeTable, AuditPatientTable, AuditTable } from './schema-audit.js';
import type { HeldMessageTable, InboundMessageTable, TaskTable, EhrLinkTable, EhrRefusedTable } from './schema-feeds.js';
import type { EscalationAnswerRow, EscalationRow, TimerFrameRow } from './schema-escalation.js';
import type { AudioPauseRow, ShelfRow } from './schema-shelves.js';
import type {
  DeviceTable,
  PatientTable,
  EncounterTable,
  PlaceColumns,
  DeviceAssignmentRow,
  StandbyRow,
  CorrectionRow,
  CorrectedRow,
  ReattributionRow,
  StaffAssignmentTable,
} from './schema-stays.js';

/**
 * Tables as Kysely sees them. Portable between SQLite and PostgreSQL (decisions.md, D20): flags are 0 or 1, ids are
 * text, JSON is text, times are whole milliseconds: `…_ms` event time, `…_wall_ms` wall time.
 */
export interface Tables {
  meta: { name: string; content: string };
  counter: { name: string; last: number };
  care_unit: { care_unit_id: string; label: string; last_cursor: number } & PlaceColumns;
  bed: { bed_id: string; care_unit_id: string; label: string; place: number } & PlaceColumns;
  bed_alias: { system: string; value: string; bed_id: string; set_by: string | null; at_wall_ms: number };
  gateway: { gateway_id: string };
  gateway_config: { gateway_id: string; digest: string; issued_wall_ms: number };
  device_state: { device_id: string; gateway_id: string; at_ms: number; content_json: string };
  gateway_state: { gateway_id: string; at_ms: number; content_json: string };
  /** `subject`: `device:<id>` or `gateway:<id>`. */
  fault_state: { subject: string; fault: string; active: number; at_ms: number };
  device: DeviceTable;
  device_profile: { name: string; intervals_json: string };
  /** The SHA-256 of a token, never the token. */
  device_enrolment: { device_id: string; token_hash: string; until_wall_ms: number };
  device_assignment: DeviceAssignmentRow;
  patient: PatientTable;
  /** Also those that were voided: read it by `liveStays` (live-stays.ts), or say why not. */
  encounter: EncounterTable;
  standby: StandbyRow;
  shelf: ShelfRow;
  audio_pause: AudioPauseRow;
  correction: CorrectionRow;
  corrected: CorrectedRow;
  reattribution: ReattributionRow;
  /** Beds that a stay was in before, in [from_ms, to_ms); none of a stay that was voided. */
  past_bed: { encounter_id: string; patient_id: string; bed_id: string; from_ms: number; to_ms: number };
  staff: { staff_id: string; name: string; roles_json: string };
  account: AccountTable;
  session: SessionTable;
  totp: { staff_id: string; secret_sealed: string; last_step: number; created_wall_ms: number };
  recovery_code: { staff_id: string; code_hash: string };
  passkey: PasskeyTable;
  ticket: TicketTable;
  station: StationTable;
  station_watch: StationWatchRow;
  process_word: { process_id: string; role: string; beat: number; said_wall_ms: number; word_json: string };
  lease: { name: string; holder: string; beat: number };
  identity_link: { subject_hash: string; link_id: string; issuer: string; staff_id: string; linked_wall_ms: number };
  on_call_trouble: { care_unit_id: string; trouble: string; subject: string; told: number; since_wall_ms: number };
  contact_method: ContactMethodRow;
  contact_test: ContactTestRow;
  test_page: TestPageRow;
  test_page_receipt: PageReceiptTable;
  duty_check: DutyCheckRow;
  staff_assignment: StaffAssignmentTable;
  on_call_schedule: OnCallScheduleRow;
  on_call_version: OnCallVersionRow;
  on_call_override: OnCallOverrideRow;
  on_call_swap: OnCallSwapRow;
  on_call_note: OnCallNoteRow;
  /** `activation`: 0 for one that was never in force; the highest is in force. */
  rule_set: { hash: string; content_json: string; activation: number };
  rule_set_version: RuleSetVersionRow;
  rule_set_change: { hash: string; rev: number; action: string; staff_id: string; reason: string; at_wall_ms: number };
  policy: { hash: string; content_json: string };
  policy_version: PolicyVersionRow;
  policy_change: PolicyChangeRow;
  policy_in_force: PolicyInForceRow;
  stay_limit: StayLimitRow;
  done_command: { command_id: string; action: string; subject: string; digest: string; staff_id: string; at_wall_ms: number };
  score_snapshot: ScoreSnapshotRow;
  score_setting: ScoreSettingRow;
  chart: ChartRow;
  alarm: AlarmTable;
  alarm_care_unit: { alarm_id: string; care_unit_id: string };
  alarm_transition: { alarm_id: string; rev: number; seq: number; content_json: string };
  alarm_hop: AlarmHopRow;
  alarm_snapshot: AlarmSnapshotRow;
  alarm_label: AlarmLabelRow;
  alarm_fact: AlarmFactRow;
  escalation: EscalationRow;
  escalation_answer: EscalationAnswerRow;
  timer_frame: TimerFrameRow;
  page: PageRow;
  page_receipt: PageReceiptTable;
  command: { command_id: string; alarm_id: string; command: string; staff_id: string; at_ms: number; at_wall_ms: number };
  relay: { seq: number; event_id: string; every_partition: number; content_json: string };
  live_event: { care_unit_id: string; cursor: number; alarm_id: string };
  break_glass: BreakGlassRow;
  notice: NoticeTable;
  audit: AuditTable;
  audit_patient: AuditPatientTable;
  audit_state: { name: 'head' | 'checkpoint'; content: string; writes: number };
  audit_node: AuditNodeTable;
  audit_checkpoint: { size: number; note: string; at_wall_ms: number };
  audit_base: { size: number; state: string; note: string; at_wall_ms: number };
  audit_hold: AuditHoldTable;
  reject: RejectTable;
  partition_owner: PartitionColumns & { owner_id: string; etag: number; modified_wall_ms: number; fenced_wall_ms: number };
  read_position: PartitionColumns & { read_offset: string; sequence: number };
  dead_letter: DeadLetterTable;
  ehr_link: EhrLinkTable;
  ehr_cursor: { name: string; content: string };
  ehr_refused: EhrRefusedTable;
  held_message: HeldMessageTable;
  inbound_message: InboundMessageTable;
  /** Whom a message is about, by blind index; `settled`: it is done with, and nothing waits for it. */
  inbound_subject: { subject_index: string; seq: number; settled: number };
  task: TaskTable;
  /** Further record numbers of a patient, as a person has said. */
  patient_identifier: { mrn_index: string; patient_id: string; set_by: string | null; at_wall_ms: number };
  engine_append: { partition_number: number; event_id: string; sequence: number };
  engine_state: { partition_number: number; state_key: string; content_json: string; read_offset: string; sequence: number };
}

/** Limits of one metric for one stay, also those that are over. `reason` is sealed. */
export interface StayLimitRow {
  encounter_id: string;
  metric: string;
  patient_id: string;
  rev: number;
  /** `{low, high}`; both null: the rule set's hold. */
  content_json: string;
  reason: string;
  set_by: string;
  from_ms: number;
  to_ms: number;
  set_wall_ms: number;
}

/** What was said of one score from `since_ms` on, and still at `newest_ms` (event time). */
export interface ScoreSnapshotRow {
  encounter_id: string;
  score: string;
  basis: string;
  since_ms: number;
  newest_ms: number;
  bed_id: string;
  /** Total, range and points: two rows that say the same follow each other never. */
  said: string;
  content_json: string;
}

/** `reason` is sealed. */
export interface ScoreSettingRow {
  encounter_id: string;
  patient_id: string;
  rev: number;
  spo2_scale: number;
  reason: string;
  set_by: string;
  from_ms: number;
  set_wall_ms: number;
}

export interface ChartRow {
  chart_id: string;
  encounter_id: string;
  staff_id: string;
  at_ms: number;
  validated: number;
  score: string | null;
  at_wall_ms: number;
}

/** Where a rule set is in its life (packages/domain, rule-set-life.ts). */
export interface RuleSetVersionRow {
  hash: string;
  name: string;
  state: string;
  rev: number;
  proposed_by: string | null;
  approved_by: string | null;
  /** Event time from which on it is to be in force. */
  effective_ms: number | null;
  /** Hash of the rule set in force that whoever approved it compared it with; null before, and for those of before this was kept. */
  compared_with: string | null;
  created_wall_ms: number;
  changed_wall_ms: number;
}

export interface AccountTable {
  username: string;
  staff_id: string;
  /** Empty: no password. */
  password_hash: string;
  disabled: Generated<number>;
  /** 1: to be changed at the next sign-in. */
  password_temporary: Generated<number>;
  password_changed_wall_ms: Generated<number | null>;
  /** A temporary password does not hold any longer than this; null holds until it is changed. */
  temporary_until_wall_ms: Generated<number | null>;
}

export interface SessionTable {
  token_hash: string;
  session_ref: string;
  staff_id: string;
  methods_json: string;
  ip: string;
  external_ref: string | null;
  started_wall_ms: number;
  used_wall_ms: number;
  expires_wall_ms: number;
  ends_wall_ms: number;
}

export interface PasskeyTable {
  passkey_id: string;
  credential_id: string;
  staff_id: string;
  name: string;
  /** COSE key, base64url. */
  public_key: string;
  sign_count: number;
  synced: number;
  transports_json: string;
  created_wall_ms: number;
  used_wall_ms: number | null;
}

export interface TicketTable {
  ticket_hash: string;
  purpose: string;
  staff_id: string | null;
  content_json: string;
  /** Wrong codes so far. */
  wrong: number;
  expires_wall_ms: number;
}

export interface StationTable {
  station_id: string;
  care_unit_id: string;
  label: string;
  code_hash: string | null;
  code_until_wall_ms: number | null;
  token_hash: string | null;
  earlier_hash: string | null;
  rotated_wall_ms: number | null;
  seen_wall_ms: number | null;
  created_wall_ms: number;
  revoked_wall_ms: number | null;
}

/** What is to be known of a station to miss it, and the newest time for which it was said to be off. Wall times. */
export interface StationWatchRow {
  station_id: string;
  /** Null: it has never drawn. */
  drew_wall_ms: number | null;
  off_reason: string | null;
  off_by: string | null;
  off_from_wall_ms: number | null;
  off_until_wall_ms: number | null;
}

/** One grant of emergency access, and what came of its review. `reason_text` and `note` are sealed. */
export interface BreakGlassRow {
  grant_id: string;
  staff_id: string;
  patient_id: string;
  bed_id: string | null;
  care_unit_id: string | null;
  reason: string;
  reason_text: string | null;
  opened_wall_ms: number;
  ends_wall_ms: number;
  loud: number;
  reviewed_by: string | null;
  reviewed_wall_ms: number | null;
  outcome: string | null;
  note: string | null;
}

/** What has to leave by mail. */
export interface NoticeTable {
  notice_id: string;
  grant_id: string;
  mail_state: 'queued' | 'sent' | 'given-up';
  attempts: number;
  next_attempt_wall_ms: number | null;
}

/** The newest transition of an alarm and what lists filter by. */
export interface AlarmRow {
  alarm_id: string;
  rev: number;
  care_unit_id: string | null;
  bed_id: string | null;
  gateway_id: string | null;
  priority_rank: number;
  active: number;
  presence: string;
  /** 1 while the condition holds, the signal is present or the escalation runs. */
  is_open: number;
  onset_ms: number;
  /** Event time of the last change of anything that a view of the alarm shows. */
  changed_ms: number;
  ended_ms: number | null;
  acknowledged_by: string | null;
  /** The command that waits for its echo from the engine. */
  acknowledge_command_id: string | null;
  /** The correction that says that what raised it was at the wrong bed. */
  questioned_by: string | null;
  content_json: string;
}
export type AlarmTable = Omit<AlarmRow, 'questioned_by'> & { questioned_by: Generated<string | null> };

/** When a transition passed which place; `gateway` times are in its content. */
export interface AlarmHopRow {
  alarm_id: string;
  rev: number;
  partition_number: number;
  read_offset: string;
  sequence: number;
  hub_wall_ms: number;
  read_wall_ms: number;
  stepped_wall_ms: number;
  stored_wall_ms: number;
}

export type { EscalationAnswerRow, EscalationRow } from './schema-escalation.js';

export interface PageRow {
  page_id: string;
  alarm_id: string;
  staff_id: string;
  channel: StaffChannel;
  step: number;
  reason: string;
  /** Emptied as soon as the page is sent, given up or called off, because the text holds the token of its link. */
  address: string;
  subject: string;
  body: string;
  token_hash: string;
  expires_wall_ms: number;
  used: number;
  test: number;
  /** `cancelled`: somebody accepted, or the alarm ended, before it was sent. */
  state: 'queued' | 'sent' | 'failed' | 'cancelled';
  priority_rank: number;
  queued_wall_ms: number;
  sent_wall_ms: number | null;
  outcome: string | null;
  attempts: number;
  next_attempt_wall_ms: number;
  claimed_wall_ms: number | null;
  /** The process that has it in hand, where `claimed_attempt` is the attempt of now. */
  claimed_by: string | null;
  claimed_attempt: number | null;
  kind: PageKind;
  /** Attempts of which it is known that they failed; the others of `attempts` ended with their process. */
  failures: number;
  /** What the place of the alarm is called; sealed and emptied as the text is. */
  place: string;
  /** Revision of the escalation with which it was queued: pages of one step have the same. 0 on those of before it was kept. */
  escalation_rev: number;
  /** It waited for its turn until then; null where it was due at once. */
  not_before_wall_ms: number | null;
  /** The way by which it goes; null on those of before it was kept. */
  contact_id: string | null;
  /** Pages of one person and channel that leave in one message; its idempotency key. */
  group_id: string | null;
  /** The page whose message tells of this alarm too, while that one stands. */
  joined_page_id: string | null;
}

/** Wall time at which a stage of the ladder was first reported. */
export interface PageReceiptTable {
  page_id: string;
  stage: PageStage;
  at_wall_ms: number;
}

export interface RejectTable {
  seq: number;
  reject_id: string;
  device_id: string | null;
  gateway_id: string;
  reason: string;
  path: string;
  expected: string;
  bytes: number;
  sha256: string;
  head_base64: string;
  at_ms: number;
}

/** `content_json` is sealed. */
export interface DeadLetterTable {
  seq: number;
  dead_letter_id: string;
  reason: string;
  detail: string;
  kind: string;
  bed_id: string | null;
  partition_number: number;
  sequence: number;
  read_offset: string;
  hub_wall_ms: number;
  bytes: number;
  sha256: string;
  content_json: string;
  rerun_wall_ms: number | null;
}

export interface PartitionColumns {
  namespace: string;
  hub: string;
  consumer_group: string;
  partition_id: string;
}
