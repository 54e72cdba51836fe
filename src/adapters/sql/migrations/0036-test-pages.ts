import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createIndex, createTable } from './create-table.js';

/** Test pages that one person sends to another, and how far each message is known to have come. */
export const testPages: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'test_page', {
      columns: {
        ...{ page_id: 'text', test_id: 'text', staff_id: 'text', sent_by: 'text' },
        ...{ channel: 'text', at_wall_ms: 'bigint', problem: 'text?' },
      },
      key: ['page_id'],
      references: { staff_id: 'staff' },
    });
    await createIndex(db, 'test_page', ['test_id']);
    await createIndex(db, 'test_page', ['at_wall_ms']);
    await createTable(db, 'test_page_receipt', {
      columns: { page_id: 'text', stage: 'text', at_wall_ms: 'bigint' },
      key: ['page_id', 'stage'],
      references: { page_id: 'test_page' },
    });
  },
};
