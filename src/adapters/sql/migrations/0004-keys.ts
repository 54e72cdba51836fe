import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex } from './create-table.js';

/**
 * What sealed columns need beside themselves: a record number that is sealed differs each time, so uniqueness and
 * look-up go by a blind index. Rows of an older folder are sealed after this, by code that has the keys (seal-old.ts).
 */
export const keys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('patient').addColumn('mrn_index', 'text').execute();
    await db.schema.alterTable('patient').addColumn('name_birth_index', 'text').execute();
    await db.schema.alterTable('patient').addColumn('erased_wall_ms', 'bigint').execute();
    await db.schema.alterTable('patient').addColumn('keys_destroyed_wall_ms', 'bigint').execute();
    await db.schema.dropIndex('patient_mrn_ux').execute();
    await db.schema.createIndex('patient_mrn_index_ux').unique().on('patient').column('mrn_index').execute();
    await createIndex(db, 'patient', ['name_birth_index']);
  },
};
