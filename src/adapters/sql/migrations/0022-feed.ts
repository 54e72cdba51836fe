import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** What the hospital's systems sent, whose it is, and what waits for a person. */
export const feed: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'inbound_message', {
      columns: {
        seq: 'bigint',
        message_id: 'text',
        source: 'text',
        sender: 'text',
        sha256: 'text',
        received_wall_ms: 'bigint',
        state: 'text',
        reason: 'text?',
        patient_id: 'text?',
        confirmed_patient_id: 'text?',
        raw: 'text',
        move_json: 'text',
        answer: 'text?',
        done_wall_ms: 'bigint?',
      },
      key: ['seq'],
    });
    await db.schema.createIndex('inbound_message_message_id_ux').unique().on('inbound_message').column('message_id').execute();
    await createIndex(db, 'inbound_message', ['state', 'seq']);
    await createIndex(db, 'inbound_message', ['state', 'reason', 'received_wall_ms']);
    // Rows are as large as messages: what is forgotten, or erased, is found without reading the others.
    for (const column of ['done_wall_ms', 'patient_id', 'confirmed_patient_id'])
      await createIndex(db, 'inbound_message', [column]);
    await createTable(db, 'inbound_subject', {
      columns: { subject_index: 'text', seq: 'bigint', settled: 'integer' },
      key: ['subject_index', 'seq'],
    });
    await createIndex(db, 'inbound_subject', ['subject_index', 'settled', 'seq']);
    await createIndex(db, 'inbound_subject', ['seq']);
    await createTable(db, 'task', {
      columns: {
        seq: 'bigint',
        task_id: 'text',
        kind: 'text',
        reason: 'text',
        message_id: 'text?',
        care_unit_id: 'text?',
        bed_id: 'text?',
        patient_id: 'text?',
        detail: 'text',
        note: 'text?',
        opened_wall_ms: 'bigint',
        state: 'text',
        resolution: 'text?',
        resolved_by: 'text?',
        resolved_wall_ms: 'bigint?',
        rev: 'integer',
      },
      key: ['seq'],
    });
    await db.schema.createIndex('task_task_id_ux').unique().on('task').column('task_id').execute();
    await createIndex(db, 'task', ['state', 'seq']);
    for (const column of ['message_id', 'patient_id']) await createIndex(db, 'task', [column]);
    await createTable(db, 'patient_identifier', {
      columns: { mrn_index: 'text', patient_id: 'text', set_by: 'text?', at_wall_ms: 'bigint' },
      key: ['mrn_index'],
      references: { patient_id: 'patient' },
    });
    await createIndex(db, 'patient_identifier', ['patient_id']);
  },
};
