import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Pages that join another, leave together or say that nobody need come, and how far each is known to have come. */
export const pages: Migration = {
  async up(db: Kysely<unknown>) {
    const page = db.schema.alterTable('page');
    await page.addColumn('kind', 'text', (c) => c.notNull().defaultTo('alarm')).execute();
    await page.addColumn('place', 'text', (c) => c.notNull().defaultTo('')).execute();
    await page.addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await page.addColumn('escalation_rev', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await page.addColumn('not_before_wall_ms', 'bigint').execute();
    await page.addColumn('contact_id', 'text').execute();
    for (const column of ['group_id', 'joined_page_id']) {
      await page.addColumn(column, 'text').execute();
      await createIndex(db, 'page', [column]);
    }
    await createTable(db, 'page_receipt', {
      columns: { page_id: 'text', stage: 'text', at_wall_ms: 'bigint' },
      key: ['page_id', 'stage'],
      references: { page_id: 'page' },
    });
  },
};
