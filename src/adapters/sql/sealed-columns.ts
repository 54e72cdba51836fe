import { SITE } from '@vigil/sealed-records';
import type { Selectable } from 'kysely';
import type { Tables } from './schema.js';

export type TableName = keyof Tables & string;
export type RowOf<T extends TableName> = Selectable<Tables[T]>;

/** Which columns of a table are sealed, and under whose key. */
export interface SealedColumns<T extends TableName = TableName> {
  readonly table: T;
  /** Names the keys: lower-case letters, digits and hyphens. */
  readonly purpose: string;
  /** What the row is known by, unique and never sealed; bound into each value, so that none opens in another row. */
  readonly key: readonly (keyof Tables[T] & string)[];
  /** Text columns. An empty text and null stay as they are: they say that there is nothing. */
  readonly columns: readonly (keyof Tables[T] & string)[];
  /** Whose value it is: a patient's id, so that the patient can be erased; `SITE` where it is no patient's. */
  readonly subject: (row: RowOf<T>) => string;
}

function sealed<T extends TableName>(columns: SealedColumns<T>): SealedColumns<T> {
  return columns;
}

/**
 * Every sealed column of `vigil.db`. To seal another one: add it here and to `SEALED_TABLES`, write with
 * `context.fields.sealRow(SEALED.x, row)` *before* the transaction, and read with `context.fields.openRow` or `openRows`
 * after it. Sealing of older rows, rotation and the tests of swapped values then come along. Why which: ADR 0019.
 */
export const SEALED = {
  patient: sealed({
    table: 'patient',
    purpose: 'patient',
    key: ['patient_id'],
    columns: ['mrn', 'family_name', 'given_name', 'birth_date', 'sex'],
    subject: (row) => row.patient_id,
  }),
  contactMethod: sealed({
    table: 'contact_method',
    purpose: 'contact',
    key: ['contact_id'],
    columns: ['address', 'label'],
    subject: () => SITE,
  }),
  page: sealed({
    table: 'page',
    purpose: 'page',
    key: ['page_id'],
    columns: ['address', 'subject', 'body', 'place'],
    subject: () => SITE,
  }),
  /** The first bytes of what a device sent may hold anything, also a name. */
  reject: sealed({
    table: 'reject',
    purpose: 'reject',
    key: ['reject_id'],
    columns: ['head_base64'],
    subject: () => SITE,
  }),
  /** What was on the log and does not count may hold anything. */
  deadLetter: sealed({
    table: 'dead_letter',
    purpose: 'dead-letter',
    key: ['dead_letter_id'],
    columns: ['content_json'],
    subject: () => SITE,
  }),
  /** What a device measured while nobody had said where it was. */
  heldMessage: sealed({
    table: 'held_message',
    purpose: 'held-message',
    key: ['message_id'],
    columns: ['content'],
    subject: () => SITE,
  }),
  /** Whoever reads the secret can make the codes. */
  totp: sealed({
    table: 'totp',
    purpose: 'sign-in',
    key: ['staff_id'],
    columns: ['secret_sealed'],
    subject: () => SITE,
  }),
  /** What people write about an emergency may name the patient, and goes with the patient. */
  breakGlass: sealed({
    table: 'break_glass',
    purpose: 'break-glass',
    key: ['grant_id'],
    columns: ['reason_text', 'note'],
    subject: (row) => row.patient_id,
  }),
  /** What people write about how a patient is scored, likewise. */
  scoreSetting: sealed({
    table: 'score_setting',
    purpose: 'score-setting',
    key: ['encounter_id'],
    columns: ['reason'],
    subject: (row) => row.patient_id,
  }),
  /** What people write about the limits of a patient may name the patient, and goes with the patient. */
  stayLimit: sealed({
    table: 'stay_limit',
    purpose: 'stay-limit',
    key: ['encounter_id', 'metric'],
    columns: ['reason'],
    subject: (row) => row.patient_id,
  }),
  /** Why a device stands where it does, in words. */
  deviceAssignment: sealed({
    table: 'device_assignment',
    purpose: 'device-assignment',
    key: ['assignment_id'],
    columns: ['note'],
    subject: () => SITE,
  }),
  /** The hospital's number of a stay names the patient to whoever has its records. It stays under whose it was when it was told. */
  encounter: sealed({
    table: 'encounter',
    purpose: 'encounter',
    key: ['encounter_id'],
    columns: ['visit'],
    subject: (row) => row.visit_patient_id ?? row.patient_id,
  }),
  /** Readings of a patient around an alarm; they go with the patient. */
  alarmSnapshot: sealed({
    table: 'alarm_snapshot',
    purpose: 'alarm-snapshot',
    key: ['alarm_id'],
    columns: ['content'],
    subject: (row) => row.patient_id ?? SITE,
  }),
  /** Why a condition is put away, in words for colleagues. */
  shelf: sealed({
    table: 'shelf',
    purpose: 'shelf',
    key: ['shelf_id'],
    columns: ['note'],
    subject: (row) => row.patient_id,
  }),
  standby: sealed({
    table: 'standby',
    purpose: 'standby',
    key: ['standby_id'],
    columns: ['note'],
    subject: (row) => row.patient_id,
  }),
  /** What people write about a mistake may name whom it concerned. */
  correction: sealed({
    table: 'correction',
    purpose: 'correction',
    key: ['correction_id'],
    columns: ['note'],
    subject: (row) => row.patient_id ?? SITE,
  }),
  /** What the hospital's systems sent, before anybody knows whose it is; an erasure empties it. */
  inboundMessage: sealed({
    table: 'inbound_message',
    purpose: 'inbound',
    key: ['message_id'],
    columns: ['raw', 'move_json'],
    subject: () => SITE,
  }),
  /** What a person needs to decide, with the names in it. */
  task: sealed({
    table: 'task',
    purpose: 'task',
    key: ['task_id'],
    columns: ['detail', 'note'],
    subject: (row) => row.patient_id ?? SITE,
  }),
  /** Readings that wait for the hospital's records; they go with the patient as soon as it is known whose they are. */
  ehrRefused: sealed({
    table: 'ehr_refused',
    purpose: 'ehr-refused',
    key: ['identity'],
    columns: ['draft_json'],
    subject: (row) => row.patient_id ?? SITE,
  }),
  /** Why somebody changed a schedule or took a turn may name a person who is ill. */
  onCallVersion: sealed({
    table: 'on_call_version',
    purpose: 'on-call-version',
    key: ['schedule_id', 'rev'],
    columns: ['reason'],
    subject: () => SITE,
  }),
  /** Why a policy is to change, or is not to, may name people. */
  policyChange: sealed({
    table: 'policy_change',
    purpose: 'policy-change',
    key: ['hash', 'rev'],
    columns: ['reason'],
    subject: () => SITE,
  }),
  onCallOverride: sealed({
    table: 'on_call_override',
    purpose: 'on-call-override',
    key: ['override_id'],
    columns: ['reason'],
    subject: () => SITE,
  }),
  /** What one shift writes for the next may name patients. */
  onCallNote: sealed({
    table: 'on_call_note',
    purpose: 'on-call-note',
    key: ['note_id'],
    columns: ['text'],
    subject: () => SITE,
  }),
} as const;

export const SEALED_TABLES = Object.values(SEALED) as unknown as readonly SealedColumns[];

/** What an alarm needs while the key service is away: the keys of these stay in memory as long as the process lives. */
export const PINNED_PURPOSES: readonly string[] = [SEALED.page.purpose, SEALED.contactMethod.purpose];
