import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema.js';

const GONE = '(select coalesce(max(size), 0) from audit_base)';

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
 * stands for may go. Whoever may drop a trigger gets past this; the chain and its anchors are for them.
 */
export async function refuseAuditChanges(db: Kysely<Tables>): Promise<void> {
  for (const { body } of AUDIT_GUARDS) await sql.raw(`create trigger if not exists ${body}`).execute(db);
}
