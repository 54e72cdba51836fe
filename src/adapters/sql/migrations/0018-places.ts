import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Care units and beds change while the site runs, and are retired, never removed; the hospital has names of its own for beds. */
export const places: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['care_unit', 'bed']) {
      await db.schema
        .alterTable(table)
        .addColumn('rev', 'integer', (column) => column.notNull().defaultTo(1))
        .execute();
      await db.schema.alterTable(table).addColumn('retired_wall_ms', 'bigint').execute();
    }
    await createTable(db, 'bed_alias', {
      columns: { system: 'text', value: 'text', bed_id: 'text', set_by: 'text?', at_wall_ms: 'bigint' },
      key: ['system', 'value'],
      references: { bed_id: 'bed' },
    });
    await createIndex(db, 'bed_alias', ['bed_id']);
  },
};
