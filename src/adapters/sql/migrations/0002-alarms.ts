import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/**
 * Alarms and what became of them. Beds and gateways are not foreign keys here: the log may speak of one that the
 * directory does not know, and its alarm must not be lost for that.
 */
export const alarms: Migration = {
  async up(db: Kysely<unknown>) {
    await alarm(db);
    await escalation(db);
  },
};

async function alarm(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'alarm', {
    columns: {
      alarm_id: 'text',
      rev: 'integer',
      care_unit_id: 'text?',
      bed_id: 'text?',
      gateway_id: 'text?',
      priority_rank: 'integer',
      active: 'integer',
      presence: 'text',
      is_open: 'integer',
      onset_ms: 'bigint',
      changed_ms: 'bigint',
      ended_ms: 'bigint?',
      acknowledged_by: 'text?',
      acknowledge_command_id: 'text?',
      content_json: 'text',
    },
    key: ['alarm_id'],
  });
  await db.schema
    .createIndex('alarm_open_ix')
    .on('alarm')
    .column('alarm_id')
    .where(sql.ref('is_open'), '=', sql.lit(1))
    .execute();
  await createIndex(db, 'alarm', ['onset_ms', 'alarm_id']);
  await createIndex(db, 'alarm', ['bed_id', 'onset_ms']);
  await createTable(db, 'alarm_care_unit', {
    columns: { alarm_id: 'text', care_unit_id: 'text' },
    key: ['alarm_id', 'care_unit_id'],
    references: { alarm_id: 'alarm' },
  });
  await createTable(db, 'alarm_transition', {
    columns: { alarm_id: 'text', rev: 'integer', seq: 'bigint', content_json: 'text' },
    key: ['alarm_id', 'rev'],
  });
  await db.schema.createIndex('alarm_transition_seq_ux').unique().on('alarm_transition').column('seq').execute();
  await createTable(db, 'live_event', {
    columns: { care_unit_id: 'text', cursor: 'bigint', alarm_id: 'text' },
    key: ['care_unit_id', 'cursor'],
  });
  await createTable(db, 'command', {
    columns: {
      command_id: 'text',
      alarm_id: 'text',
      command: 'text',
      staff_id: 'text',
      at_ms: 'bigint',
      at_wall_ms: 'bigint',
    },
    key: ['command_id'],
  });
}

async function escalation(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'escalation', {
    columns: {
      alarm_id: 'text',
      state: 'text',
      rev: 'integer',
      step: 'integer',
      next_wall_ms: 'bigint?',
      started_wall_ms: 'bigint',
      accepted_by: 'text?',
      accepted_wall_ms: 'bigint?',
    },
    key: ['alarm_id'],
    references: { alarm_id: 'alarm' },
  });
  await createIndex(db, 'escalation', ['state', 'next_wall_ms']);
  await createTable(db, 'page', {
    columns: {
      page_id: 'text',
      alarm_id: 'text',
      staff_id: 'text',
      channel: 'text',
      step: 'integer',
      reason: 'text',
      address: 'text',
      subject: 'text',
      body: 'text',
      token_hash: 'text',
      expires_wall_ms: 'bigint',
      used: 'integer',
      test: 'integer',
      state: 'text',
      priority_rank: 'integer',
      queued_wall_ms: 'bigint',
      sent_wall_ms: 'bigint?',
      outcome: 'text?',
      attempts: 'integer',
      next_attempt_wall_ms: 'bigint',
      claimed_wall_ms: 'bigint?',
    },
    key: ['page_id'],
    references: { alarm_id: 'alarm' },
  });
  await db.schema.createIndex('page_token_hash_ux').unique().on('page').column('token_hash').execute();
  await createIndex(db, 'page', ['alarm_id']);
  await createIndex(db, 'page', ['state', 'next_attempt_wall_ms']);
}
