import { ChainState } from '@vigil/audit-chain';
import type { PatientId, Role } from '@vigil/contracts';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { auditEntry } from '../../../ports/audit-trail.js';
import { type AuditRows, rowsOf } from '../audit-rows.js';
import type { Tables } from '../schema.js';
import { createIndex, createTable, isPostgres } from './create-table.js';

const BATCH = 500;

/** Row of the audit table before this migration. */
interface OldRow {
  readonly at_wall_ms: number;
  readonly actor: string;
  readonly roles_json: string;
  readonly action: string;
  readonly object: string;
  readonly patient_id: string | null;
  readonly outcome: 'allowed' | 'refused' | 'failed';
  readonly detail: string;
}
type WithOld = Tables & { audit_old: OldRow & { seq: number } };

/**
 * The audit trail becomes a log that can be checked: each entry is a FHIR AuditEvent in canonical bytes, linked in a
 * chain and a leaf of a Merkle tree. What was there before is carried over, in its order, as the first entries.
 */
export const audit: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('audit').renameTo('audit_old').execute();
    // There a key keeps its name when its table gets another one, and no two may have the same.
    if (isPostgres(db)) await sql`alter table audit_old rename constraint audit_pk to audit_old_pk`.execute(db);
    await log(db);
    await retention(db);
    await carryOver(db as Kysely<WithOld>);
    await db.schema.dropTable('audit_old').execute();
  },
};

async function log(db: Kysely<unknown>): Promise<void> {
  // Everything beside seq, content and chain is found in the content too, and is there for searches.
  await createTable(db, 'audit', {
    columns: {
      seq: 'bigint',
      content: 'text',
      chain: 'text',
      at_wall_ms: 'bigint',
      actor: 'text',
      action: 'text',
      object: 'text',
      outcome: 'text',
      entry_id: 'text?',
    },
    key: ['seq'],
  });
  await createIndex(db, 'audit', ['at_wall_ms']);
  for (const column of ['actor', 'action', 'object']) await createIndex(db, 'audit', [column, 'seq']);
  // Only of what was not allowed: an index of nearly everything would be taken for a good one and is the worst.
  const notAllowed = db.schema.createIndex('audit_not_allowed_ix').on('audit').columns(['outcome', 'seq']);
  await notAllowed.where(sql.ref('outcome'), '<>', sql.lit('allowed')).execute();
  await db.schema.createIndex('audit_entry_id_ux').unique().on('audit').column('entry_id').execute();
  await createTable(db, 'audit_patient', { columns: { seq: 'bigint', patient_id: 'text' }, key: ['seq', 'patient_id'] });
  await createIndex(db, 'audit_patient', ['patient_id', 'seq']);
  // `head`: the chain after the last entry; `checkpoint`: as it was at the newest checkpoint.
  await createTable(db, 'audit_state', { columns: { name: 'text', content: 'text', writes: 'bigint' }, key: ['name'] });
  await createTable(db, 'audit_node', { columns: { level: 'integer', place: 'bigint', hash: 'text' }, key: ['level', 'place'] });
  await createTable(db, 'audit_checkpoint', {
    columns: { size: 'bigint', note: 'text', at_wall_ms: 'bigint' },
    key: ['size'],
  });
}

async function retention(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'audit_base', {
    columns: { size: 'bigint', state: 'text', note: 'text', at_wall_ms: 'bigint' },
    key: ['size'],
  });
  await createTable(db, 'audit_hold', {
    columns: {
      hold_id: 'text',
      patient_id: 'text?',
      reason: 'text',
      reference: 'text',
      set_by: 'text',
      set_wall_ms: 'bigint',
      lifted_by: 'text?',
      lifted_wall_ms: 'bigint?',
    },
    key: ['hold_id'],
  });
}

async function carryOver(db: Kysely<WithOld>): Promise<void> {
  const state = ChainState.empty();
  for (let after = 0; ;) {
    const old = await db.selectFrom('audit_old').selectAll().where('seq', '>', after).orderBy('seq').limit(BATCH).execute();
    for (const row of old) await insert(db, rowsOf(state, entryOf(row), row.at_wall_ms));
    const last = old.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  await db.insertInto('audit_state').values({ name: 'head', content: state.serialise(), writes: 0 }).execute();
  await db.deleteFrom('counter').where('name', '=', 'audit').execute();
}

async function insert(db: Kysely<WithOld>, { audit: row, patients, nodes }: AuditRows): Promise<void> {
  await db.insertInto('audit').values(row).execute();
  for (const patient of patients) await db.insertInto('audit_patient').values(patient).execute();
  for (const node of nodes) await db.insertInto('audit_node').values(node).execute();
}

function entryOf({ actor, roles_json, action, object, patient_id, outcome, detail }: OldRow) {
  const roles = JSON.parse(roles_json) as Role[];
  const patientIds = patient_id === null ? [] : [patient_id as PatientId];
  return auditEntry({ actor, roles, action, object, patientIds, outcome, detail });
}
