import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.js';

const GONE = '(select coalesce(max(size), 0) from audit_base)';

const SAME_ENTRY = 'select 1 from audit where seq = new.seq or entry_id = new.entry_id';
const SAME_PATIENT = 'select 1 from audit_patient where seq = new.seq and patient_id = new.patient_id';

/** What the database itself refuses, in SQLite's words: name, event and condition of each trigger. */
const REFUSALS: readonly (readonly [string, string, string])[] = [
  ['audit_no_update', 'update on audit', '1'],
  ['audit_no_delete', 'delete on audit', `old.seq > ${GONE}`],
  ['audit_patient_no_update', 'update on audit_patient', '1'],
  ['audit_patient_no_delete', 'delete on audit_patient', `old.seq > ${GONE}`],
  ['audit_checkpoint_no_update', 'update on audit_checkpoint', '1'],
  ['audit_checkpoint_no_delete', 'delete on audit_checkpoint', `old.size >= ${GONE}`],
  ['audit_base_no_update', 'update on audit_base', '1'],
  ['audit_base_no_delete', 'delete on audit_base', '1'],
  ['audit_no_replace', 'insert on audit', `exists (${SAME_ENTRY})`],
  ['audit_patient_no_replace', 'insert on audit_patient', `exists (${SAME_PATIENT})`],
  ['audit_checkpoint_no_replace', 'insert on audit_checkpoint', 'exists (select 1 from audit_checkpoint where size = new.size)'],
  ['audit_base_no_replace', 'insert on audit_base', 'exists (select 1 from audit_base where size = new.size)'],
  ['audit_hold_no_delete', 'delete on audit_hold', '1'],
];

/** The triggers by name, as `create trigger` has them behind these words: what a verifier looks for. */
export const AUDIT_GUARDS: readonly { readonly name: string; readonly body: string }[] = REFUSALS.map(
  ([name, event, condition]) => ({
    name,
    body: `${name} before ${event} when ${condition} begin select raise(abort, 'audit is append-only'); end`,
  }),
);

/**
 * The audit trail is append-only for everybody who comes through SQL, not only for this code. Only what a signed base
 * stands for may go. `insert or replace` is refused at the insertion: for the row that gives way SQLite asks no guard of
 * deletion. Whoever may drop a trigger gets past this; the chain and its anchors are for them. One that was replaced by
 * another of its name is put right.
 */
export async function refuseAuditChanges(db: Kysely<Tables>): Promise<void> {
  const present = await sql<{ sql: string }>`select sql from sqlite_master where type = 'trigger'`.execute(db);
  const texts = new Set(present.rows.map((row) => row.sql.toLowerCase()));
  for (const { name, body } of AUDIT_GUARDS) {
    if (texts.has(`create trigger ${body}`.toLowerCase())) continue;
    await sql.raw(`drop trigger if exists ${name}`).execute(db);
    await sql.raw(`create trigger if not exists ${body}`).execute(db);
  }
}
