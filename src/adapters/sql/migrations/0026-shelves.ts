import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** What people put away for a while: conditions of stays, and the sound of screens. */
export const shelves: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'shelf', {
      columns: {
        ...{ shelf_id: 'text', encounter_id: 'text', patient_id: 'text', bed_id: 'text', condition_code: 'text' },
        ...{ priority: 'text', state: 'text', asked_ms: 'bigint', from_ms: 'bigint?', to_ms: 'bigint', ended_ms: 'bigint?' },
        ...{ cause: 'text?', reason: 'text', note: 'text?', set_by: 'text', second_by: 'text?', rev: 'integer' },
      },
      key: ['shelf_id'],
      references: { encounter_id: 'encounter', bed_id: 'bed' },
    });
    await createIndex(db, 'shelf', ['encounter_id', 'asked_ms']);
    await createIndex(db, 'shelf', ['patient_id']);
    await db.schema
      .createIndex('shelf_open_encounter_id_condition_code_ux')
      .unique()
      .on('shelf')
      .columns(['encounter_id', 'condition_code'])
      .where(sql.ref('ended_ms'), 'is', null)
      .execute();
    await createTable(db, 'audio_pause', {
      columns: {
        ...{ care_unit_id: 'text', station_id: 'text', pause_id: 'text' },
        ...{ from_wall_ms: 'bigint', until_wall_ms: 'bigint', set_by: 'text' },
      },
      key: ['care_unit_id', 'station_id'],
      references: { care_unit_id: 'care_unit' },
    });
  },
};
