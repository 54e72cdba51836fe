import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Stays that can be wrong and are put right, records that were one person, standby, and what has to follow a correction. */
export const stays: Migration = {
  async up(db: Kysely<unknown>) {
    await encounters(db);
    await db.schema.alterTable('patient').addColumn('merged_into', 'text').execute();
    await createIndex(db, 'patient', ['merged_into']);
    await createIndex(db, 'past_bed', ['patient_id', 'to_ms']);
    await db.schema.alterTable('alarm').addColumn('questioned_by', 'text').execute();
    await db.schema
      .createIndex('alarm_questioned_by_ix')
      .on('alarm')
      .column('questioned_by')
      .where(sql.ref('questioned_by'), 'is not', null)
      .execute();
    await standbys(db);
    await corrections(db);
  },
};

async function encounters(db: Kysely<unknown>): Promise<void> {
  for (const [name, type] of [
    ['visit_system', 'text'],
    ['visit_index', 'text'],
    ['visit', 'text'],
    ['visit_patient_id', 'text'],
    ['voided_wall_ms', 'bigint'],
  ] as const) {
    await db.schema.alterTable('encounter').addColumn(name, type).execute();
  }
  await db.schema
    .alterTable('encounter')
    .addColumn('source', 'text', (column) => column.notNull().defaultTo('person'))
    .execute();
  await db.schema
    .alterTable('encounter')
    .addColumn('rev', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  for (const column of ['bed_id', 'patient_id']) {
    await db.schema.dropIndex(`encounter_open_${column}_ux`).execute();
    await db.schema
      .createIndex(`encounter_open_${column}_ux`)
      .unique()
      .on('encounter')
      .column(column)
      .where(sql.ref('discharged_ms'), 'is', null)
      .where(sql.ref('voided_wall_ms'), 'is', null)
      .execute();
  }
  await createIndex(db, 'encounter', ['visit_index']);
}

async function standbys(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'standby', {
    columns: {
      standby_id: 'text',
      encounter_id: 'text',
      patient_id: 'text',
      bed_id: 'text',
      from_ms: 'bigint',
      to_ms: 'bigint',
      ended_ms: 'bigint?',
      cause: 'text?',
      place: 'text',
      note: 'text?',
      set_by: 'text',
    },
    key: ['standby_id'],
    references: { encounter_id: 'encounter', bed_id: 'bed' },
  });
  await createIndex(db, 'standby', ['encounter_id', 'from_ms']);
  await db.schema
    .createIndex('standby_open_encounter_id_ux')
    .unique()
    .on('standby')
    .column('encounter_id')
    .where(sql.ref('ended_ms'), 'is', null)
    .execute();
}

async function corrections(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'correction', {
    columns: {
      correction_id: 'text',
      kind: 'text',
      subject: 'text',
      patient_id: 'text?',
      before_json: 'text',
      after_json: 'text',
      set_by: 'text?',
      source: 'text',
      reason: 'text',
      note: 'text?',
      at_wall_ms: 'bigint',
    },
    key: ['correction_id'],
  });
  await createIndex(db, 'correction', ['subject', 'at_wall_ms']);
  await createTable(db, 'corrected', {
    columns: {
      seq: 'bigint',
      correction_id: 'text',
      what: 'text',
      device_id: 'text?',
      from_bed_id: 'text',
      to_bed_id: 'text?',
      wrong_encounter_id: 'text?',
      encounter_id: 'text?',
      from_ms: 'bigint',
      to_ms: 'bigint?',
    },
    key: ['seq'],
    references: { correction_id: 'correction' },
  });
  await createTable(db, 'reattribution', {
    columns: {
      job_id: 'text',
      correction_id: 'text',
      device_id: 'text',
      from_bed_id: 'text',
      to_bed_id: 'text?',
      from_ms: 'bigint',
      to_ms: 'bigint?',
      state: 'text',
      moved: 'bigint',
      runs: 'integer',
      next_wall_ms: 'bigint?',
      lease_wall_ms: 'bigint?',
    },
    key: ['job_id'],
    references: { correction_id: 'correction' },
  });
  await createIndex(db, 'reattribution', ['state', 'next_wall_ms']);
  await createIndex(db, 'reattribution', ['correction_id']);
}
