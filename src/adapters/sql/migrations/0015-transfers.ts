import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** A stay may move: since when it is in its bed (null: since the admission), and where it was before. */
export const transfers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('encounter').addColumn('bed_since_ms', 'bigint').execute();
    await createTable(db, 'past_bed', {
      columns: { encounter_id: 'text', patient_id: 'text', bed_id: 'text', from_ms: 'bigint', to_ms: 'bigint' },
      key: ['encounter_id', 'from_ms'],
      references: { encounter_id: 'encounter' },
    });
    await createIndex(db, 'past_bed', ['bed_id', 'to_ms']);
  },
};
